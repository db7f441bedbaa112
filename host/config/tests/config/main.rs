//! Tests of configuration: documents, settings, sources and the writing of YAML.

#[cfg(test)]
mod documents;
#[cfg(test)]
mod mixin_yaml;
#[cfg(test)]
mod settings;
#[cfg(test)]
mod sources;
#[cfg(test)]
mod yaml;
