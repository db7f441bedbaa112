//! What distinguishes the commands of credential sets from those of parameter sets.

use porter_cnab::records::{CredentialSet, ParameterSet, SetStatus, Timestamp};
use porter_ops::StoredSet;

use crate::table::Table;
use crate::time::ago;

/// A set that has commands.
pub(crate) trait Kind: StoredSet {
    /// What a name is called in errors.
    const NAME: &'static str;
    /// What is edited, in errors.
    const EDITED: &'static str;
    /// Whether `show` says the namespace.
    const SHOWS_NAMESPACE: bool;
    /// The templates of `create`: YAML and JSON.
    const TEMPLATES: [&'static str; 2];

    /// What `list` prints.
    fn table(sets: &[Self]) -> String;
}

impl Kind for CredentialSet {
    const NAME: &'static str = "credential name";
    const EDITED: &'static str = "credentials";
    const SHOWS_NAMESPACE: bool = true;
    const TEMPLATES: [&'static str; 2] = [
        include_str!("credential-set.yaml"),
        include_str!("credential-set.json"),
    ];

    fn table(sets: &[Self]) -> String {
        let now = Timestamp::now();
        let mut table = Table::new(&["NAMESPACE", "NAME", "MODIFIED"]);
        for set in sets {
            table.row(&[&set.namespace, &set.name, &modified(&set.status, now)]);
        }
        table.render()
    }
}

impl Kind for ParameterSet {
    const NAME: &'static str = "parameter set name";
    const EDITED: &'static str = "parameter set";
    const SHOWS_NAMESPACE: bool = false;
    const TEMPLATES: [&'static str; 2] = [
        include_str!("parameter-set.yaml"),
        include_str!("parameter-set.json"),
    ];

    fn table(sets: &[Self]) -> String {
        let now = Timestamp::now();
        let mut table = Table::new(&[
            "NAMESPACE",
            "PARAMETER SET",
            "NAME",
            "TYPE",
            "VALUE",
            "MODIFIED",
        ]);
        for set in sets {
            for entry in &set.parameters {
                table.row(&[
                    &set.namespace,
                    &set.name,
                    &entry.name,
                    entry.source.strategy.name(),
                    &entry.source.hint,
                    &modified(&set.status, now),
                ]);
            }
        }
        table.render()
    }
}

pub(super) fn modified(status: &SetStatus, now: Timestamp) -> String {
    time(status.modified, now)
}

/// A time as Porter shows it, also one that is not there.
pub(super) fn time(time: Option<Timestamp>, now: Timestamp) -> String {
    time.map_or_else(|| "0001-01-01".to_owned(), |time| ago(time, now))
}
