//! Tests of references, registries, downloads and feeds.

#[cfg(test)]
mod client;
#[cfg(test)]
mod download;
#[cfg(test)]
mod feed;
#[cfg(test)]
mod reference;
