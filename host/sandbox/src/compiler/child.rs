//! The child's side.

use std::io::{self, Read};
use std::process::ExitCode;

use rustix::process::{Resource, Rlimit, Signal, setrlimit};

use super::protocol::{Answer, Request};
use super::signature;
use crate::engine::{self, Profile};

/// What a program does that was started by a [`super::Compiler`]: limits itself, reads a
/// component from standard input, compiles it, writes the machine code to standard output.
///
/// Call it before anything else, with no other thread running, and end with what it returns.
pub fn child_main() -> ExitCode {
    match serve() {
        Ok(()) => ExitCode::SUCCESS,
        // The parent sees that the answer is missing.
        Err(_) => ExitCode::FAILURE,
    }
}

fn serve() -> io::Result<()> {
    let mut input = io::stdin().lock();
    let request = Request::read(&mut input)?;
    restrict(&request)?;
    let mut wasm = Vec::new();
    input.take(request.size).read_to_end(&mut wasm)?;
    if wasm.len() as u64 != request.size {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    compile(&wasm).write(&mut io::stdout().lock())
}

fn restrict(request: &Request) -> io::Result<()> {
    // A parent that is killed cannot kill its child.
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL))?;
    let limit = |resource, value: u64| {
        let value = Some(value);
        setrlimit(
            resource,
            Rlimit {
                current: value,
                maximum: value,
            },
        )
    };
    limit(Resource::Core, 0)?;
    limit(Resource::Fsize, 0)?;
    limit(Resource::Cpu, request.seconds)?;
    limit(Resource::As, request.memory)?;
    Ok(())
}

fn compile(wasm: &[u8]) -> Answer {
    if let Err(answer) = signature::check(wasm) {
        return answer;
    }
    let compiled =
        engine::new(Profile::Compile).and_then(|engine| engine.precompile_component(wasm));
    match compiled {
        Ok(code) => Answer::Code(code),
        Err(error) if error.is::<wasmtime::error::OutOfMemory>() => Answer::OutOfMemory,
        Err(error) => Answer::invalid(&format!("{error:#}")),
    }
}
