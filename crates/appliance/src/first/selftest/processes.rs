//! What the kernel shows of each process.

use std::fs;
use std::path::Path;

use super::{Places, check, listed, names, read};
use crate::broker::Check;
use crate::first::children::{Part, Running};

/// A process that is to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expected {
    /// Its number.
    pub number: u32,
    /// What it was started as.
    pub name: &'static str,
    /// The user that it is to run as.
    pub user: u32,
}

impl Expected {
    /// A child that was started.
    pub fn of(running: &Running) -> Expected {
        Expected { number: running.number(), name: running.part.name(), user: running.part.user() }
    }

    /// The interface.
    pub fn interface(number: u32) -> Expected {
        Expected { number, name: Part::Interface.name(), user: Part::Interface.user() }
    }
}

/// One check for each expected process, and one that there are no others.
pub(super) fn checks(places: &Places, expected: &[Expected]) -> Vec<Check> {
    let mut checks: Vec<Check> = expected.iter().map(|one| confined(places, one)).collect();
    checks.push(nobody_else(places, expected));
    checks
}

fn confined(places: &Places, one: &Expected) -> Check {
    let status = read(&places.proc.join(one.number.to_string()).join("status"));
    let field =
        |name: &str| status.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default().trim().to_owned();
    let users: Vec<String> = field("Uid:").split_whitespace().map(str::to_owned).collect();
    let user = users.len() == 4 && users.iter().all(|u| *u == one.user.to_string());
    let capabilities = ["CapInh:", "CapPrm:", "CapEff:", "CapAmb:"].map(field);
    let powerless = capabilities.iter().all(|set| !set.is_empty() && set.chars().all(|c| c == '0'));
    let filtered = field("Seccomp:") == "2" && field("NoNewPrivs:") == "1";
    let same_network = network(places, one.number).is_some_and(|net| Some(net) == network(places, 1));
    let seen = format!(
        "/proc/{}: user {}, capabilities {}, Seccomp {}, NoNewPrivs {}, {} network",
        one.number,
        users.first().map_or("?", String::as_str),
        if powerless { "none" } else { "some" },
        field("Seccomp:"),
        field("NoNewPrivs:"),
        if same_network { "the empty" } else { "another" }
    );
    let property = format!("The process “{}” is confined", one.name);
    check(&property, user && powerless && filtered && same_network, seen)
}

fn network(places: &Places, number: u32) -> Option<std::path::PathBuf> {
    fs::read_link(places.proc.join(number.to_string()).join("ns/net")).ok()
}

/// A process with memory of its own is no thread of the kernel.
fn nobody_else(places: &Places, expected: &[Expected]) -> Check {
    let all = names(&places.proc).unwrap_or_default();
    let numbers: Vec<u32> = all.iter().filter_map(|name| name.parse().ok()).collect();
    let known = |number: u32| number == 1 || expected.iter().any(|one| one.number == number);
    let others: Vec<String> =
        numbers.iter().filter(|n| !known(**n) && is_program(&places.proc, **n)).map(u32::to_string).collect();
    let seen = format!("first process, {} started by it, others: {}", expected.len(), listed(&others));
    check("No other process runs", others.is_empty() && numbers.contains(&1), seen)
}

fn is_program(proc: &Path, number: u32) -> bool {
    let status = read(&proc.join(number.to_string()).join("status"));
    status.lines().any(|line| line.starts_with("VmSize:"))
}
