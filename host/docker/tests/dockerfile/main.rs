//! Dockerfile rendering: golden folders, refusals, and properties that hold for any text.

mod golden;
mod instructions;
mod parser;
mod property;
mod refusals;
