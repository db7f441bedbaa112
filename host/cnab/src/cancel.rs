//! Cancellation, as every long operation takes it.

pub use tokio_util::sync::CancellationToken;
