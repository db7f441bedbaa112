//! The program `/cnab/app/run` of a bundle image.

use std::process::ExitCode;

use porter_runtime::mixins::Precompiled;
use porter_runtime::{Console, Host, Leftovers, Root, leftovers, run};

fn main() -> ExitCode {
    leftovers::adopt();
    let root = Root::system();
    let host = Host {
        mixins: &Precompiled::new(root.clone()),
        root,
        environment: std::env::vars_os().collect(),
        leftovers: Leftovers::All,
    };
    if run(&host, &mut Console::system()) {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
