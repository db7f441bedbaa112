//! The component's side of the interface: generated bindings, conversions, exports.

mod convert;
mod log;

/// Generated from `wit/`.
#[expect(missing_docs, reason = "generated")]
#[allow(unsafe_code, reason = "generated: the canonical ABI")]
#[allow(clippy::all, reason = "generated")]
#[allow(unreachable_pub, reason = "generated")]
pub mod bindings {
    wit_bindgen::generate!({
        path: "wit",
        world: "mixin",
        pub_export_macro: true,
        export_macro_name: "export_component",
        runtime_path: "wit_bindgen::rt",
    });
}

pub use wit_bindgen;

use std::marker::PhantomData;
use std::sync::Once;

use bindings::exports::porter::mixin::guest as wit;
use bindings::porter::mixin::host;

pub use log::log;

use crate::evaluate;
use crate::mixin::Mixin;

/// Implements the exports of the component with a [`Mixin`].
pub struct Adapter<M>(PhantomData<M>);

impl<M: Mixin> wit::Guest for Adapter<M> {
    fn describe() -> wit::Description {
        report_panics();
        M::describe().into()
    }

    fn lint(request: wit::BuildRequest) -> Result<Vec<wit::Diagnostic>, Vec<wit::Diagnostic>> {
        report_panics();
        evaluate::lint::<M>(request.into())
            .map(convert::all)
            .map_err(|failure| convert::all(failure.0))
    }

    fn build(request: wit::BuildRequest) -> Result<Vec<wit::Instruction>, Vec<wit::Diagnostic>> {
        report_panics();
        evaluate::build::<M>(request.into())
            .map(convert::all)
            .map_err(|failure| convert::all(failure.0))
    }

    fn plan(request: wit::PlanRequest) -> Result<Vec<wit::Task>, Vec<wit::Diagnostic>> {
        report_panics();
        evaluate::plan::<M>(request.into())
            .map(convert::all)
            .map_err(|failure| convert::all(failure.0))
    }
}

/// Sends the message of a panic to the host's log before the trap.
fn report_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        std::panic::set_hook(Box::new(|panic| {
            host::log(host::Level::Error, &panic.to_string());
        }));
    });
}
