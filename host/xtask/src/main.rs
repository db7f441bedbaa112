//! Chores: mixins, runtime, engine, tidy.

fn main() {}
