//! The cache trusts nothing that it finds.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "what fails here fails the test"
)]

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use porter_mixin::Evaluate;
use porter_sandbox::{Cache, CacheError, Compiler, Loader, Mixin, Sandbox, SandboxError};
use porter_test_sandbox::{Guest, Probe};
use tempfile::TempDir;

struct Home {
    folder: TempDir,
}

impl Home {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    fn cache(&self) -> PathBuf {
        self.folder.path().join("cache/mixins")
    }

    fn key(&self) -> PathBuf {
        self.folder.path().join("keys/cache.key")
    }

    fn open(&self) -> Result<Cache, CacheError> {
        Cache::open(&self.cache(), &self.key())
    }

    fn loader(&self, compiler: Compiler) -> Loader {
        Loader::new(Sandbox::new().unwrap(), compiler).with_cache(self.open().unwrap())
    }

    fn compile(&self, component: &[u8]) -> Mixin {
        let compiler = Compiler::new(env!("CARGO_BIN_EXE_sandbox-probe"), ["compile"]);
        self.loader(compiler).load("good", component).unwrap()
    }

    /// Loads what is in the cache; there is no compiler.
    fn cached(&self, component: &[u8]) -> Result<Mixin, SandboxError> {
        self.loader(Compiler::new("/nonexistent", ["x"]))
            .load("good", component)
    }

    fn entries(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.cache()).unwrap();
        entries.map(|entry| entry.unwrap().path()).collect()
    }

    fn entry(&self) -> PathBuf {
        let entries = self.entries();
        assert_eq!(entries.len(), 1, "{entries:?}");
        entries[0].clone()
    }
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

#[test]
fn what_was_compiled_is_not_compiled_again() {
    let home = Home::new();
    let component = Guest::good().component();
    assert_eq!(home.cached(&component).unwrap_err().code(), "compile-start");
    assert!(home.compile(&component).describe().is_ok());
    assert!(home.cached(&component).unwrap().describe().is_ok());
    assert_eq!(mode(&home.cache()), 0o700);
    assert_eq!(mode(&home.key()), 0o600);
    assert_eq!(mode(&home.entry()), 0o600);
    let other = Guest::good().section("version", b"2").component();
    assert_eq!(home.cached(&other).unwrap_err().code(), "compile-start");
}

#[test]
fn a_corrupted_entry_is_a_miss_and_is_replaced() {
    let home = Home::new();
    let component = Guest::good().component();
    home.compile(&component);
    let entry = home.entry();
    let good = fs::read(&entry).unwrap();
    let mut spoilt: Vec<Vec<u8>> = vec![
        Vec::new(),
        b"x".to_vec(),
        good[..39].to_vec(),
        good[..40].to_vec(),
    ];
    for at in [0, 8, 39, 40, 41, 100, good.len() / 2, good.len() - 1] {
        let mut bytes = good.clone();
        bytes[at] ^= 1;
        spoilt.push(bytes);
    }
    spoilt.push(good[..good.len() - 1].to_vec());
    spoilt.push([good.as_slice(), b"x"].concat());
    for bytes in spoilt {
        fs::write(&entry, &bytes).unwrap();
        assert_eq!(home.cached(&component).unwrap_err().code(), "compile-start");
        assert!(home.compile(&component).describe().is_ok());
        assert_eq!(fs::read(&entry).unwrap(), good);
    }
}

#[test]
fn an_entry_under_another_name_is_a_miss() {
    let home = Home::new();
    let (one, two) = (
        Guest::good().component(),
        Guest::good().plan("unreachable").component(),
    );
    home.compile(&one);
    let first = home.entry();
    home.compile(&two);
    let second = home
        .entries()
        .into_iter()
        .find(|entry| *entry != first)
        .unwrap();
    fs::copy(&second, &first).unwrap();
    assert_eq!(home.cached(&one).unwrap_err().code(), "compile-start");
    assert!(home.cached(&two).is_ok());
}

#[test]
fn another_key_makes_every_entry_a_miss() {
    let home = Home::new();
    let component = Guest::good().component();
    home.compile(&component);
    fs::remove_file(home.key()).unwrap();
    assert_eq!(home.cached(&component).unwrap_err().code(), "compile-start");
    assert!(home.compile(&component).describe().is_ok());
    assert!(home.cached(&component).is_ok());
}

#[test]
fn entries_that_are_no_files_are_a_miss() {
    let home = Home::new();
    let component = Guest::good().component();
    home.compile(&component);
    let entry = home.entry();
    let elsewhere = home.folder.path().join("elsewhere");
    fs::rename(&entry, &elsewhere).unwrap();
    symlink(&elsewhere, &entry).unwrap();
    assert_eq!(home.cached(&component).unwrap_err().code(), "compile-start");
    // A pipe would block whoever opens it.
    fs::remove_file(&entry).unwrap();
    let made = std::process::Command::new("mkfifo")
        .arg(&entry)
        .status()
        .unwrap();
    assert!(made.success());
    assert_eq!(home.cached(&component).unwrap_err().code(), "compile-start");
    fs::remove_file(&entry).unwrap();
    fs::create_dir(&entry).unwrap();
    assert_eq!(home.cached(&component).unwrap_err().code(), "compile-start");
    // It cannot be replaced either, and that is no reason to fail.
    assert!(home.compile(&component).describe().is_ok());
}

#[test]
fn folders_of_others_are_refused() {
    let home = Home::new();
    home.open().unwrap();
    for open in [0o777, 0o720, 0o702, 0o1777] {
        fs::set_permissions(home.cache(), Permissions::from_mode(open)).unwrap();
        assert!(
            matches!(home.open(), Err(CacheError::Mode { .. })),
            "{open:o}"
        );
    }
    fs::set_permissions(home.cache(), Permissions::from_mode(0o700)).unwrap();
    home.open().unwrap();
    let link = home.folder.path().join("link");
    symlink(home.cache(), &link).unwrap();
    let opened = Cache::open(&link, &home.key());
    assert!(matches!(opened, Err(CacheError::Kind { .. })), "{opened:?}");
    let file = home.folder.path().join("file");
    fs::write(&file, "x").unwrap();
    assert!(Cache::open(&file, &home.key()).is_err());
    // Somebody else's: `/` when we are not root, otherwise a folder given away.
    let foreign = home.folder.path().join("foreign");
    fs::create_dir(&foreign).unwrap();
    fs::set_permissions(&foreign, Permissions::from_mode(0o700)).unwrap();
    let given = std::os::unix::fs::chown(&foreign, Some(65_534), None);
    let foreign = if given.is_ok() {
        foreign
    } else {
        PathBuf::from("/")
    };
    let opened = Cache::open(&foreign, &home.key());
    assert!(
        matches!(opened, Err(CacheError::Owner { .. })),
        "{opened:?}"
    );
}

#[test]
fn keys_of_others_are_refused() {
    let home = Home::new();
    home.open().unwrap();
    for open in [0o640, 0o604, 0o660, 0o666] {
        fs::set_permissions(home.key(), Permissions::from_mode(open)).unwrap();
        assert!(
            matches!(home.open(), Err(CacheError::Mode { .. })),
            "{open:o}"
        );
    }
    fs::set_permissions(home.key(), Permissions::from_mode(0o600)).unwrap();
    for content in [&b""[..], b"short", &[7; 65]] {
        fs::write(home.key(), content).unwrap();
        assert!(matches!(home.open(), Err(CacheError::Key { .. })));
    }
    let elsewhere = home.folder.path().join("elsewhere");
    fs::write(&elsewhere, [7; 64]).unwrap();
    fs::set_permissions(&elsewhere, Permissions::from_mode(0o600)).unwrap();
    fs::remove_file(home.key()).unwrap();
    symlink(&elsewhere, home.key()).unwrap();
    assert!(matches!(home.open(), Err(CacheError::Kind { .. })));
    let inside = Cache::open(&home.cache(), &home.cache().join("key"));
    assert!(matches!(inside, Err(CacheError::KeyInside { .. })));
}

#[test]
fn a_cache_that_cannot_be_written_costs_nothing_but_time() {
    let home = Home::new();
    let component = Guest::good().component();
    let compiler = Compiler::new(env!("CARGO_BIN_EXE_sandbox-probe"), ["compile"]);
    let loader = home.loader(compiler);
    fs::remove_dir_all(home.cache()).unwrap();
    assert!(loader.load("good", &component).unwrap().describe().is_ok());
    assert!(loader.load("good", &component).unwrap().describe().is_ok());
}

#[test]
fn many_processes_fill_it_at_once() {
    let home = Home::new();
    let folder = home.folder.path().join("components");
    fs::create_dir(&folder).unwrap();
    let files: Vec<PathBuf> = (0..3)
        .map(|index| {
            let file = folder.join(format!("{index}.wasm"));
            let component = Guest::good()
                .section("version", &[b'0' + index])
                .component();
            fs::write(&file, component).unwrap();
            file
        })
        .collect();
    // Not even the key is there.
    std::thread::scope(|scope| {
        for index in 0..12 {
            let file = &files[index % files.len()];
            let probe =
                Probe::new(env!("CARGO_BIN_EXE_sandbox-probe")).cache(&home.cache(), &home.key());
            scope.spawn(move || {
                for _ in 0..3 {
                    let outcome = probe.run_file(file);
                    assert_eq!(outcome.code, "ok", "{}", outcome.message);
                }
            });
        }
    });
    assert_eq!(home.entries().len(), 3, "{:?}", home.entries());
    for file in &files {
        assert!(home.cached(&fs::read(file).unwrap()).is_ok());
    }
    let keys: Vec<_> = fs::read_dir(home.key().parent().unwrap())
        .unwrap()
        .collect();
    assert_eq!(keys.len(), 1, "{keys:?}");
}

#[test]
fn the_oldest_entries_go() {
    let home = Home::new();
    let compile = |component: &[u8], total| {
        let compiler = Compiler::new(env!("CARGO_BIN_EXE_sandbox-probe"), ["compile"]);
        let cache = home.open().unwrap().with_total(total);
        let loader = Loader::new(Sandbox::new().unwrap(), compiler).with_cache(cache);
        loader.load("good", component).unwrap();
    };
    let components: Vec<Vec<u8>> = (0..4)
        .map(|index| {
            Guest::good()
                .section("version", &[b'0' + index])
                .component()
        })
        .collect();
    let mut size = 0;
    for component in &components[..3] {
        compile(component, u64::MAX);
        size = home
            .entries()
            .iter()
            .map(|entry| fs::metadata(entry).unwrap().len())
            .max()
            .unwrap();
        // Timestamps of a second are what is compared.
        let hour_ago = std::time::SystemTime::now() - std::time::Duration::from_secs(3600);
        for entry in home.entries() {
            let file = fs::File::options().write(true).open(&entry).unwrap();
            let modified = fs::metadata(&entry)
                .unwrap()
                .modified()
                .unwrap()
                .min(hour_ago);
            file.set_modified(modified - std::time::Duration::from_secs(60))
                .unwrap();
        }
    }
    let abandoned = home.cache().join(".new-0000000000000000");
    fs::write(&abandoned, "x").unwrap();
    let file = fs::File::options().write(true).open(&abandoned).unwrap();
    file.set_modified(std::time::UNIX_EPOCH).unwrap();
    // The first is used again: it is not the oldest any more.
    assert!(home.cached(&components[0]).is_ok());
    compile(&components[3], size * 2 + size / 2);
    assert_eq!(home.entries().len(), 2, "{:?}", home.entries());
    assert!(home.cached(&components[0]).is_ok());
    assert!(home.cached(&components[3]).is_ok());
    assert!(home.cached(&components[1]).is_err());
}
