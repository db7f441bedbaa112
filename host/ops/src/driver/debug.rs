//! The driver `debug`: shows what would be run, and runs nothing.

use std::collections::BTreeMap;

use async_trait::async_trait;
use porter_cnab::cancel::CancellationToken;
use porter_cnab::ports::{Driver, LogSink, Operation, Outcome, PortError, Stream};

use super::document::OperationDocument;

/// Prints the operation as indented JSON, secrets masked.
#[derive(Debug)]
pub(crate) struct DebugDriver;

#[async_trait]
impl Driver for DebugDriver {
    async fn run(
        &self,
        operation: &Operation,
        log: &dyn LogSink,
        _cancel: &CancellationToken,
    ) -> Result<Outcome, PortError> {
        let document = OperationDocument::new(operation)?.masked()?;
        let mut text = serde_json::to_string_pretty(&document)?;
        text.push('\n');
        log.write(Stream::Stdout, text.as_bytes());
        Ok(Outcome {
            exit_code: 0,
            canceled: false,
            outputs: BTreeMap::new(),
            output_error: None,
        })
    }

    async fn clean_up(&self, _revision: &str) -> Result<(), PortError> {
        Ok(())
    }
}
