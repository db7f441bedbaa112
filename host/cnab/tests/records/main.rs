//! Tests of the records: their rules, and their JSON held against Porter's own.

#[cfg(test)]
mod claim;
#[cfg(test)]
mod documents;
#[cfg(test)]
mod status;
