//! Tests of references.

#[cfg(test)]
mod reference;
