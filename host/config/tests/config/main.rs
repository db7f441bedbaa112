//! Tests of configuration: documents, settings, sources and the writing of YAML.

#[cfg(test)]
mod documents;
#[cfg(test)]
mod file;
#[cfg(test)]
mod mixin_yaml;
#[cfg(test)]
mod settings;
#[cfg(test)]
mod sources;
#[cfg(test)]
mod stores;
#[cfg(test)]
mod yaml;
