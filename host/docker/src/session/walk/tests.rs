//! What a walk tells of.

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use super::super::source::{Folder, Permissions};
use super::*;

fn tree() -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    for path in [
        "a/b/c.txt",
        "a/z",
        "a.txt",
        "docs/README.md",
        "docs/x.md",
        "secret/key",
        "top",
    ] {
        let path = root.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "x").unwrap();
    }
    root
}

fn told(root: &Path, hidden: &[&str], request: &Request) -> Result<Vec<Stat>, DockerError> {
    let hidden = hidden.iter().map(|path| (*path).to_owned());
    let folder = Folder::open(root, hidden, Permissions::GroupAsOwner)?;
    let mut found = Vec::new();
    walk(&folder, request, &mut |stat| {
        found.push(stat);
        Ok(())
    })?;
    Ok(found)
}

fn paths(root: &Path, hidden: &[&str], request: &Request) -> String {
    let found = told(root, hidden, request).unwrap();
    found
        .into_iter()
        .map(|stat| stat.path)
        .collect::<Vec<_>>()
        .join(" ")
}

fn list(words: &str) -> Vec<String> {
    words.split_whitespace().map(str::to_owned).collect()
}

fn request(include: &str, exclude: &str, follow: &str) -> Request {
    Request {
        include: list(include),
        exclude: list(exclude),
        follow: list(follow),
    }
}

#[test]
fn what_is_told_of() {
    let root = tree();
    let everything =
        "a a/b a/b/c.txt a/z a.txt docs docs/README.md docs/x.md secret secret/key top";
    for (include, exclude, follow, expected) in [
        ("", "", "", everything),
        (
            "",
            "docs",
            "",
            "a a/b a/b/c.txt a/z a.txt secret secret/key top",
        ),
        ("", "** !docs/README.md", "", "docs docs/README.md"),
        ("", "** !**/*.txt", "", "a a/b a/b/c.txt a.txt"),
        ("a/b", "", "", "a a/b a/b/c.txt"),
        ("*.txt", "", "", "a.txt"),
        ("**/*.txt", "", "", "a a/b a/b/c.txt a.txt"),
        (
            "a docs",
            "**/c.txt",
            "",
            "a a/b a/z docs docs/README.md docs/x.md",
        ),
        ("", "", "top", "top"),
        (
            "",
            "",
            "a/b/c.txt docs/*.md",
            "a a/b a/b/c.txt docs docs/README.md docs/x.md",
        ),
        ("", "", ".", everything),
        ("", "", "missing", ""),
        ("", "", "../../top", "top"),
        ("secret", "secret", "", ""),
    ] {
        let request = request(include, exclude, follow);
        assert_eq!(paths(root.path(), &[], &request), expected, "{request:?}");
    }
}

#[test]
fn hidden_files_are_not_there() {
    let root = tree();
    let found = paths(
        root.path(),
        &["docs", "a/b", "/top", "gone"],
        &Request::default(),
    );
    assert_eq!(found, "a a/z a.txt secret secret/key");
    let found = paths(root.path(), &["docs"], &request("docs", "", ""));
    assert_eq!(found, "");
}

#[test]
fn links_are_links_and_never_lead_out() {
    let root = tree();
    symlink("/etc/passwd", root.path().join("out")).unwrap();
    symlink("../../../..", root.path().join("up")).unwrap();
    symlink("docs", root.path().join("manual")).unwrap();
    symlink("loop", root.path().join("loop")).unwrap();
    let found = told(root.path(), &[], &request("out up manual loop", "", "")).unwrap();
    let links: Vec<_> = found
        .iter()
        .map(|stat| (stat.path.as_str(), stat.linkname.as_str()))
        .collect();
    assert_eq!(
        links,
        [
            ("loop", "loop"),
            ("manual", "docs"),
            ("out", "/etc/passwd"),
            ("up", "../../../..")
        ]
    );
    assert!(found.iter().all(|stat| !has_content(stat)));
    // Followed, they stay inside.
    assert_eq!(
        paths(root.path(), &[], &request("", "", "manual/x.md")),
        "docs docs/x.md manual"
    );
    assert_eq!(paths(root.path(), &[], &request("", "", "out")), "out");
    assert_eq!(
        paths(root.path(), &[], &request("", "", "loop/a/b")),
        "loop"
    );
    assert_eq!(
        paths(root.path(), &[], &request("", "", "man*/x.md")),
        "docs docs/x.md manual"
    );
    let folder = Folder::open(root.path(), [], Permissions::Kept).unwrap();
    let source = super::super::source::Source::Folder(folder);
    for path in ["out", "up/etc/passwd", "/etc/passwd", "../x", "docs"] {
        assert!(source.read(path).is_err(), "{path} was read");
    }
    assert!(source.read("docs/x.md").is_ok());
}

#[test]
fn modes_sizes_and_times() {
    let root = tree();
    let set = |path: &str, mode| {
        fs::set_permissions(root.path().join(path), fs::Permissions::from_mode(mode)).unwrap();
    };
    set("top", 0o4701);
    set("a.txt", 0o644);
    set("secret", 0o1700);
    let found = told(root.path(), &[], &Request::default()).unwrap();
    let stat = |path: &str| found.iter().find(|stat| stat.path == path).unwrap();
    assert_eq!(stat("top").mode, SET_USER | 0o771);
    assert_eq!(stat("a.txt").mode, 0o664);
    assert_eq!(stat("secret").mode, FOLDER | STICKY | 0o770);
    assert_eq!(stat("a.txt").size, 1);
    assert!(stat("a.txt").mod_time > 1_600_000_000_000_000_000);
    assert!(found.iter().all(|stat| stat.uid == 0 && stat.gid == 0));
}

#[test]
fn strange_names() {
    let root = tree();
    for name in [
        "new\nline",
        "esc\u{1b}[2J",
        "back\\slash",
        " blank ",
        "[a]",
        "ünï",
    ] {
        fs::write(root.path().join(name), "x").unwrap();
    }
    let found = told(root.path(), &["a", "docs", "secret"], &Request::default()).unwrap();
    assert_eq!(found.len(), 8);
    let name = std::ffi::OsStr::from_bytes(b"docs/\xff\xfe");
    fs::write(root.path().join(name), "x").unwrap();
    let message = told(root.path(), &[], &Request::default())
        .unwrap_err()
        .to_string();
    assert!(message.contains("its name is not UTF-8"), "{message}");
    assert!(told(root.path(), &[], &request("", "docs", "")).is_ok());
}

#[test]
fn pipes_and_sockets_are_passed_over() {
    let root = tree();
    let _listener = std::os::unix::net::UnixListener::bind(root.path().join("socket")).unwrap();
    rustix::fs::mknodat(
        rustix::fs::CWD,
        root.path().join("pipe"),
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::from(0o600),
        0,
    )
    .unwrap();
    assert_eq!(
        paths(root.path(), &[], &request("pipe socket top", "", "")),
        "top"
    );
    let folder = Folder::open(root.path(), [], Permissions::Kept).unwrap();
    assert!(
        super::super::source::Source::Folder(folder)
            .read("pipe")
            .is_err()
    );
}

#[test]
fn a_folder_that_is_not_there() {
    let message = told(Path::new("/nonexistent/x"), &[], &Request::default()).unwrap_err();
    assert!(
        message
            .to_string()
            .starts_with("cannot send `/nonexistent/x`"),
        "{message}"
    );
}
