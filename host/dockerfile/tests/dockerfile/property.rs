//! Whatever mixins say, the Dockerfile has the instructions that were meant, with the texts that
//! were meant, and nothing else.

use porter_dockerfile::{MixinInstructions, RenderError, RenderOptions, TemplateSource, render};
use porter_mixin::Instruction;
use porter_mixin::instruction::{
    AptPackage, AptSource, Archive, Checksum, Download, DownloadEntry, File, Packages, Remote, Run,
    Target, User,
};
use proptest::prelude::*;

use crate::parser::{Parsed, array, expand, parse};

const TEMPLATE: &[u8] = b"FROM debian:stable-slim\n# PORTER_INIT\n# PORTER_MIXINS\n";

fn draw(instructions: &[Instruction]) -> Result<Vec<Parsed>, RenderError> {
    let mixin = MixinInstructions {
        mixin: "m",
        instructions,
    };
    let source = TemplateSource::Custom(TEMPLATE);
    let text = render(source, &[mixin], &RenderOptions::default())?;
    assert!(
        text.starts_with("FROM debian:stable-slim"),
        "text of a mixin comes first"
    );
    Ok(parse(&text))
}

/// Texts with everything in them that means something to somebody.
fn hostile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => "[a-z0-9/._-]{1,6}",
        2 => "[ \\\\\"'$`#{}\\[\\]<>*?|&;!:=,~@-]{1,4}",
        1 => proptest::sample::select(vec![
            "\n", "\r\n", "\t", "\0", "\u{1b}[2J", "\u{85}", "\u{2028}", "<<EOF", "<<\"PORTER\"",
            "PORTER", "\nPORTER\n", "\nFROM evil\n", "# syntax=evil", "# PORTER_MIXINS", "${PATH}",
            "$(id)", "..", "--from=x", "--", "\\\n", "ä", "\u{202e}", "\u{fdd0}0\u{fdd1}", "EOF",
            "{codename}", "[\"x\"]", "https://", "linux/amd64", "/",
        ]).prop_map(String::from),
    ];
    proptest::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

fn mode() -> impl Strategy<Value = u32> {
    prop_oneof![9 => 0..=0o777u32, 1 => any::<u32>()]
}

fn file() -> impl Strategy<Value = Instruction> {
    (hostile(), mode(), hostile()).prop_map(|(path, mode, content)| {
        Instruction::File(File {
            to: Target { path, mode },
            content,
        })
    })
}

fn run() -> impl Strategy<Value = Instruction> {
    let command = proptest::collection::vec(hostile(), 0..4);
    let commands = proptest::collection::vec(command, 0..3);
    (commands, hostile(), any::<bool>(), any::<bool>()).prop_map(
        |(commands, dir, root, network)| {
            let user = if root { User::Root } else { User::Bundle };
            Instruction::Run(Run {
                commands,
                dir,
                user,
                network,
            })
        },
    )
}

fn remote() -> impl Strategy<Value = Remote> {
    let checksum = prop_oneof![
        Just(Checksum::None),
        hostile().prop_map(Checksum::Sha256),
        hostile().prop_map(Checksum::Sha512),
        hostile().prop_map(|path| Checksum::Sums(format!("https://h/{path}"))),
    ];
    (hostile(), checksum).prop_map(|(path, checksum)| Remote {
        url: format!("https://h/{path}"),
        checksum,
    })
}

fn download() -> impl Strategy<Value = Instruction> {
    (remote(), hostile(), hostile(), mode(), 0..4).prop_map(|(source, member, path, mode, kind)| {
        let archive = [Archive::None, Archive::TarGz, Archive::TarXz, Archive::Zip][kind as usize];
        let platform = "linux/amd64".to_owned();
        let entries = vec![DownloadEntry {
            platform,
            source,
            member,
        }];
        Instruction::Download(Download {
            entries,
            archive,
            to: Target { path, mode },
        })
    })
}

fn packages() -> impl Strategy<Value = Instruction> {
    let package = (hostile(), proptest::option::of(hostile()))
        .prop_map(|(name, version)| AptPackage { name, version });
    let source =
        (hostile(), hostile(), hostile(), remote()).prop_map(|(uri, suite, component, key)| {
            AptSource {
                uri: format!("https://h/{uri}"),
                suite,
                components: vec![component],
                key,
            }
        });
    (
        proptest::collection::vec(package, 0..3),
        proptest::collection::vec(source, 0..2),
    )
        .prop_map(|(names, sources)| Instruction::Packages(Packages { names, sources }))
}

fn any_instruction() -> impl Strategy<Value = Instruction> {
    prop_oneof![
        file(),
        run(),
        download(),
        packages(),
        (hostile(), hostile()).prop_map(|(source, to)| Instruction::Copy { source, to }),
        (hostile(), hostile()).prop_map(|(name, value)| Instruction::Env { name, value }),
        hostile().prop_map(Instruction::Path),
    ]
}

/// Keywords with what is the same in every Dockerfile left out.
fn keywords(parsed: &[Parsed]) -> Vec<&str> {
    parsed.iter().map(|step| step.keyword.as_str()).collect()
}

/// What an instruction may become: nothing of it is more, other or elsewhere.
fn is_expected(instruction: &Instruction, mut middle: Vec<&str>) -> bool {
    let stage = |kind: &[&str], middle: &mut Vec<&str>| {
        let is = middle.starts_with(kind);
        if is {
            middle.drain(..kind.len());
        }
        is
    };
    match instruction {
        Instruction::Env { .. } | Instruction::Path(_) => middle == ["ENV"],
        Instruction::Copy { .. } | Instruction::File(_) => middle == ["COPY"],
        Instruction::Download(_) => middle == ["COPY"],
        Instruction::Packages(packages) => {
            if !packages.sources.is_empty() {
                let copies = vec!["COPY"; packages.sources.len()];
                if !stage(&["RUN"], &mut middle) || !stage(&copies, &mut middle) {
                    return false;
                }
            }
            if !packages.names.is_empty() && !stage(&["RUN"], &mut middle) {
                return false;
            }
            middle.is_empty()
        }
        Instruction::Run(run) if run.commands.is_empty() => middle.is_empty(),
        Instruction::Run(run) if run.user == User::Root => middle == ["RUN"],
        Instruction::Run(_) => middle == ["RUN", "USER", "RUN", "USER"],
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, ..Default::default() })]

    #[test]
    fn only_the_meant_instructions(instruction in any_instruction()) {
        if let Ok(parsed) = draw(std::slice::from_ref(&instruction)) {
            let last = parsed.iter().rposition(|step| step.arguments == "debian:stable-slim").unwrap();
            let keywords = keywords(&parsed[last..]);
            let (head, rest) = keywords.split_at(6);
            prop_assert_eq!(head, ["FROM", "ARG", "ARG", "ARG", "ARG", "RUN"]);
            let (middle, tail) = rest.split_at(rest.len() - 5);
            prop_assert_eq!(tail, ["COPY", "COPY", "USER", "WORKDIR", "CMD"]);
            prop_assert!(is_expected(&instruction, middle.to_vec()), "{middle:?}");
            for step in &parsed[..last] {
                prop_assert!(["FROM", "USER", "COPY", "RUN"].contains(&step.keyword.as_str()));
            }
        }
    }

    #[test]
    fn environment_values_are_literal(value in hostile()) {
        let name = "NAME".to_owned();
        if let Ok(parsed) = draw(&[Instruction::Env { name, value: value.clone() }]) {
            let text = parsed.iter().find_map(|step| step.arguments.strip_prefix("NAME=")).unwrap();
            prop_assert_eq!(expand(text), value);
        } else {
            let bad = |c: char| c.is_control() || ['\u{2028}', '\u{fdd0}'].contains(&c);
            prop_assert!(value.contains(bad), "refused without a reason");
        }
    }

    #[test]
    fn arguments_are_literal(arguments in proptest::collection::vec(hostile(), 0..5)) {
        let mut command = vec!["program".to_owned()];
        command.extend(arguments);
        let run = Run { commands: vec![command.clone()], dir: String::new(), user: User::Root, network: true };
        if let Ok(parsed) = draw(&[Instruction::Run(run)]) {
            let words = parsed.iter().rev().find_map(|step| array(&step.arguments).filter(|_| step.keyword == "RUN"));
            prop_assert_eq!(&words.unwrap()[5..], command.as_slice());
        }
    }

    #[test]
    fn contents_are_literal(content in hostile()) {
        let to = Target { path: "/etc/file".to_owned(), mode: 0o640 };
        if let Ok(parsed) = draw(&[Instruction::File(File { to, content: content.clone() })]) {
            let document = parsed.iter().flat_map(|step| &step.documents).next().unwrap();
            let encoded = parsed.iter().any(|step| step.arguments.ends_with("/porter/encoded"));
            if encoded {
                use base64::Engine;
                let text: String = document.split_whitespace().collect();
                let bytes = base64::engine::general_purpose::STANDARD.decode(text).unwrap();
                prop_assert_eq!(String::from_utf8(bytes).unwrap(), content);
            } else {
                prop_assert_eq!(document, &content);
            }
        } else {
            prop_assert!(content.contains(['\0', '\u{fdd0}']), "refused without a reason");
        }
    }

    #[test]
    fn copies_are_literal(source in hostile(), to in hostile()) {
        if let Ok(parsed) = draw(&[Instruction::Copy { source: source.clone(), to }]) {
            let step = parsed.iter().find(|step| step.keyword == "COPY").unwrap();
            let words: Vec<String> = array(&step.arguments).unwrap().iter().map(|word| expand(word)).collect();
            prop_assert_eq!(words.len(), 2);
            let plain = words[0].replace("[*]", "*").replace("[?]", "?").replace("[[]", "[");
            let parts: Vec<&str> = source.split('/').filter(|part| !["", "."].contains(part)).collect();
            prop_assert_eq!(plain, format!("./{}", parts.join("/")));
            prop_assert!(words[1].starts_with('/') && !words[1].contains("/../"));
        }
    }
}
