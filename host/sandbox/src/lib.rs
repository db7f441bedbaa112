//! Evaluates mixin components under limits.
