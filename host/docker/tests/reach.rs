//! What a build may reach besides its files, on a real engine: secrets, agents, contexts, caches.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests fail as tests do"
)]

mod common;

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixListener;

use common::{BASE, MARK, Site};
use porter_cnab::Sensitive;
use porter_cnab::ports::{BuildCache, BuildContext, BuildSecret};

#[tokio::test]
async fn secrets_are_mounted_and_stay_out_of_the_image() {
    let site = Site::new().await;
    let file = site.folder.path().join("token.txt");
    fs::write(&file, "tok-8c2e51aa").unwrap();
    let mut build = site.request(&format!(
        "FROM {BASE}\n\
         RUN --mount=type=secret,id=file --mount=type=secret,id=value \
         : {MARK}; wc -c < /run/secrets/file > /length; rev /run/secrets/value > /reversed\n"
    ));
    build
        .options
        .secrets
        .insert("file".to_owned(), BuildSecret::File(file));
    let value = BuildSecret::Value(Sensitive::new("terces".to_owned()));
    build.options.secrets.insert("value".to_owned(), value);
    let image = site.try_build(&build).await.unwrap();
    let files = site.files(&image).await;
    assert_eq!(files["length"].content.trim(), "12");
    assert_eq!(files["reversed"].content.trim(), "secret");
    assert!(
        files
            .values()
            .all(|file| !file.content.contains("tok-8c2e51aa"))
    );

    // One that a step must have and nobody gave.
    let build = site.request(&format!(
        "FROM {BASE}\nRUN --mount=type=secret,id=missing,required=true : {MARK} missing\n"
    ));
    let error = site.try_build(&build).await.unwrap_err().to_string();
    assert!(error.contains("missing"), "{error}");
}

#[tokio::test]
async fn commands_talk_to_the_agent_that_is_given() {
    let site = Site::new().await;
    let socket = site.folder.path().join("agent");
    let agent = UnixListener::bind(&socket).unwrap();
    let answering = std::thread::spawn(move || {
        let (mut connection, _) = agent.accept().unwrap();
        let mut question = String::new();
        let mut reader = BufReader::new(connection.try_clone().unwrap());
        reader.read_line(&mut question).unwrap();
        write!(connection, "you said {question}").unwrap();
    });
    let ask = "use IO::Socket::UNIX; \
               my $agent = IO::Socket::UNIX->new($ENV{SSH_AUTH_SOCK}) or die $!; \
               print $agent qq(hello\\n); print scalar <$agent>";
    let mut build = site.request(&format!(
        "FROM {BASE}\nRUN --mount=type=ssh : {MARK} {}; perl -e '{ask}' > /answer\n",
        site.name
    ));
    build.options.agents.insert("default".to_owned(), socket);
    let image = site.try_build(&build).await.unwrap();
    let files = site.files(&image).await;
    assert_eq!(files["answer"].content, "you said hello\n");
    answering.join().unwrap();
}

#[tokio::test]
async fn contexts_have_names() {
    let site = Site::new().await;
    let docs = site.folder.path().join("docs");
    fs::create_dir(&docs).unwrap();
    fs::write(docs.join("page.txt"), "a page").unwrap();
    let mut build = site.request("FROM base AS one\nFROM scratch\nCOPY --from=docs page.txt /\nCOPY --from=one /etc/debian_version /\n");
    let contexts = &mut build.options.contexts;
    contexts.insert("docs".to_owned(), BuildContext::Folder(docs.clone()));
    let base = BuildContext::Address(format!("docker-image://{BASE}"));
    contexts.insert("base".to_owned(), base);
    let files = site.files(&site.try_build(&build).await.unwrap()).await;
    assert_eq!(files["page.txt"].content, "a page");
    assert!(files.contains_key("debian_version"));
    fs::write(docs.join("page.txt"), "another page").unwrap();
    let files = site.files(&site.try_build(&build).await.unwrap()).await;
    assert_eq!(files["page.txt"].content, "another page");
}

#[tokio::test]
async fn caches_and_attributes_reach_the_engine() {
    let site = Site::new().await;
    let mut build = site.request(&format!("FROM {BASE}\nRUN : {MARK} cached\n"));
    let cache = |kind: &str, attributes: &[(&str, &str)]| BuildCache {
        kind: kind.to_owned(),
        attributes: attributes
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
    };
    build.options.cache_to.push(cache("inline", &[]));
    build
        .options
        .output
        .insert("oci-mediatypes".to_owned(), "true".to_owned());
    // A cache that is not there is no reason to fail: BuildKit says so and goes on.
    let nowhere = cache("registry", &[("ref", "localhost:1/none:cache")]);
    build.options.cache_from.push(nowhere);
    site.try_build(&build).await.unwrap();

    build.options.cache_to = vec![cache("nonsense", &[])];
    let error = site.try_build(&build).await.unwrap_err().to_string();
    assert!(error.contains("nonsense"), "{error}");
}
