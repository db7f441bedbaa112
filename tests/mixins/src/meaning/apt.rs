//! How the recorded lines add a repository of Debian packages.

use super::Fact;
use super::reader::Reader;

/// Where keys count for every repository.
const TRUSTED: &str = "/etc/apt/trusted.gpg.d/";

/// Takes the commands that add a repository and its key, in either order.
///
/// # Errors
/// When a line of a list is not understood.
pub fn source(reader: &mut Reader, command: &[String]) -> Result<bool, String> {
    let words: Vec<&str> = command.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["curl", "-sL", url, "|", "gpg", "--dearmor", ">", file] => {
            reader.fetched(url, file);
            Ok(true)
        }
        ["curl", url, "|", "apt-key", "--keyring", file, "add", "-"] => {
            let awaits = |fact: &Fact| matches!(fact, Fact::Source { key, .. } if key == file);
            let found = reader
                .meaning
                .facts
                .iter()
                .find(|fact| awaits(fact))
                .cloned();
            let Some(found) = found else {
                return Err(format!("no repository is signed by `{file}`"));
            };
            reader.meaning.facts.remove(&found);
            if let Fact::Source {
                uri,
                suite,
                components,
                ..
            } = found
            {
                let key = (*url).to_owned();
                reader.meaning.facts.insert(Fact::Source {
                    uri,
                    suite,
                    components,
                    key,
                });
            }
            Ok(true)
        }
        ["echo", line, ">", list] if list.starts_with("/etc/apt/sources.list.d/") => {
            let fact = listed(reader, line)?;
            reader.meaning.facts.insert(fact);
            Ok(true)
        }
        _ => Ok(false),
    }
}

/// A line of a list: `deb [OPTIONS] URI SUITE COMPONENTS`. Until it is fetched, a key is the path
/// where it is expected.
fn listed(reader: &mut Reader, line: &str) -> Result<Fact, String> {
    let rest = line.strip_prefix("deb [").ok_or("a list without `deb`")?;
    let (options, rest) = rest.split_once("] ").ok_or("options that do not end")?;
    let key = match options.split_once('=') {
        // The recordings were made for this architecture; ours is that of the image.
        Some(("arch", "amd64")) => {
            let trusted = reader
                .loose
                .keys()
                .find(|path| path.starts_with(TRUSTED))
                .cloned();
            let key = trusted.and_then(|path| reader.loose.remove(&path));
            key.ok_or("no key is trusted")?
        }
        Some(("signed-by", path)) => path.to_owned(),
        _ => return Err(format!("the option `{options}`")),
    };
    let [uri, suite, components @ ..] = &rest.split(' ').collect::<Vec<_>>()[..] else {
        return Err("a list without a suite".to_owned());
    };
    Ok(Fact::Source {
        uri: uri.trim_end_matches('/').to_owned(),
        suite: (*suite).to_owned(),
        components: components.join(" "),
        key,
    })
}
