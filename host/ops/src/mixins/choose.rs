//! Which mixin a bundle gets: what the lock says, then the component in the home, then the one
//! built in, then a native mixin that is allowed.

use porter_mixin::{Evaluate, Json};

use super::component::{Component, Components};
use super::name::is_name;
use super::native::{self, NativeMixin};
use super::{Catalog, MixinError, MixinReport};
use crate::Porter;
use crate::error::Error;
use crate::lock::{Lock, LockedMixin};
use crate::manifest::ReadManifest;

/// What a name stands for.
#[derive(Debug)]
pub(crate) enum Choice {
    /// A component.
    Component(Component),
    /// Programs.
    Native(Box<NativeMixin>),
}

/// The mixins of a bundle, each kind in the order of the manifest.
#[derive(Debug, Default)]
pub(crate) struct Chosen {
    pub(crate) components: Components,
    /// Those that are the exception.
    pub(crate) natives: Vec<NativeMixin>,
}

impl Catalog {
    /// What a name stands for, given what a lock says of it.
    pub(crate) fn choose(
        &self,
        name: &str,
        locked: Option<&LockedMixin>,
    ) -> Result<Choice, MixinError> {
        if !is_name(name) {
            return Err(MixinError::Name(name.to_owned()));
        }
        match locked.map(|locked| locked.source.as_str()) {
            Some("builtin") => {
                if let Some(builtin) = self.builtin(name) {
                    return Ok(Choice::Component(builtin));
                }
            }
            Some("native") if native::program(self.home(), name).is_some() => {
                return self.native(name);
            }
            _ => {}
        }
        match self.find(name) {
            Err(MixinError::Unknown { .. }) if native::program(self.home(), name).is_some() => {
                self.native(name)
            }
            found => found.map(Choice::Component),
        }
    }

    fn native(&self, name: &str) -> Result<Choice, MixinError> {
        if !self.allows_native(name) {
            return Err(MixinError::NativeRefused(name.to_owned()));
        }
        let mixin = NativeMixin::open(self.home(), name)?;
        Ok(Choice::Native(Box::new(mixin)))
    }

    /// What lists say of a choice.
    pub(super) fn report_choice(&self, choice: &Choice) -> Result<MixinReport, MixinError> {
        match choice {
            Choice::Component(component) => self.report(component),
            Choice::Native(mixin) => Ok(mixin.report()),
        }
    }

    /// What the lock says of a choice.
    pub(crate) fn lock_choice(&self, choice: &Choice) -> Result<LockedMixin, MixinError> {
        match choice {
            Choice::Component(component) => self.locked(component),
            Choice::Native(mixin) => Ok(mixin.locked()),
        }
    }
}

impl Porter {
    /// Names of all mixins that a bundle can use, sorted.
    pub(crate) fn mixin_names(&self) -> Result<Vec<String>, Error> {
        Ok(self.catalog()?.names())
    }

    /// The JSON schema of a mixin's steps and configuration; nothing for a native one that has
    /// none.
    ///
    /// # Errors
    /// When there is no such mixin, or it cannot be asked.
    pub fn mixin_schema(&self, name: &str) -> Result<Option<Json>, Error> {
        let catalog = self.catalog()?;
        Ok(match catalog.choose(name, None)? {
            Choice::Component(component) => {
                let mixin = catalog.load(&component)?;
                Some(mixin.describe().map_err(MixinError::from)?.schema)
            }
            Choice::Native(mixin) => mixin.schema(),
        })
    }

    /// The mixins that a manifest declares. Native ones are told about.
    pub(crate) fn chosen(&self, read: &ReadManifest, lock: Option<&Lock>) -> Result<Chosen, Error> {
        let mut chosen = Chosen::default();
        for name in read.manifest.mixin_names() {
            match self.choose_at(read, name, lock)? {
                Choice::Component(component) => chosen.components.push(component),
                Choice::Native(mixin) => {
                    tracing::warn!(
                        "mixin `{name}` is {}: its programs run with all your rights, when the bundle \
                         is built and when it runs",
                        native::TIER_TEXT
                    );
                    chosen.natives.push(*mixin);
                }
            }
        }
        Ok(chosen)
    }

    /// What a mixin of a manifest stands for; an error says where it is declared.
    pub(crate) fn choose_at(
        &self,
        read: &ReadManifest,
        name: &str,
        lock: Option<&Lock>,
    ) -> Result<Choice, Error> {
        let locked = lock.and_then(|lock| lock.get(name));
        let choice = self.catalog()?.choose(name, locked);
        choice.map_err(|source| Error::MixinAt {
            place: crate::lint::place_of(read, name),
            source,
        })
    }
}
