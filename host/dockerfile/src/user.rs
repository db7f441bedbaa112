//! Who the mixins' instructions run as, and the way back to whom the template says.

/// Tracks the user through a block of instructions.
#[derive(Debug)]
pub(crate) struct Switch {
    /// The user of the template, unless that is root.
    before: Option<String>,
    bundle: bool,
}

impl Switch {
    /// For a block where the template's last `USER` is `before`.
    pub(crate) fn new(before: Option<&str>) -> Self {
        let is_root = |user: &&str| matches!(*user, "root" | "0" | "0:0" | "root:root");
        Self {
            before: before.filter(|user| !is_root(user)).map(String::from),
            bundle: false,
        }
    }

    /// The line before the first instruction.
    pub(crate) fn begin(&self) -> Option<String> {
        self.before.as_ref().map(|_| root())
    }

    /// The line that makes root the user, if it is not.
    pub(crate) fn become_root(&mut self) -> Option<String> {
        std::mem::take(&mut self.bundle).then(root)
    }

    /// The line that makes the bundle's user the user.
    pub(crate) fn become_bundle(&mut self) -> Option<String> {
        let switch = !std::mem::replace(&mut self.bundle, true);
        switch.then(|| "USER ${BUNDLE_UID}".to_owned())
    }

    /// The line after the last instruction, if there were any.
    pub(crate) fn end(&mut self, any: bool) -> Option<String> {
        match &self.before {
            Some(user) if any => Some(format!("USER {user}")),
            _ => self.become_root(),
        }
    }
}

fn root() -> String {
    "USER root".to_owned()
}
