//! Loads machine code and asks it to describe itself: `load CODE SHA256`.
//!
//! Built without the feature `compile` this is what the program inside an image does.

use std::process::ExitCode;

use porter_mixin::Evaluate;
use porter_sandbox::{Digest, Mixin, Sandbox, Tier, TrustedCode};

#[expect(clippy::print_stdout, reason = "an example's answer")]
fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let (Some(file), Some(digest)) = (arguments.next(), arguments.next()) else {
        println!("usage: load CODE SHA256");
        return ExitCode::FAILURE;
    };
    match describe(&file, &digest) {
        Ok(said) => {
            println!("compiler: {}, {said}", cfg!(feature = "compile"));
            ExitCode::SUCCESS
        }
        Err(error) => {
            println!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn describe(file: &str, digest: &str) -> Result<String, Box<dyn std::error::Error>> {
    let code = std::fs::read(file)?;
    let digest = Digest::parse(digest).ok_or("not a digest")?;
    let trusted = TrustedCode {
        code: &code,
        expected: digest,
        tier: Tier::Pure,
        component: digest,
    };
    let mixin = Mixin::from_trusted(&Sandbox::new()?, "loaded", "1.0.0", trusted)?;
    let description = mixin.describe()?;
    Ok(format!("environment: {:?}", description.environment))
}
