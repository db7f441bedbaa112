//! OCI references and registries.
