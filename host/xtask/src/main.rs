//! Chores that `make` names: building the mixins and the runtime, providing a Docker engine,
//! checking the house rules.
#![expect(
    clippy::print_stdout,
    reason = "a chore talks to the person who runs it"
)]
#![expect(
    clippy::print_stderr,
    reason = "a chore talks to the person who runs it"
)]

mod bench;
mod demo;
mod engine;
mod interface;
mod mixins;
mod process;
mod programs;
mod tidy;
mod verify;

use std::process::ExitCode;

const USAGE: &str = "usage: cargo xtask COMMAND

  mixins          build every mixin into target/embed/mixins
  runtime         build the static runtime into target/embed/runtime
  adapter         build the static adapter for Porter into target/embed/adapter
  engine up       make sure that a Docker engine answers; prints its DOCKER_HOST on stdout
  engine down     stop what `engine up` started and leave nothing behind
  engine image    make sure that the base image of bundles is there
  interface       write what is made from wit/: docs/mixins/interface.md, the bindings for C
  demo            run a real bundle through its whole life
  test            run every test, with an engine
  corpus          hold our mixins against the recordings of Porter's, natively and behind the adapter
  soak            the same, with many more kills, mutations and generated inputs
  bench [--write] measure; with --write, into docs/performance.md
  tidy            check the house rules
  deny            check licences, advisories and owners of dependencies
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match words.as_slice() {
        ["mixins", rest @ ..] => mixins::run(rest),
        ["runtime"] => programs::runtime(),
        ["adapter"] => programs::adapter(),
        ["engine", rest @ ..] => engine::run(rest),
        ["interface"] => interface::write(),
        ["demo"] => demo::run(),
        ["test"] => verify::test(),
        ["corpus"] => verify::corpus(),
        ["soak"] => verify::soak(),
        ["bench"] => bench::run(false),
        ["bench", "--write"] => bench::run(true),
        ["tidy"] => tidy::run(),
        ["deny"] => verify::deny(),
        _ => {
            eprint!("{USAGE}");
            return ExitCode::FAILURE;
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}
