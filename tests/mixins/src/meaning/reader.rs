//! Reads the lines of Porter's mixins. What it does not know it refuses.

use std::collections::BTreeMap;

use porter_mixin_sdk::User;

use super::dockerfile::{Line, lines};
use super::{BUNDLE, Fact, Meaning, Ran, absolute, shell};

/// What a mixin's own reader makes of a command of a `RUN` line: `true` when it took it.
pub type Own = fn(&mut Reader, &[String]) -> Result<bool, String>;

/// No commands of its own.
///
/// # Errors
/// None.
pub fn nothing(_: &mut Reader, _: &[String]) -> Result<bool, String> {
    Ok(false)
}

/// The image while its lines are read.
#[derive(Debug, Default)]
pub struct Reader {
    /// What is known to be so.
    pub meaning: Meaning,
    /// Whether the bundle's user runs commands.
    pub is_bundle_user: bool,
    /// Working directory of the line; empty when nobody said.
    pub dir: String,
    /// What lies about, by path, with its address.
    pub loose: BTreeMap<String, String>,
    /// Directories with the content of an archive, by path, with its address.
    pub unpacked: BTreeMap<String, String>,
    variables: BTreeMap<String, String>,
}

/// The meaning of `text`. `own` sees every command of a `RUN` line first.
///
/// # Errors
/// What is not understood.
pub fn read(text: &str, own: Own) -> Result<Meaning, String> {
    let mut reader = Reader::default();
    for line in lines(text)? {
        reader
            .line(&line, own)
            .map_err(|why| format!("{why} in {line:?}"))?;
    }
    Ok(reader.finish())
}

/// Where programs go.
const FOLDERS: [&str; 3] = ["/usr/bin", "/usr/local/bin", "/usr/local/lib"];

impl Reader {
    fn line(&mut self, line: &Line, own: Own) -> Result<(), String> {
        let flags = line.flags.iter().map(String::as_str);
        let plain = |flag: &str| {
            ["--mount=", "--chmod=", "--chown="]
                .iter()
                .any(|known| flag.starts_with(known))
        };
        if let Some(flag) = flags.into_iter().find(|flag| !plain(flag)) {
            return Err(format!("the flag `{flag}`"));
        }
        let text = self.expanded(&line.text);
        match (line.keyword.as_str(), &line.document) {
            ("ENV", None) => self.env(&text),
            ("ARG", None) => {
                let (name, value) = text.split_once('=').ok_or("an argument without value")?;
                self.variables.insert(name.to_owned(), value.to_owned());
                Ok(())
            }
            ("USER", None) => self.user(&text),
            ("COPY", None) => {
                let [source, to] = &shell::words(&text)?[..] else {
                    return Err("expected a source and a target".to_owned());
                };
                self.meaning.copy(source, to);
                Ok(())
            }
            ("COPY", Some(document)) => {
                let to = text.split_whitespace().last().unwrap_or_default();
                let (path, content) = (absolute(to), document.clone());
                self.meaning.facts.insert(Fact::File { path, content });
                Ok(())
            }
            ("ADD", None) => {
                let [url, to] = &shell::words(&text)?[..] else {
                    return Err("expected an address and a target".to_owned());
                };
                self.download(url, "", to);
                Ok(())
            }
            ("RUN", Some(document)) => {
                let words = shell::words(&text)?;
                let words: Vec<&str> = words.iter().map(String::as_str).collect();
                let ["tee", "<<", _, ">", path] = words.as_slice() else {
                    return Err("not understood".to_owned());
                };
                let (path, content) = (absolute(path), document.clone());
                self.meaning.facts.insert(Fact::File { path, content });
                Ok(())
            }
            ("RUN", None) => {
                self.dir.clear();
                shell::commands(&text)?
                    .iter()
                    .try_for_each(|command| self.command(command, own))
            }
            _ => Err("not understood".to_owned()),
        }
    }

    /// Variables that are known at build time.
    fn expanded(&self, text: &str) -> String {
        let mut text = text
            .replace("$(uname -m)", "x86_64")
            .replace("$(lsb_release -cs)", "{codename}")
            .replace("${BUNDLE_DIR}", BUNDLE)
            .replace("$BUNDLE_DIR", BUNDLE);
        for (name, value) in &self.variables {
            text = text.replace(&format!("${{{name}}}"), value);
            text = text.replace(&format!("${name}"), value);
        }
        text
    }

    fn env(&mut self, text: &str) -> Result<(), String> {
        let (name, value) = text.split_once('=').ok_or("a variable without value")?;
        let mut words = shell::words(value)?;
        if words.len() > 1 {
            return Err("more than one variable".to_owned());
        }
        let value = words.pop().unwrap_or_default();
        if name == "PATH" {
            let added = value.strip_prefix("$PATH:").ok_or("PATH is replaced")?;
            self.meaning.facts.insert(Fact::Path(added.to_owned()));
        } else {
            let name = name.to_owned();
            self.variables.insert(name.clone(), value.clone());
            self.meaning.facts.insert(Fact::Env { name, value });
        }
        Ok(())
    }

    fn user(&mut self, name: &str) -> Result<(), String> {
        self.is_bundle_user = match name {
            "root" => false,
            "${BUNDLE_USER}" => true,
            _ => return Err("a user that is not known".to_owned()),
        };
        Ok(())
    }

    fn command(&mut self, command: &[String], own: Own) -> Result<(), String> {
        if own(self, command)? {
            return Ok(());
        }
        let words: Vec<&str> = command.iter().map(String::as_str).collect();
        match words.as_slice() {
            ["apt-get", "update"] => Ok(()),
            ["apt-get", "install", rest @ ..] => self.packages(rest),
            ["curl", rest @ ..] => self.curl(rest),
            ["wget", url, rest @ ..] if rest.iter().all(|flag| flag.starts_with("--progress")) => {
                let name = url.rsplit('/').next().unwrap_or_default();
                self.fetched(url, name);
                Ok(())
            }
            ["tar", "-xvf", file] => self.unpack(file, ""),
            ["unzip", file] => self.unpack(file, ""),
            ["unzip", file, "-d", dir] => self.unpack(file, dir),
            ["mv", from, to] => self.moved(from, to),
            ["chmod", _, file] if self.is_known(file) => Ok(()),
            ["rm", files @ ..] => self.removed(files),
            ["cd", dir] => {
                self.dir = (*dir).to_owned();
                Ok(())
            }
            [
                "apt-get" | "apt-key" | "chmod" | "cp" | "dpkg" | "echo" | "gpg" | "mkdir" | "mv"
                | "tar" | "unzip" | "wget",
                ..,
            ] => Err(format!("`{}` is not understood", command.join(" "))),
            _ => self.run(command),
        }
    }

    /// A command that both have to run.
    ///
    /// # Errors
    /// When there is more to it than words.
    pub fn run(&mut self, command: &[String]) -> Result<(), String> {
        let special = |word: &String| word.contains(['|', '>', '<', ';', '&', '$', '*', '`']);
        if command.iter().any(special) {
            return Err(format!("`{}` is not understood", command.join(" ")));
        }
        self.meaning.runs.push(Ran {
            user: if self.is_bundle_user {
                User::Bundle
            } else {
                User::Root
            },
            dir: self.dir.clone(),
            argv: command.to_vec(),
        });
        Ok(())
    }

    fn packages(&mut self, words: &[&str]) -> Result<(), String> {
        for word in words {
            match word.split_once('=') {
                _ if ["-y", "--no-install-recommends"].contains(word) => {}
                _ if word.starts_with('-') => return Err(format!("the flag `{word}`")),
                Some((name, version)) => self.meaning.package(name, Some(version)),
                None => self.meaning.package(word, None),
            }
        }
        Ok(())
    }

    fn curl(&mut self, words: &[&str]) -> Result<(), String> {
        let (mut url, mut file) = (None, None);
        let mut words = words.iter();
        while let Some(word) = words.next() {
            match *word {
                "-o" | "--output" => file = words.next(),
                "-s" | "-S" | "-L" | "-f" | "-sL" | "-fsSL" => {}
                _ if word.starts_with('-') => return Err(format!("the flag `{word}`")),
                _ if url.is_none() => url = Some(*word),
                _ => return Err("several addresses".to_owned()),
            }
        }
        let (url, file) = url.zip(file).ok_or("a download that goes nowhere")?;
        self.fetched(url, file);
        Ok(())
    }

    /// Something fetched, for the time being.
    pub fn fetched(&mut self, url: &str, file: &str) {
        let path = self.path(file);
        self.loose.insert(path, url.to_owned());
    }

    /// Something from the network at its place.
    pub fn download(&mut self, url: &str, member: &str, to: &str) {
        self.meaning.facts.insert(Fact::Download {
            url: url.to_owned(),
            member: member.trim_end_matches('/').to_owned(),
            to: to.to_owned(),
        });
    }

    fn path(&self, path: &str) -> String {
        match (path.starts_with('/'), self.dir.as_str()) {
            (true, _) | (false, "") => path.trim_start_matches("./").to_owned(),
            (false, dir) => format!("{dir}/{}", path.trim_start_matches("./")),
        }
    }

    fn unpack(&mut self, file: &str, dir: &str) -> Result<(), String> {
        let url = self.loose.get(&self.path(file));
        let url = url.ok_or_else(|| format!("`{file}` is not there"))?;
        self.unpacked.insert(dir.to_owned(), url.clone());
        Ok(())
    }

    fn moved(&mut self, from: &str, to: &str) -> Result<(), String> {
        let from = self.path(from);
        let name = from.rsplit('/').next().unwrap_or_default();
        let to = match to.strip_suffix('/') {
            Some(folder) => format!("{folder}/{name}"),
            None if FOLDERS.contains(&to) => format!("{to}/{name}"),
            None => to.to_owned(),
        };
        if let Some(url) = self.loose.remove(&from) {
            self.download(&url, "", &to);
            return Ok(());
        }
        let url = self.unpacked.get("").cloned();
        let url = url.ok_or_else(|| format!("`{from}` is not there"))?;
        self.download(&url, &from, &to);
        Ok(())
    }

    fn is_known(&self, file: &str) -> bool {
        let path = self.path(file);
        let is_there = |fact: &Fact| matches!(fact, Fact::Download { to, .. } if *to == path);
        self.loose.contains_key(&path) || self.meaning.facts.iter().any(is_there)
    }

    fn removed(&mut self, files: &[&str]) -> Result<(), String> {
        for file in files.iter().filter(|word| !word.starts_with('-')) {
            let path = self.path(file);
            if self.loose.remove(&path).is_none() && !self.unpacked.contains_key("") {
                return Err(format!("`{file}` is not there"));
            }
        }
        Ok(())
    }

    /// What was fetched and stays where it is; the rest of an archive of which something was taken
    /// is a leftover.
    fn finish(mut self) -> Meaning {
        for (path, url) in std::mem::take(&mut self.loose) {
            self.download(&url, "", &path);
        }
        for (dir, url) in std::mem::take(&mut self.unpacked) {
            let used =
                |fact: &Fact| matches!(fact, Fact::Download { url: from, .. } if *from == url);
            if !self.meaning.facts.iter().any(used) {
                self.download(&url, "", &dir);
            }
        }
        self.meaning
    }
}
