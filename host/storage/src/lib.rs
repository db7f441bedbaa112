//! The store: installations, runs, results and outputs.
