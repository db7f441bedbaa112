//! Stands in the place of a tool while a recorded case is replayed.
#![expect(clippy::print_stderr, reason = "says why it cannot record")]

fn main() {
    match porter_test_mixins::replay::stub::run() {
        Ok(code) => std::process::exit(code),
        Err(error) => {
            eprintln!("recording-stub: {error}");
            std::process::exit(99);
        }
    }
}
