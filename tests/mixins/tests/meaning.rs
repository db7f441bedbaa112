//! The lines of a Dockerfile and typed instructions that mean the same, and lines that are refused.

use porter_mixin_sdk::{
    AptPackage, Archive, Checksum, Download, DownloadEntry, File, Instruction, Packages, Remote,
    Run, Target, User,
};
use porter_test_mixins::meaning::{Meaning, reader};

fn read(text: &str) -> Result<Meaning, String> {
    reader::read(text, reader::nothing)
}

fn download(url: &str, archive: Archive, member: &str, to: &str) -> Instruction {
    let entry = |architecture: &str| DownloadEntry {
        platform: format!("linux/{architecture}"),
        source: Remote {
            url: url.replace("ARCH", architecture),
            checksum: Checksum::None,
        },
        member: member.replace("ARCH", architecture),
    };
    Instruction::Download(Download {
        entries: vec![entry("amd64"), entry("arm64")],
        archive,
        to: Target {
            path: to.to_owned(),
            mode: 0o755,
        },
    })
}

#[test]
fn the_same_in_both_forms() {
    let lines = r#"
# a comment
ENV A="x y"
ENV PATH="$PATH:/opt/bin"
ARG VERSION=1.2
RUN apt-get update && apt-get install -y --no-install-recommends curl less tool=3-1~$(lsb_release -cs)
RUN curl https://x.example/helm-linux-amd64.tar.gz --output helm.tar.gz
RUN tar -xvf helm.tar.gz && rm helm.tar.gz
RUN mv linux-amd64/helm /usr/local/bin/helm3
RUN curl -o kubectl https://x.example/${VERSION}/amd64/kubectl &&\
    mv kubectl /usr/local/bin && chmod a+x /usr/local/bin/kubectl
ADD --chmod=755 https://x.example/compose /usr/lib/compose
COPY infra/ $BUNDLE_DIR/infra/
USER ${BUNDLE_USER}
RUN helm3 repo add acme 'https://charts.example'
USER root
RUN cd $BUNDLE_DIR/infra && tool init
ENV FILE=$BUNDLE_DIR/infra/file
RUN tee <<EOF > $FILE
x
EOF
"#;
    let mut bundle = Run::command(&["helm3", "repo", "add", "acme", "https://charts.example"]);
    bundle.user = User::Bundle;
    bundle.network = true;
    let mut root = Run::command(&["tool", "init"]);
    root.dir = "infra".to_owned();
    let tool = AptPackage {
        name: "tool".to_owned(),
        version: Some("3-1~{codename}".to_owned()),
    };
    let instructions = [
        Instruction::Env {
            name: "A".to_owned(),
            value: "x y".to_owned(),
        },
        Instruction::Path("/opt/bin".to_owned()),
        Instruction::Packages(Packages {
            names: vec![AptPackage::newest("less"), tool],
            sources: Vec::new(),
        }),
        download(
            "https://x.example/helm-linux-ARCH.tar.gz",
            Archive::TarGz,
            "linux-ARCH/helm",
            "/usr/local/bin/helm3",
        ),
        download(
            "https://x.example/1.2/ARCH/kubectl",
            Archive::None,
            "",
            "/usr/local/bin/kubectl",
        ),
        download(
            "https://x.example/compose",
            Archive::None,
            "",
            "/usr/lib/compose",
        ),
        Instruction::Copy {
            source: "infra".to_owned(),
            to: "infra".to_owned(),
        },
        Instruction::Run(bundle),
        Instruction::Run(root),
        Instruction::Env {
            name: "FILE".to_owned(),
            value: "/cnab/app/infra/file".to_owned(),
        },
        Instruction::File(File {
            to: Target {
                path: "infra/file".to_owned(),
                mode: 0o644,
            },
            content: "x\n".to_owned(),
        }),
    ];
    let ours = Meaning::of_instructions(&instructions).unwrap();
    assert_eq!(ours.difference(&read(lines).unwrap()), None);

    for index in 0..instructions.len() {
        let mut fewer = instructions.to_vec();
        fewer.remove(index);
        let ours = Meaning::of_instructions(&fewer).unwrap();
        assert!(ours.difference(&read(lines).unwrap()).is_some(), "{index}");
    }
}

#[test]
fn what_is_not_understood_is_refused() {
    for lines in [
        "FROM debian",
        "WORKDIR /x",
        "USER someone",
        "ENV A=1 B=2",
        "ENV PATH=/only/this",
        "COPY --from=other a b",
        "COPY a b c",
        "RUN curl https://x.example/a",
        "RUN curl --insecure -o a https://x.example/a",
        "RUN apt-get install -y --allow-downgrades x",
        "RUN mv nothing /usr/bin/x",
        "RUN tar -xvf nothing.tar",
        "RUN rm nothing",
        "RUN chmod +x nothing",
        "RUN echo x > /etc/y",
        "RUN a | b",
        "RUN cp -r x/* y",
        "RUN echo 'unended",
        "RUN a && \\",
        "COPY <<EOF /x\nnever ends",
    ] {
        assert!(read(lines).is_err(), "{lines}");
    }
}
