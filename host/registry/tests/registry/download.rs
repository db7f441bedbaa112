//! Downloads from servers that do not behave.

use std::time::{Duration, Instant};

use porter_registry::download::{DownloadError, Downloaded, Downloads, Limits, Progress};
use porter_test_harness::{Reply, Server};

struct Silent;

impl Progress for Silent {
    fn received(&self, _url: &str, _received: u64, _total: Option<u64>) {}
}

fn limits() -> Limits {
    Limits {
        connect: Duration::from_secs(2),
        idle: Duration::from_millis(300),
        whole: Duration::from_secs(3),
        attempts: 3,
        pause: Duration::from_millis(5),
    }
}

/// Downloads a path of a server as if the user had given its address.
fn get(server: &Server, path: &str, limit: u64) -> Result<(Downloaded, Vec<u8>), DownloadError> {
    run(&server.url(path), limit, false)
}

fn run(address: &str, limit: u64, private: bool) -> Result<(Downloaded, Vec<u8>), DownloadError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let mut downloads = Downloads::new(private, limits())?;
    let url = downloads.ask(address)?;
    let mut body = Vec::new();
    let downloaded = runtime.block_on(downloads.get(&url, limit, &mut body, &Silent))?;
    Ok((downloaded, body))
}

#[test]
fn a_body_comes_whole_with_its_digest() {
    let server = Server::start(|_| Reply::text("hello"));
    let (downloaded, body) = get(&server, "x", 5).unwrap();
    assert_eq!(body, b"hello");
    assert_eq!(downloaded.size, 5);
    let digest = "sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
    assert_eq!(downloaded.digest, digest);
}

#[test]
fn a_body_that_is_cut_short_is_tried_again_and_refused() {
    let server = Server::start(|_| Reply::Truncated(vec![1; 100], 50));
    let error = get(&server, "x", 1000).unwrap_err();
    assert!(
        matches!(error, DownloadError::Transport { .. }),
        "{error:?}"
    );
    assert_eq!(server.requests().len(), 3);
}

#[test]
fn a_second_attempt_starts_anew() {
    let count = std::sync::atomic::AtomicUsize::new(0);
    let server =
        Server::start(
            move |_| match count.fetch_add(1, std::sync::atomic::Ordering::SeqCst) {
                0 => Reply::Truncated(b"abcdef".to_vec(), 3),
                1 => Reply::Status(503),
                _ => Reply::text("abcdef"),
            },
        );
    assert_eq!(get(&server, "x", 6).unwrap().1, b"abcdef");
}

#[test]
fn what_is_too_large_is_refused_with_and_without_a_length() {
    let server = Server::start(|path| match path {
        "/known" => Reply::Body(vec![0; 1001]),
        _ => Reply::Endless,
    });
    for path in ["known", "endless"] {
        let error = get(&server, path, 1000).unwrap_err();
        assert!(
            matches!(error, DownloadError::TooLarge { limit: 1000, .. }),
            "{error:?}"
        );
    }
    assert_eq!(server.requests().len(), 2, "not tried again");
}

#[test]
fn silence_and_dripping_end() {
    let server = Server::start(|path| match path {
        "/silent" => Reply::Nothing,
        _ => Reply::Slow(vec![0; 1000], 1, Duration::from_millis(50)),
    });
    for path in ["silent", "dripping"] {
        let started = Instant::now();
        let error = get(&server, path, 1000).unwrap_err();
        let is_expected = matches!(
            error,
            DownloadError::Transport { .. } | DownloadError::TooSlow { .. }
        );
        assert!(is_expected, "{error:?}");
        assert!(started.elapsed() < Duration::from_secs(5), "{path}");
    }
}

#[test]
fn a_bad_status_is_said_in_porters_words() {
    let server = Server::start(|_| Reply::Status(404));
    let error = get(&server, "x", 10).unwrap_err();
    let url = server.url("x");
    let expected = format!("bad status returned when downloading {url} (404) Not Found");
    assert_eq!(error.to_string(), expected);
    assert!(error.is_absent());
}

#[test]
fn bytes_that_are_no_http_are_an_error() {
    let server = Server::start(|_| Reply::Raw(vec![0xff; 5000]));
    let error = get(&server, "x", 10).unwrap_err();
    assert!(
        matches!(error, DownloadError::Transport { .. }),
        "{error:?}"
    );
}

#[test]
fn redirects_are_followed_where_they_may_lead() {
    let server = Server::start(|path| match path {
        "/first" => Reply::Redirect("/second".to_owned()),
        "/round" => Reply::Redirect("/round".to_owned()),
        "/ftp" => Reply::Redirect("ftp://127.0.0.1/x".to_owned()),
        "/file" => Reply::Redirect("file:///etc/passwd".to_owned()),
        _ => Reply::text("here"),
    });
    let (downloaded, body) = get(&server, "first", 10).unwrap();
    assert_eq!(body, b"here");
    assert_eq!(downloaded.url, server.url("second"));
    let error = get(&server, "round", 10).unwrap_err();
    assert!(
        matches!(error, DownloadError::Redirects { .. }),
        "{error:?}"
    );
    for path in ["ftp", "file"] {
        let error = get(&server, path, 10).unwrap_err();
        assert!(matches!(error, DownloadError::Scheme { .. }), "{error:?}");
    }
}

#[test]
fn redirects_to_other_private_places_are_refused() {
    let other = Server::start(|_| Reply::text("metadata"));
    let port = other.address().port();
    let table = [
        (format!("http://127.0.0.1:{port}/"), "insecure"),
        (format!("http://localhost:{port}/"), "insecure"),
        ("http://example.com/".to_owned(), "insecure"),
        (format!("https://127.0.0.1:{port}/"), "private"),
        (format!("https://127.1:{port}/"), "private"),
        (format!("https://2130706433:{port}/"), "private"),
        (format!("https://0x7f.1:{port}/"), "private"),
        (format!("https://localhost:{port}/"), "private"),
        (format!("https://LOCALHOST.:{port}/"), "private"),
        (format!("https://x.localhost:{port}/"), "private"),
        (format!("https://[::1]:{port}/"), "private"),
        (format!("https://[::ffff:127.0.0.1]:{port}/"), "private"),
        ("https://169.254.169.254/latest".to_owned(), "private"),
        ("https://10.0.0.1/".to_owned(), "private"),
        ("https://user:secret@192.168.0.1/".to_owned(), "private"),
    ];
    for (target, expected) in table {
        let to = target.clone();
        let server = Server::start(move |_| Reply::Redirect(to.clone()));
        let error = get(&server, "x", 10).unwrap_err();
        let found = match &error {
            DownloadError::Insecure { .. } => "insecure",
            DownloadError::Private { .. } => "private",
            _ => "something else",
        };
        assert_eq!(found, expected, "{target}: {error:?}");
        assert!(!error.to_string().contains("secret"), "{error}");
        assert!(error.hint().is_some());
    }
    assert_eq!(other.requests(), Vec::<String>::new());
}

/// The name of this machine is looked up like any other: where it leads to a private address,
/// only a flag allows it.
#[test]
fn a_name_that_leads_to_a_private_address_needs_the_flag() {
    let server = Server::start(|_| Reply::text("here"));
    let name = std::fs::read_to_string("/etc/hostname").unwrap();
    let address = format!("http://{}:{}/x", name.trim(), server.address().port());
    let error = run(&address, 10, false).unwrap_err();
    assert!(matches!(error, DownloadError::Private { .. }), "{error:?}");
    assert_eq!(server.requests(), Vec::<String>::new());
    // With the flag it is no longer refused, whether or not anybody listens at that address.
    match run(&address, 10, true) {
        Ok((_, body)) => assert_eq!(body, b"here"),
        Err(error) => assert!(
            matches!(error, DownloadError::Transport { .. }),
            "{error:?}"
        ),
    }
}

#[test]
fn what_is_no_address_is_refused() {
    let mut downloads = Downloads::new(false, limits()).unwrap();
    for text in [
        "",
        "x",
        "//x",
        "ftp://x/y",
        "file:///x",
        "https://",
        "javascript:1",
        "http://[::/",
    ] {
        let error = downloads.ask(text).unwrap_err();
        let is_expected = matches!(
            error,
            DownloadError::Address { .. } | DownloadError::Scheme { .. }
        );
        assert!(is_expected, "{text}: {error:?}");
    }
}
