//! The Runbook that the runtime executes, and its templates.
//!
//! Knows no YAML: the manifest crate writes a [`Runbook`] with every template already parsed, the
//! runtime resolves them into the tree.

pub mod document;
pub mod json;
pub mod resolve;
pub mod template;
pub mod tree;

pub use document::Runbook;
pub use tree::{Node, Segment};

/// A JSON value whose numbers keep their spelling.
pub type Json = serde_json::Value;
