//! What is brought in and what is kept: file parameters, file outputs, state.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up has failed"
)]

mod support;

use std::io::Read;
use std::os::unix::fs::PermissionsExt;

use serde_json::json;
use support::Bundle;

#[test]
fn file_parameters_are_decoded_in_place() {
    let run = |content: Option<&str>| {
        let mut bundle = Bundle::new();
        bundle
            .file_parameter("cfg", "/cnab/app/conf/cfg.bin", false)
            .step("true");
        if let Some(content) = content {
            bundle.file("/cnab/app/conf/cfg.bin", content);
        }
        let ran = bundle.run();
        (
            ran,
            std::fs::read(bundle.path("/cnab/app/conf/cfg.bin")).ok(),
        )
    };
    assert_eq!(run(Some("AAEC/w==")).1.unwrap(), [0, 1, 2, 255]);
    assert_eq!(run(Some("AAEC\r\n/w==\n")).1.unwrap(), [0, 1, 2, 255]);
    assert_eq!(run(Some("")).1.unwrap(), Vec::<u8>::new());
    assert_eq!(run(Some("null")).1, None);
    assert_eq!(run(None).1, None);
    let (ran, _) = run(Some("not base64 !"));
    assert!(!ran.succeeded);
    assert!(
        ran.err
            .starts_with("error: unable to decode parameter cfg: illegal base64 data: "),
        "{}",
        ran.err
    );
    let mut bundle = Bundle::new();
    bundle.file_parameter("cfg", "", false);
    bundle.runbook.parameters.get_mut("cfg").unwrap().path = None;
    assert_eq!(
        bundle.run().err,
        "error: destination path is not supplied for parameter cfg\n"
    );
}

#[test]
fn file_outputs_are_copied_at_the_end() {
    let mut bundle = Bundle::new();
    let made = [
        ("abs", "/tmp/abs.bin"),
        ("rel", "sub/rel.txt"),
        ("gone", "/tmp/gone"),
        ("modes", "/tmp/modes.sh"),
        ("taken", "/tmp/taken"),
        ("direct", "/cnab/app/outputs/direct"),
        ("link", "/tmp/link"),
        ("pipe", "/tmp/pipe"),
        ("dir", "/tmp/adir"),
    ];
    for (name, path) in made {
        bundle.output(name, false).path = Some(path.into());
    }
    bundle.output("other", false).path = Some("/tmp/abs.bin".into());
    bundle.output("other", false).apply_to = vec!["upgrade".into()];
    bundle.step_of("install", json!({"outputs": {"taken": "(y)"}, "script": "
        echo y; cd ../..; mkdir tmp tmp/adir cnab/app/sub; printf 'a\\0' > tmp/abs.bin; printf r > cnab/app/sub/rel.txt
        printf m > tmp/modes.sh; chmod 4755 tmp/modes.sh; printf no > tmp/taken; printf d > cnab/app/outputs/direct
        ln -s /etc/passwd tmp/link; mkfifo tmp/pipe"}));
    let ran = bundle.run();
    let read = |name: &str| bundle.read(&format!("/cnab/app/outputs/{name}"));
    let all: Vec<_> = ["abs", "rel", "modes", "taken", "direct"]
        .map(read)
        .into_iter()
        .flatten()
        .collect();
    assert_eq!(all, ["a\0", "r", "m", "y", "d"]);
    assert_eq!(
        ["gone", "other", "link", "pipe", "dir"].map(read),
        [const { None }; 5]
    );
    let mode = bundle
        .path("/cnab/app/outputs/modes")
        .metadata()
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o7777, 0o755);
    assert!(!ran.succeeded);
    for bad in [
        "unable to copy output file from /tmp/adir to /cnab/app/outputs/dir\n  caused by: is a directory",
        "from /tmp/link to /cnab/app/outputs/link\n",
        "from /tmp/pipe to /cnab/app/outputs/pipe\n  caused by: is not a regular file",
    ] {
        assert!(ran.err.contains(bad), "{bad}: {}", ran.err);
    }
}

/// Entries of a packed state: name, mode and content.
fn entries(archive: &[u8]) -> Vec<(String, u32, String)> {
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(archive));
    archive
        .entries()
        .unwrap()
        .map(|entry| {
            let mut entry = entry.unwrap();
            let mut content = String::new();
            entry.read_to_string(&mut content).unwrap();
            let name = entry.path().unwrap().display().to_string();
            (name, entry.header().mode().unwrap(), content)
        })
        .collect()
}

fn archive(entries: &[(&str, tar::EntryType, &str)]) -> Vec<u8> {
    let encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    let mut builder = tar::Builder::new(encoder);
    for (name, kind, content) in entries {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(*kind);
        header.set_size(content.len() as u64);
        header.set_mode(0o6640);
        if *kind == tar::EntryType::Symlink {
            header.set_size(0);
            builder.append_link(&mut header, name, content).unwrap();
        } else {
            // `..` is what the crate refuses to write, so the name goes in by hand.
            header.as_gnu_mut().unwrap().name[..name.len()].copy_from_slice(name.as_bytes());
            header.set_cksum();
            builder.append(&header, content.as_bytes()).unwrap();
        }
    }
    builder.into_inner().unwrap().finish().unwrap()
}

fn base64(bytes: &[u8]) -> String {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

#[test]
fn state_goes_round() {
    let mut bundle = Bundle::new();
    bundle
        .state("db", "data/db.txt")
        .state("abs", "/tmp/abs-state")
        .state("none", "never");
    bundle.step("mkdir data ../../tmp; printf one > data/db.txt; printf two > ../../tmp/abs-state; chmod 600 ../../tmp/abs-state; chmod 644 data/db.txt");
    bundle.file("/porter/state.tgz", "null");
    assert!(bundle.run().succeeded);
    let packed = std::fs::read(bundle.path("/cnab/app/outputs/porter-state")).unwrap();
    assert_eq!(
        entries(&packed),
        [
            ("porter-state/db".into(), 0o644, "one".into()),
            ("porter-state/abs".into(), 0o600, "two".into())
        ]
    );
    assert!(!bundle.path("/porter/state.tgz").exists());

    let mut next = Bundle::new();
    next.state("db", "data/db.txt")
        .state("abs", "/tmp/abs-state");
    next.file("/porter/state.tgz", base64(&packed));
    next.file("/cnab/app/data/db.txt", "longer than what is restored");
    next.step("cat data/db.txt ../../tmp/abs-state");
    let ran = next.run();
    assert_eq!(ran.body(), "onetwo", "{ran:?}");
    let again = std::fs::read(next.path("/cnab/app/outputs/porter-state")).unwrap();
    assert_eq!(packed, again, "the same files give the same archive");
}

#[test]
fn no_state_is_an_empty_archive() {
    let mut bundle = Bundle::new();
    bundle.step("true");
    assert!(bundle.run().succeeded);
    let packed = std::fs::read(bundle.path("/cnab/app/outputs/porter-state")).unwrap();
    let mut tar = Vec::new();
    flate2::read::GzDecoder::new(packed.as_slice())
        .read_to_end(&mut tar)
        .unwrap();
    assert_eq!(
        (tar.len(), packed[4..8].to_vec(), packed[9]),
        (1024, vec![0; 4], 255)
    );
}

#[test]
fn damaged_and_hostile_state_is_refused() {
    use tar::EntryType::{Directory, Regular, Symlink};
    let run = |content: &[u8]| {
        let mut bundle = Bundle::new();
        bundle.state("db", "data/db.txt").step("echo ran");
        bundle.file("/porter/state.tgz", content);
        (bundle.run(), bundle.read("/cnab/app/data/db.txt"))
    };
    let packed =
        |entries: &[(&str, tar::EntryType, &str)]| run(base64(&archive(entries)).as_bytes());
    let (ran, _) = run(b"not base64 !");
    assert!(
        ran.err
            .starts_with("error: unable to decode parameter porter-state: illegal base64"),
        "{}",
        ran.err
    );
    let (ran, _) = run(base64(b"not gzip").as_bytes());
    assert!(
        ran.err
            .starts_with("error: could not create a new gzip reader for the statefile"),
        "{}",
        ran.err
    );
    let whole = archive(&[("porter-state/db", Regular, "x")]);
    let (ran, _) = run(base64(&whole[..whole.len() / 2]).as_bytes());
    assert!(
        ran.err.starts_with("error: could not read the statefile: "),
        "{}",
        ran.err
    );
    assert!(!ran.out.contains("ran"));
    for hostile in [
        ("../db", Regular, "x"),
        ("porter-state/../db", Regular, "x"),
        ("porter-state/a/b", Regular, "x"),
        ("/porter-state/db", Regular, "x"),
        ("porter-state/db", Symlink, "/etc/passwd"),
        ("db", Regular, "x"),
    ] {
        let (ran, restored) = packed(&[hostile]);
        assert!(!ran.succeeded && restored.is_none(), "{hostile:?}: {ran:?}");
    }
    // What Porter trips over: entries of variables that are not declared any more.
    let (ran, restored) = packed(&[
        ("porter-state/", Directory, ""),
        ("./porter-state/old", Regular, "o"),
        ("porter-state/db", Regular, "x"),
    ]);
    assert!(ran.succeeded, "{ran:?}");
    assert_eq!(restored.unwrap(), "x");
    assert_eq!(
        ran.err,
        "warning: the state `old` of an earlier run is dropped: the bundle does not declare it\n"
    );
    let many: Vec<String> = (0..1001).map(|n| format!("porter-state/{n}")).collect();
    let many: Vec<_> = many
        .iter()
        .map(|name| (name.as_str(), Regular, ""))
        .collect();
    assert!(packed(&many).0.err.contains("1,000 files of 64 MiB"));
}

#[test]
fn a_bad_state_path_spoils_only_itself() {
    let mut bundle = Bundle::new();
    bundle
        .state("dir", "adir")
        .state("link", "alink")
        .state("good", "good.txt");
    bundle.step("mkdir adir; ln -s /etc/passwd alink; printf g > good.txt; chmod 644 good.txt");
    let ran = bundle.run();
    assert!(!ran.succeeded);
    assert!(
        ran.err
            .contains("unable to keep state `dir` of adir\n  caused by: is a directory"),
        "{}",
        ran.err
    );
    let packed = std::fs::read(bundle.path("/cnab/app/outputs/porter-state")).unwrap();
    assert_eq!(
        entries(&packed),
        [("porter-state/good".into(), 0o644, "g".into())]
    );
}
