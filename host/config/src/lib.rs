//! PORTER_HOME, configuration files and documents.
