//! The host's side: what is read, and what is refused.

use super::*;

#[test]
fn only_what_is_named_is_read() {
    let folder = bundle();
    let files = read(folder.path(), &["charts/app", "values.yaml"]).unwrap();
    let found: Vec<&str> = files.paths().collect();
    let expected = [
        "charts/app/Chart.yaml",
        "charts/app/templates/a.yaml",
        "values.yaml",
    ];
    assert_eq!(found, expected);
    assert!(read(folder.path(), &[]).unwrap().is_empty());
}

#[test]
fn dot_files_are_never_there() {
    let folder = bundle();
    let files = read(folder.path(), &["charts"]).unwrap();
    assert!(files.paths().all(|path| !path.contains("/.")), "{files:?}");
    assert!(BundlePath::parse("charts/.env").is_err());
}

#[test]
fn what_is_missing_is_an_error() {
    let folder = bundle();
    let (code, message) = refusal(folder.path(), &["charts/none"]);
    assert_eq!(
        (code, message.as_str()),
        ("reader-read", "cannot read `charts/none`")
    );
    let (code, _) = refusal(folder.path(), &["values.yaml/x"]);
    assert_eq!(code, "reader-kind");
}

#[test]
fn links_are_refused_wherever_they_lead() {
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("secret"), "hidden").unwrap();
    for (target, asked) in [
        ("/etc/passwd", "charts"),
        ("/etc/passwd", "charts/link"),
        ("../secret/key", "charts"),
        ("app/Chart.yaml", "charts"),
        ("nowhere", "charts"),
        (outside.path().to_str().unwrap(), "charts"),
        (outside.path().to_str().unwrap(), "charts/link"),
        // In the middle of a granted path.
        (outside.path().to_str().unwrap(), "charts/link/secret"),
        ("link", "charts"),
    ] {
        let folder = bundle();
        symlink(target, folder.path().join("charts/link")).unwrap();
        let (code, message) = refusal(folder.path(), &[asked]);
        assert_eq!(code, "reader-kind", "{target} {asked}");
        assert!(message.contains("is a link"), "{message}");
    }
}

#[test]
fn hard_links_are_refused() {
    let folder = bundle();
    let at = |path: &str| folder.path().join(path);
    fs::hard_link(at("secret/key"), at("charts/key")).unwrap();
    let (code, message) = refusal(folder.path(), &["charts"]);
    assert_eq!(code, "reader-kind");
    assert!(message.contains("several names"), "{message}");
}

#[test]
fn pipes_sockets_and_devices_are_refused_at_once() {
    let folder = bundle();
    let at = |path: &str| folder.path().join(path);
    let made = std::process::Command::new("mkfifo")
        .arg(at("charts/pipe"))
        .status();
    assert!(made.unwrap().success());
    let started = Instant::now();
    let (code, message) = refusal(folder.path(), &["charts"]);
    assert_eq!(code, "reader-kind", "{message}");
    assert!(message.contains("a pipe"), "{message}");
    fs::remove_file(at("charts/pipe")).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(at("charts/socket")).unwrap();
    let (code, _) = refusal(folder.path(), &["charts"]);
    assert!(["reader-kind", "reader-read"].contains(&code), "{code}");
    assert!(started.elapsed() < Duration::from_secs(2));
}

#[test]
fn sizes_and_counts_are_bounded() {
    let folder = bundle();
    let at = |path: &str| folder.path().join(path);
    // Sparse files.
    let sized = |path: &str, size: u64| {
        fs::write(at(path), "").unwrap();
        let file = fs::OpenOptions::new().write(true).open(at(path)).unwrap();
        file.set_len(size).unwrap();
    };
    sized("charts/big", (4 << 20) + 1);
    assert_eq!(refusal(folder.path(), &["charts"]).0, "reader-large");
    fs::remove_file(at("charts/big")).unwrap();
    for number in 0..5 {
        sized(&format!("charts/{number}"), 4 << 20);
    }
    assert_eq!(refusal(folder.path(), &["charts"]).0, "reader-total");
    fs::create_dir(at("many")).unwrap();
    for number in 0..4200 {
        fs::write(at(&format!("many/{number}")), "").unwrap();
    }
    assert_eq!(refusal(folder.path(), &["many"]).0, "reader-many");
    let mut deep = at("deep");
    for _ in 0..40 {
        deep.push("d");
    }
    fs::create_dir_all(&deep).unwrap();
    assert_eq!(refusal(folder.path(), &["deep"]).0, "reader-deep");
}

#[test]
fn names_that_are_no_text_are_refused_escaped() {
    use std::os::unix::ffi::OsStrExt;

    for name in [&b"a\xff"[..], b"a\nb", b"a\x1b[31m"] {
        let folder = bundle();
        let file = folder
            .path()
            .join("charts")
            .join(std::ffi::OsStr::from_bytes(name));
        fs::write(file, "").unwrap();
        let (code, message) = refusal(folder.path(), &["charts"]);
        assert_eq!(code, "reader-name");
        assert!(!message.chars().any(char::is_control), "{message:?}");
    }
}

/// Somebody exchanges a folder and a link, and a file and a link, as fast as they can: whatever is
/// read is what was granted, or an error.
#[test]
fn races_for_a_link_are_lost() {
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("file"), "hidden").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let at = |path: &str| folder.path().join(path);
    fs::create_dir_all(at("charts/good")).unwrap();
    fs::write(at("charts/good/file"), "granted").unwrap();
    symlink(outside.path(), at("evil")).unwrap();
    let stop = AtomicBool::new(false);
    let (mut read_well, mut refused) = (0, 0);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                let _ = fs::rename(at("charts/good"), at("aside"));
                let _ = fs::rename(at("evil"), at("charts/good"));
                let _ = fs::rename(at("charts/good"), at("evil"));
                let _ = fs::rename(at("aside"), at("charts/good"));
            }
        });
        let started = Instant::now();
        while started.elapsed() < Duration::from_secs(2) {
            for asked in ["charts", "charts/good", "charts/good/file"] {
                match read(folder.path(), &[asked]) {
                    Ok(files) => {
                        let with = |content: &str| {
                            let other = tempfile::tempdir().unwrap();
                            fs::create_dir_all(other.path().join("charts/good")).unwrap();
                            fs::write(other.path().join("charts/good/file"), content).unwrap();
                            read(other.path(), &[asked]).unwrap().digest()
                        };
                        assert_ne!(files.digest(), with("hidden"), "{asked}");
                        read_well += 1;
                    }
                    Err(_) => refused += 1,
                }
            }
        }
        stop.store(true, Ordering::Relaxed);
    });
    assert!(
        read_well > 0 && refused > 0,
        "{read_well} {refused}: no race"
    );
}

#[test]
fn the_digest_is_that_of_paths_and_contents() {
    let (one, two) = (bundle(), bundle());
    let digest = |folder: &Path| read(folder, &["charts"]).unwrap().digest();
    assert_eq!(digest(one.path()), digest(two.path()));
    fs::write(two.path().join("charts/.env"), "other").unwrap();
    assert_eq!(digest(one.path()), digest(two.path()));
    fs::write(two.path().join("charts/app/Chart.yaml"), "name: other").unwrap();
    assert_ne!(digest(one.path()), digest(two.path()));
    let three = bundle();
    fs::rename(
        three.path().join("charts/app/Chart.yaml"),
        three.path().join("charts/app/chart.yaml"),
    )
    .unwrap();
    assert_ne!(digest(one.path()), digest(three.path()));
}
