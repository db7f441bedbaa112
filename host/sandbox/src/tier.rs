//! How much authority a component asks for.

/// How much authority a component asks for. There is no further one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tier {
    /// It imports `log` and nothing else.
    Pure,
    /// It imports WASI, as components of ordinary toolchains do, and gets one in which nothing is
    /// open.
    Sealed,
    /// As sealed, and it asks to read paths of the bundle directory, which the bundle's author has
    /// to grant.
    Reader,
}

impl Tier {
    /// As the lock, the runbook and `porter mixins inspect` spell it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pure => "pure",
            Self::Sealed => "sealed",
            Self::Reader => "reader",
        }
    }

    /// What it may do beside computing.
    pub fn capabilities(self) -> &'static [&'static str] {
        match self {
            Self::Pure => &["log"],
            Self::Sealed => &["log", "wasi (everything closed)"],
            Self::Reader => &["log", "wasi (everything closed but for what it may read)"],
        }
    }

    /// Reads what [`Self::as_str`] gives.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Pure, Self::Sealed, Self::Reader]
            .into_iter()
            .find(|tier| tier.as_str() == text)
    }
}

impl std::fmt::Display for Tier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}
