//! The program `mixins/NAME/NAME` that Porter calls, once a mixin is behind it.

use std::process::ExitCode;

use porter_runtime::{Console, leftovers};

fn main() -> ExitCode {
    leftovers::adopt();
    let arguments = std::env::args_os().skip(1).collect();
    if porter_adapter::run(arguments, &mut Console::system()) {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
