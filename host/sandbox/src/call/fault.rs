//! How a call failed through the mixin's fault.

use std::time::Duration;

use porter_mixin::{CheckError, escape};
use wasmtime::Trap;

/// What a mixin did that ended its call. Its author has to mend it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// All linear memories together.
    #[error("it wants more than {limit} bytes of memory")]
    Memory {
        /// What is allowed.
        limit: usize,
    },
    /// Number of linear memories.
    #[error("it has more than {limit} memories")]
    Memories {
        /// What is allowed.
        limit: usize,
    },
    /// All tables together.
    #[error("its tables want more than {limit} elements")]
    Table {
        /// What is allowed.
        limit: usize,
    },
    /// Number of tables.
    #[error("it has more than {limit} tables")]
    Tables {
        /// What is allowed.
        limit: usize,
    },
    /// Handles to resources.
    #[error("it holds more than {limit} handles")]
    Handles {
        /// What is allowed.
        limit: usize,
    },
    /// Number of core instances.
    #[error("it has more than {limit} instances")]
    Instances {
        /// What is allowed.
        limit: usize,
    },
    /// Instructions.
    #[error("it did not end within {limit} instructions")]
    Fuel {
        /// What is allowed.
        limit: u64,
    },
    /// Time.
    #[error("it did not end within {} seconds", limit.as_secs_f64())]
    Deadline {
        /// What is allowed.
        limit: Duration,
    },
    /// Recursion.
    #[error("its calls are nested too deeply")]
    Stack,
    /// Size of a result or of a log message.
    #[error("it returns more than {limit} bytes")]
    Transfer {
        /// What is allowed.
        limit: usize,
    },
    /// Log messages.
    #[error("it logs more than {limit} bytes")]
    Log {
        /// What is allowed.
        limit: usize,
    },
    /// It ended itself, as if it were a process.
    #[cfg(feature = "sealed")]
    #[error("it ended itself with exit code {code}{}", said(last_log.as_deref()))]
    Exit {
        /// The exit code.
        code: i32,
        /// What it said last, escaped.
        last_log: Option<String>,
    },
    /// It gave up, or did what no program may.
    #[error("it stopped: {reason}{}", said(last_log.as_deref()))]
    Trap {
        /// The kind of trap.
        reason: String,
        /// Its last error message, escaped: where a panic says what happened.
        last_log: Option<String>,
    },
    /// It returned what the interface does not allow.
    #[error("it breaks the interface: {reason}")]
    Abi {
        /// What wasmtime says, escaped.
        reason: String,
    },
    /// It returned a value that fails its checks.
    #[error(transparent)]
    Check(#[from] CheckError),
    /// This machine could not run it.
    #[error("this machine could not run it: {reason}")]
    Host {
        /// Why not.
        reason: String,
    },
}

fn said(message: Option<&str>) -> String {
    message
        .map(|message| format!("; it said `{message}`"))
        .unwrap_or_default()
}

impl Fault {
    /// Stable code such as `sandbox-memory`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Memory { .. } => "sandbox-memory",
            Self::Memories { .. } => "sandbox-memories",
            Self::Table { .. } => "sandbox-table",
            Self::Tables { .. } => "sandbox-tables",
            Self::Handles { .. } => "sandbox-handles",
            Self::Instances { .. } => "sandbox-instances",
            Self::Fuel { .. } => "sandbox-fuel",
            Self::Deadline { .. } => "sandbox-deadline",
            Self::Stack => "sandbox-stack",
            Self::Transfer { .. } => "sandbox-transfer",
            Self::Log { .. } => "sandbox-log",
            #[cfg(feature = "sealed")]
            Self::Exit { .. } => "sandbox-exit",
            Self::Trap { .. } => "sandbox-trap",
            Self::Abi { .. } => "sandbox-abi",
            Self::Check(error) => error.code(),
            Self::Host { .. } => "sandbox-host",
        }
    }

    /// Whether another call with the same input may end otherwise: such a result says nothing
    /// about the input.
    pub fn is_limit(&self) -> bool {
        #[cfg(feature = "sealed")]
        if matches!(self, Self::Exit { .. }) {
            return false;
        }
        !matches!(self, Self::Trap { .. } | Self::Abi { .. } | Self::Check(_))
    }
}

/// Finds out what `error`, which came out of wasmtime, means.
pub(crate) fn classify(
    error: &wasmtime::Error,
    limits: &crate::Limits,
    last_log: Option<String>,
) -> Fault {
    if let Some(fault) = error.downcast_ref::<Fault>() {
        return fault.clone();
    }
    #[cfg(feature = "sealed")]
    if let Some(wasmtime_wasi::I32Exit(code)) = error.downcast_ref() {
        return Fault::Exit {
            code: *code,
            last_log,
        };
    }
    #[cfg(feature = "sealed")]
    if let Some(wasmtime_wasi::ResourceTableError::Full) = error.downcast_ref() {
        return Fault::Handles {
            limit: limits.handles,
        };
    }
    match error.downcast_ref::<Trap>() {
        Some(Trap::OutOfFuel) => return Fault::Fuel { limit: limits.fuel },
        Some(Trap::Interrupt) => {
            return Fault::Deadline {
                limit: limits.deadline,
            };
        }
        Some(Trap::StackOverflow) => return Fault::Stack,
        Some(trap) => {
            return Fault::Trap {
                reason: trap.to_string(),
                last_log,
            };
        }
        None => {}
    }
    // wasmtime has no types for these.
    let reason = format!("{error:#}");
    let counts = [
        (
            "memory count too high",
            Fault::Memories {
                limit: limits.memories,
            },
        ),
        (
            "table count too high",
            Fault::Tables {
                limit: limits.tables,
            },
        ),
        (
            "store handle limit exceeded",
            Fault::Handles {
                limit: limits.handles,
            },
        ),
        (
            "instance count too high",
            Fault::Instances {
                limit: limits.instances,
            },
        ),
        (
            "fuel allocated for hostcalls has been exhausted",
            Fault::Transfer {
                limit: limits.transfer,
            },
        ),
    ];
    for (text, fault) in counts {
        if reason.contains(text) {
            return fault;
        }
    }
    Fault::Abi {
        reason: escape(&reason),
    }
}
