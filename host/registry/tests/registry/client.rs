//! The client against a real registry that is killed or damaged, and against servers that lie.

use std::future::Future;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use porter_registry::client::BlobSource;
use porter_registry::{
    BundleReference, Descriptor, Document, Registry, RegistryError, RegistryOptions, document,
    media,
};
use porter_test_harness::{Registry as RealRegistry, Reply, Server};

fn block<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(work)
}

fn client(pause: u64) -> Registry {
    Registry::new(RegistryOptions {
        pause: Duration::from_millis(pause),
        idle: Duration::from_secs(5),
        ..RegistryOptions::default()
    })
    .unwrap()
}

fn reference(address: &str) -> BundleReference {
    format!("{address}/acme/shop:v1").parse().unwrap()
}

/// An answer of a server that says more than a body.
fn answer(status: &str, headers: &str, body: &str) -> Reply {
    let length = body.len();
    let text = format!(
        "HTTP/1.1 {status}\r\nConnection: close\r\n{headers}Content-Length: {length}\r\n\r\n{body}"
    );
    Reply::Raw(text.into_bytes())
}

/// 80 MB that do not repeat, in a file.
fn large() -> (tempfile::NamedTempFile, Descriptor) {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    let mut state: u64 = 1;
    let mut bytes = Vec::with_capacity(80 * 1024 * 1024);
    while bytes.len() < 80 * 1024 * 1024 {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        bytes.extend_from_slice(&state.to_le_bytes());
    }
    file.write_all(&bytes).unwrap();
    let described = Descriptor::of(media::DOCKER_LAYER, &bytes);
    (file, described)
}

#[test]
fn an_upload_survives_a_registry_that_is_killed() {
    let mut real = RealRegistry::start();
    let to = reference(real.address());
    let (file, blob) = large();
    let source = BlobSource::File(file.path().to_path_buf());
    let client = Arc::new(client(300));
    block(async {
        // Greeted before it is killed: what was never there is not waited for.
        assert!(!client.has_blob(&to, &blob.digest).await.unwrap());
        let pushing = {
            let (client, to, blob) = (Arc::clone(&client), to.clone(), blob.clone());
            tokio::spawn(async move { client.push_blob(&to, &blob, &source).await })
        };
        tokio::time::sleep(Duration::from_millis(60)).await;
        real.kill();
        tokio::time::sleep(Duration::from_millis(200)).await;
        real.restart();
        pushing.await.unwrap().unwrap();
        assert!(client.has_blob(&to, &blob.digest).await.unwrap());
        let nothing = BlobSource::Bytes(Vec::new());
        let again = client.push_blob(&to, &blob, &nothing).await.unwrap();
        assert!(!again, "it was sent again");
    });
}

#[test]
fn a_blob_that_was_damaged_is_refused() {
    let real = RealRegistry::start();
    let at = reference(real.address());
    let client = client(5);
    let blob = Descriptor::of("text/plain", b"content");
    block(async {
        let source = BlobSource::Bytes(b"content".to_vec());
        client.push_blob(&at, &blob, &source).await.unwrap();
        let mut read = Vec::new();
        client.read_blob(&at, &blob, &mut read).await.unwrap();
        assert_eq!(read, b"content");
        std::fs::write(real.blob(&blob.digest), "CONTENT").unwrap();
        let error = client.read_blob(&at, &blob, &mut read).await.unwrap_err();
        assert!(matches!(error, RegistryError::Digest { .. }), "{error}");
        let shorter = Descriptor { size: 3, ..blob };
        let error = client.read_blob(&at, &shorter, &mut read).await;
        assert!(
            matches!(error, Err(RegistryError::Size { .. })),
            "{error:?}"
        );
    });
}

#[test]
fn a_blob_goes_from_repository_to_repository() {
    let (one, two) = (RealRegistry::start(), RealRegistry::start());
    let from = reference(one.address());
    let beside: BundleReference = format!("{}/other/x:v1", one.address()).parse().unwrap();
    let across = reference(two.address());
    let client = client(5);
    let blob = Descriptor::of("text/plain", b"content");
    block(async {
        let source = BlobSource::Bytes(b"content".to_vec());
        client.push_blob(&from, &blob, &source).await.unwrap();
        for to in [&beside, &across] {
            assert!(client.copy_blob(&from, to, &blob).await.unwrap());
            let mut read = Vec::new();
            client.read_blob(to, &blob, &mut read).await.unwrap();
            assert_eq!(read, b"content");
            assert!(!client.copy_blob(&from, to, &blob).await.unwrap());
        }
    });
}

#[test]
fn what_passes_is_tried_again() {
    let count = Arc::new(Mutex::new(0));
    let seen = Arc::clone(&count);
    let server = Server::start(move |path| {
        if path == "/v2/" {
            return Reply::text("{}");
        }
        let mut count = seen.lock().unwrap();
        *count += 1;
        match *count {
            1 => answer("503 X", "Retry-After: 0\r\n", ""),
            2 => answer("429 X", "Retry-After: 0\r\n", ""),
            3 => Reply::Raw(Vec::new()),
            _ => answer(
                "200 OK",
                "Content-Type: application/vnd.oci.image.index.v1+json\r\n",
                "{}",
            ),
        }
    });
    let at = reference(&server.address().to_string());
    let found = block(client(5).manifest(&at)).unwrap();
    assert_eq!(found.descriptor.media_type, media::OCI_INDEX);
    assert_eq!(*count.lock().unwrap(), 4);
}

#[test]
fn refusals_end() {
    let denies = Server::start(|_| answer("401 X", "WWW-Authenticate: Basic realm=\"x\"\r\n", ""));
    let at = reference(&denies.address().to_string());
    let error = block(client(5).manifest(&at)).unwrap_err();
    assert!(matches!(error, RegistryError::Denied { .. }), "{error}");
    assert!(denies.requests().len() <= 3, "{:?}", denies.requests());

    let redirects = Server::start(|path| match path {
        "/v2/" => Reply::text("{}"),
        path => Reply::Redirect(path.to_owned()),
    });
    let at = reference(&redirects.address().to_string());
    let error = block(client(5).manifest(&at)).unwrap_err();
    assert!(error.to_string().contains("redirects more than"), "{error}");

    let huge = "x".repeat(5 * 1024 * 1024);
    let floods = Server::start(move |_| Reply::text(huge.clone()));
    let at = reference(&floods.address().to_string());
    let error = block(client(5).manifest(&at)).unwrap_err();
    assert!(matches!(error, RegistryError::TooLarge { .. }), "{error}");

    let lies = Server::start(|_| Reply::text("{}"));
    let digest = document::digest(b"something else");
    let at = reference(&lies.address().to_string()).with_digest(&digest);
    let error = block(client(5).manifest(&at.unwrap())).unwrap_err();
    assert!(matches!(error, RegistryError::Digest { .. }), "{error}");
}

#[test]
fn credentials_do_not_follow_a_redirect() {
    let elsewhere = TcpListener::bind("127.0.0.1:0").unwrap();
    let target = format!("http://{}/blob", elsewhere.local_addr().unwrap());
    let heard = std::thread::spawn(move || {
        let (mut stream, _) = elsewhere.accept().unwrap();
        let lines = BufReader::new(stream.try_clone().unwrap()).lines();
        let head: Vec<String> = lines
            .map(Result::unwrap)
            .take_while(|line| !line.is_empty())
            .collect();
        let body = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 7\r\n\r\ncontent";
        stream.write_all(body.as_bytes()).unwrap();
        head.join("\n").to_ascii_lowercase()
    });
    let asked = Arc::new(Mutex::new(0));
    let server = Server::start(move |path| {
        let mut asked = asked.lock().unwrap();
        *asked += 1;
        match (path, *asked) {
            ("/v2/", _) => answer("401 X", "WWW-Authenticate: Basic realm=\"x\"\r\n", ""),
            _ => Reply::Redirect(target.clone()),
        }
    });
    let folder = tempfile::tempdir().unwrap();
    let address = server.address().to_string();
    let text = format!("{{\"auths\":{{\"{address}\":{{\"username\":\"u\",\"password\":\"p\"}}}}}}");
    std::fs::write(folder.path().join("config.json"), text).unwrap();
    let client = Registry::new(RegistryOptions {
        configuration: Some(folder.path().to_path_buf()),
        ..RegistryOptions::default()
    })
    .unwrap();
    let blob = Descriptor::of("text/plain", b"content");
    let mut read = Vec::new();
    block(client.read_blob(&reference(&address), &blob, &mut read)).unwrap();
    assert_eq!(read, b"content");
    let head = heard.join().unwrap();
    assert!(head.starts_with("get /blob"), "{head}");
    assert!(!head.contains("authorization"), "{head}");
}

#[test]
fn a_realm_without_tls_is_for_registries_without() {
    let (server, certificate) = Server::start_tls(|_| {
        let header = "WWW-Authenticate: Bearer realm=\"http://127.0.0.1:1/token\"\r\n";
        answer("401 X", header, "")
    });
    drop(certificate);
    let client = Registry::new(RegistryOptions {
        insecure: true,
        pause: Duration::from_millis(5),
        ..RegistryOptions::default()
    })
    .unwrap();
    let at = reference(&server.address().to_string());
    let error = block(client.manifest(&at)).unwrap_err();
    let text = error.to_string();
    assert!(matches!(error, RegistryError::Token { .. }), "{text}");
}

#[test]
fn indexes_and_manifests_are_bounded() {
    let entry = format!(
        "{{\"mediaType\":\"m\",\"digest\":\"sha256:{}\",\"size\":1}}",
        "0".repeat(64)
    );
    let many = vec![entry.as_str(); 10_000].join(",");
    let index = format!("{{\"manifests\":[{many}]}}").into_bytes();
    let error = Document::new(media::OCI_INDEX, index).index().unwrap_err();
    assert!(error.to_string().contains("10000 entries"), "{error}");
    for bad in [
        r#"{"config":{"mediaType":"m","digest":"../../x","size":1}}"#.to_owned(),
        r#"{"config":{"mediaType":"m","digest":"sha512:00","size":1}}"#.to_owned(),
        entry.replace("\"size\":1", "\"size\":-1"),
        entry.replace("\"size\":1", "\"size\":18446744073709551615"),
        "[".repeat(100_000),
        "null".to_owned(),
    ] {
        let document = Document::new(media::OCI_MANIFEST, bad.into_bytes());
        assert!(document.manifest().is_err());
    }
}
