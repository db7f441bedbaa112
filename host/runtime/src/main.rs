//! The program `/cnab/app/run` of a bundle image.

use std::process::ExitCode;

use porter_runtime::mixins::Precompiled;
use porter_runtime::{Console, Environment, Host, Leftovers, Root, leftovers, run};

fn main() -> ExitCode {
    leftovers::adopt();
    let root = Root::system();
    // Where most commands run. An image without this folder has no bundle: that is told later.
    let _ = std::env::set_current_dir("/cnab/app");
    let host = Host {
        mixins: &Precompiled::new(root.clone()),
        root,
        environment: Environment::own(),
        leftovers: Leftovers::All,
    };
    if run(&host, &mut Console::system()) {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
