//! A step as a tree whose scalars may hold parsed templates.

use porter_cnab::spelling;
use serde::{Deserialize, Serialize};

use crate::Json;

/// One node of a step. A subtree without templates is a single [`Node::Value`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Node {
    /// Plain JSON.
    Value(Json),
    /// A plain (unquoted) scalar that is exactly one expression: takes the value with its type.
    Expression(Expression),
    /// A scalar with templates in it: always text.
    Text(Vec<Segment>),
    /// A list.
    List(Vec<Node>),
    /// A mapping, in the author's order. Keys may hold templates.
    Map(Vec<(Vec<Segment>, Node)>),
}

impl Node {
    /// Puts back the numbers that were marked before reading.
    pub(crate) fn restore_spelling(&mut self) {
        match self {
            Self::Value(json) => spelling::restore(json),
            Self::Expression(_) | Self::Text(_) => {}
            Self::List(items) => items.iter_mut().for_each(Self::restore_spelling),
            Self::Map(members) => {
                for (_, node) in members {
                    node.restore_spelling();
                }
            }
        }
    }
}

/// A part of a text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Segment {
    /// Plain text.
    Literal(String),
    /// `${name}`: an unknown name is an error, except inside a section.
    Variable(Expression),
    /// `${#name}…${/name}` or `${^name}…${/name}`.
    Section {
        /// What is looked up.
        of: Expression,
        /// `^`: rendered when the value is absent, false or empty.
        inverted: bool,
        /// What is rendered.
        content: Vec<Segment>,
    },
}

/// What a template looks up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Expression {
    /// The name, split at its dots; `["."]` is the current item of a section.
    pub path: Vec<String>,
    /// Line in the manifest, from 1.
    pub line: u32,
    /// Column in the manifest, from 1.
    pub column: u32,
}
