//! Builds components for the tests of the sandbox.
