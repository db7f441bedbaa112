//! porter.yaml: parser with positions, types, validation, lint rules.
