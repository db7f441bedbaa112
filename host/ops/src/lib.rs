//! The operations of porter: the only place that composes.
