//! Images and build cache of the tests, removed when they end, also when they fail.
//!
//! Records of the build cache do not say who made them. Tests that run at the same time, in any
//! number of processes of one checkout, share a lock; the first one notes what is there, the last one removes
//! what came since and is known as the tests' own.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::PathBuf;
use std::sync::Mutex;

use porter_docker::DockerEngine;
use porter_docker::build::CacheRecord;

use super::MARK;

pub struct Leftovers {
    engine: DockerEngine,
    images: Mutex<Vec<String>>,
    lock: File,
}

impl Leftovers {
    /// To be called before anything is built.
    pub async fn expect(engine: &DockerEngine) -> Self {
        let lock = File::create(file("lock")).unwrap();
        if lock.try_lock().is_ok() {
            let records = engine.build_cache().await.unwrap();
            let ids: Vec<String> = records.into_iter().map(|record| record.id).collect();
            fs::write(file("before"), ids.join("\n")).unwrap();
            lock.unlock().unwrap();
        }
        let lock = tokio::task::spawn_blocking(|| lock.lock_shared().map(|()| lock));
        let lock = lock.await.unwrap().unwrap();
        Self {
            engine: engine.clone(),
            images: Mutex::default(),
            lock,
        }
    }

    /// Notes an image, by name or identity.
    pub fn image(&self, name: &str) {
        self.images.lock().unwrap().push(name.to_owned());
    }

    async fn remove(&self) {
        let images = std::mem::take(&mut *self.images.lock().unwrap());
        for image in images {
            self.engine.remove_image(&image).await.unwrap();
        }
        self.lock.unlock().unwrap();
        if self.lock.try_lock().is_err() {
            return;
        }
        let before = fs::read_to_string(file("before")).unwrap_or_default();
        let before: BTreeSet<&str> = before.lines().collect();
        // A record goes only after those that were made from it.
        for _ in 0..20 {
            let records = self.engine.build_cache().await.unwrap();
            let ours = ours(records, &before);
            if ours.is_empty() || self.engine.remove_build_cache(&ours).await.is_err() {
                break;
            }
        }
    }
}

/// New records that are a source sent by a client, bear our mark, or were made from such ones.
fn ours(records: Vec<CacheRecord>, before: &BTreeSet<&str>) -> Vec<String> {
    let mut new: Vec<CacheRecord> = records
        .into_iter()
        .filter(|record| !before.contains(record.id.as_str()))
        .collect();
    let mut ours: BTreeSet<String> = BTreeSet::new();
    loop {
        let (found, rest): (Vec<_>, Vec<_>) = new.into_iter().partition(|record| {
            record.description.starts_with("local source for ")
                || record.description.contains(MARK)
                || record.description.contains("porter-internal-")
                || record.parents.iter().any(|parent| ours.contains(parent))
        });
        if found.is_empty() {
            return ours.into_iter().collect();
        }
        ours.extend(found.into_iter().map(|record| record.id));
        new = rest;
    }
}

fn file(kind: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("engine-tests.{kind}"))
}

impl Drop for Leftovers {
    fn drop(&mut self) {
        std::thread::scope(|scope| {
            let removal = scope.spawn(|| {
                let runtime = tokio::runtime::Builder::new_current_thread()
                    .enable_all()
                    .build()
                    .unwrap();
                runtime.block_on(self.remove());
            });
            if removal.join().is_err() && !std::thread::panicking() {
                panic!("the leftovers of the test could not be removed");
            }
        });
    }
}
