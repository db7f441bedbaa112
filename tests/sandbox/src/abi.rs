//! Values as the canonical ABI lays them out in a guest's memory.

use porter_mixin::instruction::{
    Archive, Checksum, Download, DownloadEntry, File, Packages, Remote, Run, Target, User,
};
use porter_mixin::task::{Command, Condition, Output, Source, Test};
use porter_mixin::{Diagnostic, Instruction, Place, Severity, Task};

/// Where a guest's heap begins at the earliest.
pub const HEAP: u32 = 32_768;

/// Static data of a guest.
#[derive(Debug, Clone, Default)]
pub struct Layout {
    bytes: Vec<u8>,
}

/// A record under construction: its fields at their offsets.
#[derive(Debug, Clone)]
struct Record(Vec<u8>);

impl Record {
    fn new(size: usize) -> Self {
        Self(vec![0; size])
    }

    fn byte(&mut self, at: usize, value: u8) {
        self.0[at] = value;
    }

    fn word(&mut self, at: usize, value: u32) {
        self.0[at..at + 4].copy_from_slice(&value.to_le_bytes());
    }

    fn pair(&mut self, at: usize, (address, length): (u32, u32)) {
        self.word(at, address);
        self.word(at + 4, length);
    }

    fn place(&mut self, at: usize, inner: &Self) {
        self.0[at..at + inner.0.len()].copy_from_slice(&inner.0);
    }
}

impl Layout {
    /// Address of the first byte.
    pub const BASE: u32 = 1024;

    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Address after the last byte.
    pub fn end(&self) -> u32 {
        Self::BASE + self.bytes.len() as u32
    }

    /// All bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Lays out bytes at a multiple of 8; gives their address.
    pub fn raw(&mut self, bytes: &[u8]) -> u32 {
        self.bytes.resize(self.bytes.len().next_multiple_of(8), 0);
        let at = self.end();
        self.bytes.extend_from_slice(bytes);
        at
    }

    /// A string; gives address and length.
    pub fn string(&mut self, text: &str) -> (u32, u32) {
        (self.raw(text.as_bytes()), text.len() as u32)
    }

    /// `ok` of a list at `address`; gives the address of the result.
    pub fn ok_list(&mut self, address: u32, length: u32) -> u32 {
        self.result(0, address, length)
    }

    /// `err` of a list at `address`; gives the address of the result.
    pub fn err_list(&mut self, address: u32, length: u32) -> u32 {
        self.result(1, address, length)
    }

    /// A result with any discriminant.
    pub fn result(&mut self, discriminant: u8, address: u32, length: u32) -> u32 {
        let mut result = Record::new(12);
        result.byte(0, discriminant);
        result.pair(4, (address, length));
        self.raw(&result.0)
    }

    /// A description; gives its address.
    pub fn description(&mut self, schema: &str, environment: &[&str]) -> u32 {
        let mut record = Record::new(20);
        record.pair(0, self.string(schema));
        record.pair(8, self.strings(environment.iter().copied()));
        self.raw(&record.0)
    }

    /// `ok` of tasks; gives the address of the result.
    pub fn tasks(&mut self, tasks: &[Task]) -> u32 {
        let records: Vec<Record> = tasks.iter().map(|task| self.task(task)).collect();
        let (address, length) = self.list(&records);
        self.ok_list(address, length)
    }

    /// `ok` of instructions; gives the address of the result.
    pub fn instructions(&mut self, instructions: &[Instruction]) -> u32 {
        let records: Vec<Record> = instructions
            .iter()
            .map(|instruction| self.instruction(instruction))
            .collect();
        let (address, length) = self.list(&records);
        self.ok_list(address, length)
    }

    /// A list of diagnostics; gives address and length.
    pub fn diagnostics(&mut self, diagnostics: &[Diagnostic]) -> (u32, u32) {
        let records: Vec<Record> = diagnostics
            .iter()
            .map(|diagnostic| self.diagnostic(diagnostic))
            .collect();
        self.list(&records)
    }

    fn list(&mut self, records: &[Record]) -> (u32, u32) {
        let bytes: Vec<u8> = records
            .iter()
            .flat_map(|record| record.0.iter().copied())
            .collect();
        (self.raw(&bytes), records.len() as u32)
    }

    fn strings<'a>(&mut self, texts: impl Iterator<Item = &'a str>) -> (u32, u32) {
        let records: Vec<Record> = texts.map(|text| self.pair_of(text)).collect();
        self.list(&records)
    }

    fn pair_of(&mut self, text: &str) -> Record {
        let mut record = Record::new(8);
        record.pair(0, self.string(text));
        record
    }

    fn pairs(&mut self, pairs: &[(String, String)]) -> (u32, u32) {
        let records: Vec<Record> = pairs
            .iter()
            .map(|(name, value)| {
                let mut record = Record::new(16);
                record.pair(0, self.string(name));
                record.pair(8, self.string(value));
                record
            })
            .collect();
        self.list(&records)
    }

    fn option_string(&mut self, text: Option<&str>) -> Record {
        let mut record = Record::new(12);
        if let Some(text) = text {
            record.byte(0, 1);
            record.pair(4, self.string(text));
        }
        record
    }

    fn target(&mut self, target: &Target) -> Record {
        let mut record = Record::new(12);
        record.pair(0, self.string(&target.path));
        record.word(8, target.mode);
        record
    }

    fn file(&mut self, file: &File) -> Record {
        let mut record = Record::new(20);
        record.place(0, &self.target(&file.to));
        record.pair(12, self.string(&file.content));
        record
    }

    fn task(&mut self, task: &Task) -> Record {
        let mut record = Record::new(100);
        match task {
            Task::Say(text) => record.pair(4, self.string(text)),
            Task::Write(file) => {
                record.byte(0, 1);
                record.place(4, &self.file(file));
            }
            Task::Run(command) => {
                record.byte(0, 2);
                record.place(4, &self.command(command));
            }
        }
        record
    }

    fn command(&mut self, command: &Command) -> Record {
        let mut record = Record::new(96);
        record.pair(0, self.string(&command.program));
        record.pair(8, self.strings(command.args.iter().map(String::as_str)));
        record.pair(16, self.pairs(&command.env));
        record.pair(24, self.string(&command.dir));
        record.place(32, &self.option_string(command.stdin.as_deref()));
        record.byte(44, u8::from(command.quiet));
        if let Some(condition) = &command.when {
            record.byte(48, 1);
            record.place(52, &self.condition(condition));
        }
        let ignore: Vec<Record> = command
            .ignore
            .iter()
            .map(|found| self.test(found))
            .collect();
        record.pair(76, self.list(&ignore));
        record.byte(84, u8::from(command.keep_going));
        let outputs: Vec<Record> = command
            .outputs
            .iter()
            .map(|found| self.output(found))
            .collect();
        record.pair(88, self.list(&outputs));
        record
    }

    fn condition(&mut self, condition: &Condition) -> Record {
        let mut record = Record::new(24);
        match condition {
            Condition::Exists(path) => record.pair(4, self.string(path)),
            Condition::Missing(path) => {
                record.byte(0, 1);
                record.pair(4, self.string(path));
            }
            Condition::Ended { task, how } => {
                record.byte(0, 2);
                record.word(4, *task);
                record.place(8, &self.test(how));
            }
        }
        record
    }

    fn test(&mut self, test: &Test) -> Record {
        let mut record = Record::new(16);
        match test {
            Test::Failed => {}
            Test::ExitCode(code) => {
                record.byte(0, 1);
                record.word(4, code.cast_unsigned());
            }
            Test::Contains(pattern) | Test::Matches(pattern) => {
                record.byte(
                    0,
                    if matches!(test, Test::Contains(_)) {
                        2
                    } else {
                        3
                    },
                );
                record.byte(4, pattern.channel as u8);
                record.pair(8, self.string(&pattern.value));
            }
        }
        record
    }

    fn output(&mut self, output: &Output) -> Record {
        let mut record = Record::new(56);
        record.pair(0, self.string(&output.name));
        match &output.take {
            Source::Stdout => {}
            Source::JsonPath {
                path,
                fold_case,
                absent,
            } => {
                record.byte(8, 1);
                record.pair(12, self.string(path));
                record.byte(20, u8::from(*fold_case));
                record.place(24, &self.option_string(absent.as_deref()));
            }
            Source::Regex(text) | Source::File(text) => {
                record.byte(
                    8,
                    if matches!(output.take, Source::Regex(_)) {
                        2
                    } else {
                        3
                    },
                );
                record.pair(12, self.string(text));
            }
        }
        record.byte(36, u8::from(output.sensitive));
        if let Some(target) = &output.to {
            record.byte(40, 1);
            record.place(44, &self.target(target));
        }
        record
    }

    fn instruction(&mut self, instruction: &Instruction) -> Record {
        let mut record = Record::new(28);
        match instruction {
            Instruction::Packages(packages) => record.place(4, &self.packages(packages)),
            Instruction::Download(download) => {
                record.byte(0, 1);
                record.place(4, &self.download(download));
            }
            Instruction::File(file) => {
                record.byte(0, 2);
                record.place(4, &self.file(file));
            }
            Instruction::Copy { source, to } => {
                record.byte(0, 3);
                record.pair(4, self.string(source));
                record.pair(12, self.string(to));
            }
            Instruction::Env { name, value } => {
                record.byte(0, 4);
                record.pair(4, self.string(name));
                record.pair(12, self.string(value));
            }
            Instruction::Path(path) => {
                record.byte(0, 5);
                record.pair(4, self.string(path));
            }
            Instruction::Run(run) => {
                record.byte(0, 6);
                record.place(4, &self.run(run));
            }
        }
        record
    }

    fn packages(&mut self, packages: &Packages) -> Record {
        let mut names = Vec::new();
        for package in &packages.names {
            let mut record = Record::new(20);
            record.pair(0, self.string(&package.name));
            record.place(8, &self.option_string(package.version.as_deref()));
            names.push(record);
        }
        let mut sources = Vec::new();
        for source in &packages.sources {
            let mut record = Record::new(44);
            record.pair(0, self.string(&source.uri));
            record.pair(8, self.string(&source.suite));
            let components = source.components.iter().map(String::as_str);
            record.pair(16, self.strings(components));
            record.place(24, &self.remote(&source.key));
            sources.push(record);
        }
        let mut record = Record::new(16);
        record.pair(0, self.list(&names));
        record.pair(8, self.list(&sources));
        record
    }

    fn download(&mut self, download: &Download) -> Record {
        let mut entries = Vec::new();
        for entry in &download.entries {
            entries.push(self.download_entry(entry));
        }
        let mut record = Record::new(24);
        record.pair(0, self.list(&entries));
        record.byte(
            8,
            match download.archive {
                Archive::None => 0,
                Archive::TarGz => 1,
                Archive::TarXz => 2,
                Archive::Zip => 3,
            },
        );
        record.place(12, &self.target(&download.to));
        record
    }

    fn download_entry(&mut self, entry: &DownloadEntry) -> Record {
        let mut record = Record::new(36);
        record.pair(0, self.string(&entry.platform));
        record.place(8, &self.remote(&entry.source));
        record.pair(28, self.string(&entry.member));
        record
    }

    fn remote(&mut self, remote: &Remote) -> Record {
        let mut record = Record::new(20);
        record.pair(0, self.string(&remote.url));
        let (kind, text) = match &remote.checksum {
            Checksum::None => (0, None),
            Checksum::Sha256(digest) => (1, Some(digest)),
            Checksum::Sha512(digest) => (2, Some(digest)),
            Checksum::Sums(url) => (3, Some(url)),
        };
        record.byte(8, kind);
        if let Some(text) = text {
            record.pair(12, self.string(text));
        }
        record
    }

    fn run(&mut self, run: &Run) -> Record {
        let mut record = Record::new(20);
        let commands: Vec<Record> = run
            .commands
            .iter()
            .map(|command| {
                let mut record = Record::new(8);
                record.pair(0, self.strings(command.iter().map(String::as_str)));
                record
            })
            .collect();
        record.pair(0, self.list(&commands));
        record.pair(8, self.string(&run.dir));
        record.byte(16, u8::from(run.user == User::Bundle));
        record.byte(17, u8::from(run.network));
        record
    }

    fn diagnostic(&mut self, diagnostic: &Diagnostic) -> Record {
        let mut record = Record::new(64);
        record.byte(0, u8::from(diagnostic.severity == Severity::Warning));
        record.pair(4, self.string(&diagnostic.code));
        record.pair(12, self.string(&diagnostic.title));
        record.pair(20, self.string(&diagnostic.message));
        record.place(28, &self.option_string(diagnostic.hint.as_deref()));
        match &diagnostic.at {
            Place::Config { pointer } => record.pair(44, self.string(pointer)),
            Place::Step {
                action,
                index,
                pointer,
            } => {
                record.byte(40, 1);
                record.pair(44, self.string(action));
                record.word(52, *index);
                record.pair(56, self.string(pointer));
            }
        }
        record
    }
}
