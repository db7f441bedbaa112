//! What a Docker engine changes in the network of the machine, remembered before it starts and
//! taken back after it ended: bridges, rules of the packet filter, forwarding.

use std::collections::BTreeSet;
use std::fs;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::process::{self, Outcome};

/// The bridge of the private engine: not `docker0`, which may be another engine's.
pub(crate) const BRIDGE: &str = "porter0";

const FORWARD: &str = "/proc/sys/net/ipv4/ip_forward";

/// The network of a private engine whose root folder and state folder these are.
pub(crate) struct Network {
    pub(crate) rootfs: PathBuf,
    pub(crate) state: PathBuf,
}

impl Network {
    /// Remembers how things are and prepares the network; gives the first two bytes of the
    /// addresses that the engine uses.
    ///
    /// Fails when the bridge is there already: another private engine uses it.
    pub(crate) fn prepare(&self) -> Outcome<[u8; 2]> {
        if Path::new("/sys/class/net").join(BRIDGE).exists() {
            return Err(format!(
                "the bridge `{BRIDGE}` is in use: stop the private engine of the other folder \
                 with `PORTER_ENGINE_DIR=FOLDER cargo xtask engine down`, or remove it with `ip \
                 link delete {BRIDGE}`"
            ));
        }
        write(&self.state.join("iptables"), &self.rules("iptables")?)?;
        let forwarding = fs::read_to_string(FORWARD).unwrap_or_default();
        write(&self.state.join("ip_forward"), forwarding.trim())?;
        if forwarding.trim() == "0" {
            // Were it the engine that turns it on, it would also forbid all other forwarding.
            write(Path::new(FORWARD), "1")?;
        }
        let routes = fs::read_to_string("/proc/net/route").unwrap_or_default();
        let prefix = free_prefix(&routes).ok_or("no free range of addresses is left")?;
        write(
            &self.state.join("prefix"),
            &format!("{}.{}", prefix[0], prefix[1]),
        )?;
        self.choose_filter()?;
        Ok(prefix)
    }

    /// Takes back what the engine left. It does not touch what was there before it, or what others
    /// made since.
    pub(crate) fn restore(&self) -> Outcome {
        let read = |name: &str| fs::read_to_string(self.state.join(name)).ok();
        let (Some(before), Some(prefix)) = (read("iptables"), read("prefix")) else {
            return Ok(());
        };
        self.remove_bridges(&prefix)?;
        for command in leftovers(&before, &self.rules("iptables")?, &prefix) {
            let words: Vec<&str> = command.split(' ').collect();
            // A rule that is already gone is as good as removed.
            let _ = process::output(self.inside("iptables").args(words));
        }
        self.remove_empty_tables(&before)?;
        let others = self.rules("iptables")?.contains(":DOCKER");
        if !others && read("ip_forward").as_deref() == Some("0") {
            write(Path::new(FORWARD), "0")?;
        }
        for name in ["iptables", "prefix", "ip_forward"] {
            let _ = fs::remove_file(self.state.join(name));
        }
        Ok(())
    }

    fn inside(&self, program: &str) -> Command {
        let mut command = Command::new("chroot");
        command.arg(&self.rootfs).arg(program);
        command
    }

    fn rules(&self, program: &str) -> Outcome<String> {
        let both = format!("{program}-save; {program}-legacy-save 2>/dev/null || true");
        let mut command = self.inside("sh");
        process::output(command.args(["-c", &both]))
    }

    /// Debian's iptables speaks to nf_tables; kernels without it still know the older interface.
    fn choose_filter(&self) -> Outcome {
        for flavour in ["nft", "legacy"] {
            let program = format!("/usr/sbin/iptables-{flavour}");
            let works = self.inside(&program).args(["-t", "nat", "-S"]).output();
            if works.is_ok_and(|output| output.status.success()) {
                let mut choose = self.inside("update-alternatives");
                choose.args(["--quiet", "--set", "iptables", &program]);
                return process::output(&mut choose).map(|_| ());
            }
        }
        Err("the kernel has no packet filter that iptables can use".to_owned())
    }

    fn remove_bridges(&self, prefix: &str) -> Outcome {
        let addresses = process::output(self.inside("ip").args(["-o", "-4", "address", "show"]))?;
        let start = format!("{prefix}.");
        for line in addresses.lines() {
            let words: Vec<&str> = line.split_whitespace().collect();
            let (Some(name), Some(address)) = (words.get(1), words.get(3)) else {
                continue;
            };
            let is_bridge = *name == BRIDGE || name.starts_with("br-");
            if is_bridge && address.starts_with(&start) {
                process::output(self.inside("ip").args(["link", "delete", name]))?;
            }
        }
        Ok(())
    }

    /// Tables of nf_tables that did not exist before and hold nothing now.
    fn remove_empty_tables(&self, before: &str) -> Outcome {
        let now = self.rules("iptables")?;
        for table in empty_tables(&now).difference(&tables(before)) {
            let _ = self
                .inside("nft")
                .args(["delete", "table", "ip", table])
                .output();
        }
        Ok(())
    }
}

fn write(path: &Path, text: &str) -> Outcome {
    fs::write(path, text).map_err(|error| format!("cannot write `{}`: {error}", path.display()))
}

/// The first of the ranges we would use that no route of the machine touches.
fn free_prefix(routes: &str) -> Option<[u8; 2]> {
    let taken: Vec<(u32, u32)> = routes.lines().skip(1).filter_map(route).collect();
    let ranges = (213..=231)
        .map(|second| [10, second])
        .chain((20..=31).map(|n| [172, n]));
    ranges.into_iter().find(|[first, second]| {
        let address = u32::from(Ipv4Addr::new(*first, *second, 0, 0));
        taken.iter().all(|(network, mask)| {
            let common = mask & 0xffff_0000;
            address & common != network & common
        })
    })
}

/// Network and mask of a line of `/proc/net/route`, without the default route.
fn route(line: &str) -> Option<(u32, u32)> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let number = |index: usize| {
        u32::from_str_radix(words.get(index)?, 16)
            .ok()
            .map(u32::swap_bytes)
    };
    let (network, mask) = (number(1)?, number(7)?);
    (mask != 0).then_some((network, mask))
}

/// Arguments of `iptables` that remove what the engine added: its rules, then its chains.
fn leftovers(before: &str, now: &str, prefix: &str) -> Vec<String> {
    let old: BTreeSet<(&str, &str)> = lines(before).collect();
    let mut commands = Vec::new();
    for pass in ["-D", "-F", "-X"] {
        for (table, line) in lines(now).filter(|line| !old.contains(line)) {
            if let Some(rule) = line.strip_prefix("-A ") {
                let in_our_chain = rule.starts_with("DOCKER");
                let ours = line.contains(BRIDGE)
                    || line.contains(&format!(" {prefix}."))
                    || line.contains("-j DOCKER")
                    || line.contains(" br-");
                if pass == "-D" && ours && !in_our_chain {
                    commands.push(format!("-t {table} -D {rule}"));
                }
            } else if let Some(chain) = line.strip_prefix(":DOCKER") {
                // Counters never compare equal, names do.
                let chain = format!("DOCKER{}", chain.split(' ').next().unwrap_or_default());
                let known = old.iter().any(|(other, line)| {
                    *other == table && line.starts_with(&format!(":{chain} "))
                });
                if pass != "-D" && !known {
                    commands.push(format!("-t {table} {pass} {chain}"));
                }
            }
        }
    }
    commands
}

/// The lines of an `iptables-save` with the table they are in.
fn lines(saved: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut table = "";
    saved.lines().filter_map(move |line| {
        if let Some(name) = line.strip_prefix('*') {
            table = name;
        }
        (line.starts_with(':') || line.starts_with("-A ")).then_some((table, line))
    })
}

fn tables(saved: &str) -> BTreeSet<&str> {
    saved
        .lines()
        .filter_map(|line| line.strip_prefix('*'))
        .collect()
}

fn empty_tables(saved: &str) -> BTreeSet<&str> {
    let used: BTreeSet<&str> = lines(saved)
        .filter(|(_, line)| line.starts_with("-A ") || !is_untouched_chain(line))
        .map(|(table, _)| table)
        .collect();
    tables(saved).difference(&used).copied().collect()
}

/// A chain of the kernel's own, with the policy it has from the start.
fn is_untouched_chain(line: &str) -> bool {
    let mut words = line.trim_start_matches(':').split(' ');
    let own = ["INPUT", "OUTPUT", "FORWARD", "PREROUTING", "POSTROUTING"];
    words.next().is_some_and(|name| own.contains(&name)) && words.next() == Some("ACCEPT")
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: &str = "*nat\n:PREROUTING ACCEPT [0:0]\n:DOCKER - [0:0]\n:MINE - [0:0]\n\
        -A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER\n\
        -A POSTROUTING -s 10.213.0.0/24 ! -o porter0 -j MASQUERADE\n\
        -A POSTROUTING -s 10.99.0.0/24 -j MASQUERADE\n-A DOCKER -i porter0 -j RETURN\nCOMMIT\n";

    #[test]
    fn only_the_engines_rules_are_leftovers() {
        let before = "*nat\n:PREROUTING ACCEPT [7:0]\n:MINE - [0:0]\nCOMMIT\n";
        assert_eq!(
            leftovers(before, NOW, "10.213"),
            [
                "-t nat -D PREROUTING -m addrtype --dst-type LOCAL -j DOCKER",
                "-t nat -D POSTROUTING -s 10.213.0.0/24 ! -o porter0 -j MASQUERADE",
                "-t nat -F DOCKER",
                "-t nat -X DOCKER",
            ]
        );
    }

    #[test]
    fn another_engines_chains_stay() {
        let before =
            "*nat\n:DOCKER - [5:1]\n-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER\n";
        let commands = leftovers(before, NOW, "10.213");
        assert_eq!(
            commands,
            ["-t nat -D POSTROUTING -s 10.213.0.0/24 ! -o porter0 -j MASQUERADE"]
        );
    }

    #[test]
    fn a_table_is_empty_without_rules_and_foreign_chains() {
        let saved = "*nat\n:PREROUTING ACCEPT [1:2]\n*filter\n:FORWARD DROP [0:0]\n*mangle\n-A X\n";
        assert_eq!(empty_tables(saved), BTreeSet::from(["nat"]));
    }

    #[test]
    fn a_range_with_a_route_is_not_used() {
        let routes = "Iface Destination Gateway Flags RefCnt Use Metric Mask\n\
            eth0 00000000 010200C0 0003 0 0 0 00000000\n\
            x 0005D50A 0 1 0 0 0 00FFFFFF\ny 0000D60A 0 1 0 0 0 0000FEFF\n";
        assert_eq!(free_prefix(routes), Some([10, 216]));
        assert_eq!(free_prefix("head\n"), Some([10, 213]));
    }
}
