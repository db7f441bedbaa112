//! The porter command line.

fn main() {}
