//! What differs between two locks.

use std::fmt;

use porter_mixin::escape::escape;

use super::{Lock, LockedMixin};

/// A mixin that is not in both locks, or not the same. Shown as lines of a diff.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Difference {
    /// Only the new one has it.
    Added(LockedMixin),
    /// Only the old one has it.
    Removed(LockedMixin),
    /// Both have it, with other values.
    Changed {
        /// Name of the mixin.
        name: String,
        /// Key, old value and new value.
        values: Vec<(&'static str, String, String)>,
    },
}

impl Difference {
    /// What has to happen to `old` to make it `new`, by name.
    pub fn between(old: &Lock, new: &Lock) -> Vec<Self> {
        let mut differences = Vec::new();
        for mixin in &new.mixins {
            match old.get(&mixin.name) {
                None => differences.push(Self::Added(mixin.clone())),
                Some(before) if before != mixin => differences.push(Self::Changed {
                    name: mixin.name.clone(),
                    values: values(before, mixin),
                }),
                Some(_) => {}
            }
        }
        let gone = old
            .mixins
            .iter()
            .filter(|mixin| new.get(&mixin.name).is_none());
        differences.extend(gone.cloned().map(Self::Removed));
        differences.sort_by(|a, b| a.name().cmp(b.name()));
        differences
    }

    /// Name of the mixin.
    pub fn name(&self) -> &str {
        match self {
            Self::Added(mixin) | Self::Removed(mixin) => &mixin.name,
            Self::Changed { name, .. } => name,
        }
    }
}

fn values(old: &LockedMixin, new: &LockedMixin) -> Vec<(&'static str, String, String)> {
    let pairs = [
        ("version", &old.version, &new.version),
        ("source", &old.source, &new.source),
        ("digest", &old.digest, &new.digest),
        ("tier", &old.tier, &new.tier),
        ("interface", &old.interface, &new.interface),
    ];
    pairs
        .into_iter()
        .filter(|(_, old, new)| old != new)
        .map(|(key, old, new)| (key, old.clone(), new.clone()))
        .collect()
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sign, mixin) = match self {
            Self::Added(mixin) => ('+', mixin),
            Self::Removed(mixin) => ('-', mixin),
            Self::Changed { name, values } => {
                write!(f, "~ {}", escape(name))?;
                for (key, old, new) in values {
                    write!(f, "\n    {key}: {} -> {}", escape(old), escape(new))?;
                }
                return Ok(());
            }
        };
        let LockedMixin {
            name,
            version,
            source,
            digest,
            tier,
            ..
        } = mixin;
        write!(
            f,
            "{sign} {} {} ({}, {}) {}",
            escape(name),
            escape(version),
            escape(source),
            escape(tier),
            escape(digest)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mixin(name: &str, digest: &str) -> LockedMixin {
        LockedMixin {
            name: name.into(),
            version: "1.0.0".into(),
            source: "home".into(),
            digest: digest.into(),
            tier: "pure".into(),
            interface: "porter:mixin@1.0.0".into(),
        }
    }

    #[test]
    fn additions_removals_and_changes_are_shown() {
        let old = Lock::new(vec![mixin("a", "1"), mixin("b", "1"), mixin("c", "1")]);
        let new = Lock::new(vec![mixin("a", "1"), mixin("c", "2"), mixin("d", "1")]);
        assert_eq!(Difference::between(&old, &old), []);
        let lines: Vec<_> = Difference::between(&old, &new)
            .iter()
            .map(ToString::to_string)
            .collect();
        let expected = [
            "- b 1.0.0 (home, pure) 1",
            "~ c\n    digest: 1 -> 2",
            "+ d 1.0.0 (home, pure) 1",
        ];
        assert_eq!(lines, expected);
    }
}
