//! Replays recorded cases through an adapter: `replay-cases ADAPTER STUB FOLDER < CASES > SEEN`,
//! one JSON document a line. Started by the tests with a private mount table.
#![expect(clippy::print_stderr, reason = "says why it cannot replay")]

use std::io::{self, BufRead, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use porter_test_mixins::replay::case::{Tools, replay};

fn main() -> ExitCode {
    match replay_all() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("replay-cases: {error}");
            ExitCode::FAILURE
        }
    }
}

fn replay_all() -> io::Result<()> {
    let arguments: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let [adapter, stub, folder] = arguments.as_slice() else {
        return Err(io::Error::other("usage: replay-cases ADAPTER STUB FOLDER"));
    };
    let tools = Tools {
        adapter: adapter.clone(),
        stub: stub.clone(),
        folder: folder.clone(),
    };
    let mut out = io::stdout().lock();
    for line in io::stdin().lock().lines() {
        let case = serde_json::from_str(&line?).map_err(io::Error::other)?;
        let mut seen = serde_json::to_vec(&replay(&tools, &case)?).map_err(io::Error::other)?;
        seen.push(b'\n');
        out.write_all(&seen)?;
        out.flush()?;
    }
    Ok(())
}
