//! Tests of references, downloads and feeds.

#[cfg(test)]
mod download;
#[cfg(test)]
mod feed;
#[cfg(test)]
mod reference;
