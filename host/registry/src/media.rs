//! Media types of manifests, indexes and what they point at.

/// OCI image index.
pub const OCI_INDEX: &str = oci_client::manifest::OCI_IMAGE_INDEX_MEDIA_TYPE;
/// OCI image manifest.
pub const OCI_MANIFEST: &str = oci_client::manifest::OCI_IMAGE_MEDIA_TYPE;
/// OCI image configuration.
pub const OCI_CONFIG: &str = oci_client::manifest::IMAGE_CONFIG_MEDIA_TYPE;
/// Docker manifest list.
pub const DOCKER_LIST: &str = oci_client::manifest::IMAGE_MANIFEST_LIST_MEDIA_TYPE;
/// Docker manifest, schema 2.
pub const DOCKER_MANIFEST: &str = oci_client::manifest::IMAGE_MANIFEST_MEDIA_TYPE;
/// Docker image configuration.
pub const DOCKER_CONFIG: &str = oci_client::manifest::IMAGE_DOCKER_CONFIG_MEDIA_TYPE;
/// Docker layer, compressed.
pub const DOCKER_LAYER: &str = oci_client::manifest::IMAGE_DOCKER_LAYER_GZIP_MEDIA_TYPE;
/// The `bundle.json` of a CNAB bundle.
pub const CNAB_CONFIG: &str = "application/vnd.cnab.config.v1+json";
/// Configuration of a WASM component.
pub const WASM_CONFIG: &str = "application/vnd.wasm.config.v0+json";
/// A WASM component, as the CNCF lays it out.
pub const WASM_LAYER: &str = "application/wasm";
/// The same as older tools have it.
pub const WASM_LAYER_OLD: &str = oci_client::manifest::WASM_LAYER_MEDIA_TYPE;

/// What a registry is told that is understood.
pub(crate) const ACCEPTED: &str = "application/vnd.oci.image.index.v1+json, \
     application/vnd.oci.image.manifest.v1+json, \
     application/vnd.docker.distribution.manifest.list.v2+json, \
     application/vnd.docker.distribution.manifest.v2+json";

/// Whether it names several manifests.
#[must_use]
pub fn is_index(media_type: &str) -> bool {
    [OCI_INDEX, DOCKER_LIST].contains(&media_type)
}

/// Whether it is one image or artifact.
#[must_use]
pub fn is_manifest(media_type: &str) -> bool {
    [OCI_MANIFEST, DOCKER_MANIFEST].contains(&media_type)
}
