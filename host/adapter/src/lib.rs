//! Speaks Porter's mixin protocol for a sandboxed mixin: the library of the program
//! `porter-mixin-adapter`.
//!
//! Porter starts one process per call: `version`, `schema`, `lint` and `build` at build time,
//! `install`, `upgrade`, `uninstall` and `invoke --action NAME` in the image. [`run`] answers one
//! of them by evaluating the component whose native code is behind this program, and executes a
//! plan with the same code as a bundle's own runtime.

mod action;
mod answer;
mod command;
mod error;
mod input;
mod request;

use std::ffi::OsString;
use std::fs::File;

use porter_mixin::packaged::Packaged;
use porter_runtime::Console;
use porter_runtime::console::Channel;
use porter_runtime::error::chain;
use porter_sandbox::{Digest, Mixin, Sandbox, Tier, TrustedCode};

use command::Command;
pub use error::AdapterError;

/// This program, whatever it is called and whoever has replaced its file meanwhile.
const SELF: &str = "/proc/self/exe";

/// Answers one call of Porter's. Returns whether it succeeded.
pub fn run(arguments: Vec<OsString>, console: &mut Console) -> bool {
    let errors = match answer(arguments, console) {
        Ok(()) => return true,
        Err(errors) => errors,
    };
    for error in &errors {
        for (index, link) in chain(error).iter().enumerate() {
            let before = if index == 0 { "error" } else { "  caused by" };
            let line = format!("{before}: {}", console.line(link));
            console.say(Channel::Err, &line);
        }
    }
    false
}

fn answer(arguments: Vec<OsString>, console: &mut Console) -> Result<(), Vec<AdapterError>> {
    let one = |error: AdapterError| vec![error];
    let mut packaged = open().map_err(one)?;
    let name = packaged.header().name.clone();
    let command = command::parse(&name, arguments).map_err(|error| one(error.into()))?;
    let text = match command {
        Command::Help => command::usage(&name),
        Command::Version(format) => answer::version(packaged.header(), format),
        Command::Schema => format!("{}\n", packaged.header().schema),
        Command::Lint(file) => {
            let mixin = load(&mut packaged).map_err(one)?;
            answer::lint(&mixin, packaged.header(), file).map_err(one)?
        }
        Command::Build(file) => {
            let mixin = load(&mut packaged).map_err(one)?;
            answer::build(&mixin, packaged.header(), file).map_err(one)?
        }
        Command::Action { action, input } => {
            let mixin = load(&mut packaged).map_err(one)?;
            return action::execute(&mixin, packaged.header(), &action, input, console);
        }
    };
    console.write(Channel::Out, text.as_bytes());
    Ok(())
}

fn open() -> Result<Packaged<File>, AdapterError> {
    let file = File::open(SELF).map_err(AdapterError::Open)?;
    Ok(Packaged::read(file)?)
}

fn load(packaged: &mut Packaged<File>) -> Result<Mixin, AdapterError> {
    let code = packaged.code().map_err(AdapterError::Open)?;
    let header = packaged.header();
    let trusted = TrustedCode {
        code: &code,
        expected: Digest::parse(&header.code_digest).ok_or(AdapterError::Header)?,
        tier: Tier::parse(&header.tier).ok_or(AdapterError::Header)?,
        component: Digest::parse(&header.component_digest).ok_or(AdapterError::Header)?,
    };
    let sandbox = Sandbox::new()?;
    let mixin = Mixin::from_trusted(&sandbox, &header.name, &header.version, trusted)?;
    Ok(mixin)
}
