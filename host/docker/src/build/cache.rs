//! What the engine keeps of builds, so that tests can remove what they made and nothing else.

use bollard_buildkit_proto::moby::buildkit::v1::{DiskUsageRequest, PruneRequest};

use super::control;
use crate::{DockerEngine, DockerError};

/// Something that the engine keeps of a build.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CacheRecord {
    /// Its identity.
    pub id: String,
    /// What it holds: the step that made it, or the source it was copied from.
    pub description: String,
    /// Its size in bytes.
    pub size: i64,
    /// Whether a build uses it just now.
    pub in_use: bool,
    /// Whether it is part of an image, which then holds it.
    pub shared: bool,
    /// The records it was made from.
    pub parents: Vec<String>,
}

impl DockerEngine {
    /// All that the engine keeps of builds.
    ///
    /// # Errors
    /// When the engine cannot be asked.
    pub async fn build_cache(&self) -> Result<Vec<CacheRecord>, DockerError> {
        let mut control = control::connect(self).await?;
        let usage = control
            .disk_usage(DiskUsageRequest::default())
            .await
            .map_err(|status| DockerError::request("list its build cache", status))?;
        let records = usage.into_inner().record.into_iter();
        Ok(records
            .map(|record| CacheRecord {
                id: record.id,
                description: record.description,
                size: record.size,
                in_use: record.in_use,
                shared: record.shared,
                parents: record.parents,
            })
            .collect())
    }

    /// Removes these records, but for those that are in use, and gives the bytes that became free.
    ///
    /// # Errors
    /// When the engine refuses.
    pub async fn remove_build_cache(&self, ids: &[String]) -> Result<i64, DockerError> {
        if ids.is_empty() {
            return Ok(0);
        }
        let failed = |status| DockerError::request("remove build cache", status);
        let mut control = control::connect(self).await?;
        let filter = ids.iter().map(|id| format!("id=={id}")).collect();
        let request = PruneRequest {
            filter,
            all: true,
            ..PruneRequest::default()
        };
        let mut records = control.prune(request).await.map_err(failed)?.into_inner();
        let mut freed: i64 = 0;
        while let Some(record) = records.message().await.map_err(failed)? {
            freed = freed.saturating_add(record.size);
        }
        Ok(freed)
    }
}
