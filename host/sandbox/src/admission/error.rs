//! Why a component is not admitted.

/// Why a component is not admitted. Names in it come from the component and are escaped.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AdmissionError {
    /// The file is too large.
    #[error("it has {size} bytes, at most {limit} are allowed")]
    Size {
        /// Its size.
        size: u64,
        /// What is allowed.
        limit: u64,
    },
    /// Machine code under the name of a component.
    #[error("it is machine code, not a component: only porter compiles mixins, for itself")]
    Precompiled,
    /// Not WebAssembly at all.
    #[error("it is not WebAssembly")]
    NotWasm,
    /// A core module.
    #[error(
        "it is a core module, not a component: build it with the mixin SDK or `wasm-tools component new`"
    )]
    CoreModule,
    /// Broken, or of a form that this version does not know.
    #[error("it is not a well-formed component: {reason}")]
    Malformed {
        /// What the parser says.
        reason: String,
    },
    /// Something that no toolchain makes and no mixin needs.
    #[error("it {what}, which a mixin may not")]
    Structure {
        /// What it does.
        what: &'static str,
    },
    /// It asks for something that mixins do not get.
    #[error("it imports `{name}`: {why}")]
    Import {
        /// Name of the import.
        name: String,
        /// What that would give, or why there is no such thing.
        why: String,
    },
    /// It speaks another version of the interface.
    #[error("it speaks `{found}`, this porter speaks `porter:mixin@{known}`: {advice}")]
    Version {
        /// The versioned name it uses.
        found: String,
        /// What this build speaks.
        known: &'static str,
        /// What to upgrade.
        advice: &'static str,
    },
    /// It is no mixin.
    #[error("it does not export `{expected}`: it is not a mixin")]
    Export {
        /// The export it lacks.
        expected: String,
    },
    /// An import or export has the right name and another type.
    #[error("its imports and exports are not those of a mixin: {reason}")]
    Type {
        /// What does not fit.
        reason: String,
    },
    /// It asks to read something that no mixin can.
    #[error("it asks to read `{path}` of the bundle: {problem}")]
    Reads {
        /// What it asks for.
        path: String,
        /// Why it cannot.
        problem: String,
    },
    /// An instance would take too much of the host's memory.
    #[error(
        "an instance of it takes {bytes} bytes for globals, functions and imports, at most {limit} are allowed"
    )]
    Resources {
        /// What it takes.
        bytes: u64,
        /// What is allowed.
        limit: u64,
    },
    /// It consists of too many instances.
    #[error("it has {count} instances, at most {limit} are allowed")]
    Instances {
        /// How many.
        count: u64,
        /// What is allowed.
        limit: u64,
    },
}

impl AdmissionError {
    /// Stable code such as `admission-import`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Size { .. } => "admission-size",
            Self::Precompiled => "admission-precompiled",
            Self::NotWasm => "admission-not-wasm",
            Self::CoreModule => "admission-core-module",
            Self::Malformed { .. } => "admission-malformed",
            Self::Structure { .. } => "admission-structure",
            Self::Import { .. } => "admission-import",
            Self::Version { .. } => "admission-version",
            Self::Export { .. } => "admission-export",
            Self::Type { .. } => "admission-type",
            Self::Reads { .. } => "admission-reads",
            Self::Resources { .. } => "admission-resources",
            Self::Instances { .. } => "admission-instances",
        }
    }
}
