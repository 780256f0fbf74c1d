//! Words for how calls come about, what they do, and to whom.

use alloy_primitives::{Address, U256};
use vitrine_review::{Proof, Value};

use super::values::number;
use crate::abi::Function;
use crate::call::{Operation, Token, Via};

/// Who accounts are.
pub(crate) trait Names {
    /// Name of an account, if the ceremony folder or an attested list has one. Already escaped.
    fn name(&self, address: Address) -> Option<String>;

    /// What vouches for the address as such: who named it, or the signed bytes alone.
    fn proof(&self, address: Address) -> Proof;

    /// A known account that begins and ends like this one and is another: its name and address.
    fn look_alike(&self, address: Address) -> Option<(String, Address)>;

    /// Ticker and decimals of a token that an attested list names.
    fn token(&self, contract: Address) -> Option<Token>;

    /// Name of the smallest built-in interface that has this very function.
    fn interface_of(&self, function: &Function) -> Option<&'static str>;

    /// Symbol of the chain's own coin.
    fn currency(&self) -> &'static str;

    /// Name and whole address, or the address alone.
    fn who(&self, account: Address) -> String {
        match self.name(account) {
            Some(name) => format!("{name} ({})", account.to_checksum(None)),
            None => account.to_checksum(None),
        }
    }
}

/// How a call comes about.
pub(crate) fn how(via: &Via) -> String {
    match via {
        Via::Request => "the request itself".to_owned(),
        Via::Safe => "executed by the Safe".to_owned(),
        Via::Approved => "executed by the other Safe, whose owner approves it here".to_owned(),
        Via::SafeModule => "executed by the Safe on behalf of a module".to_owned(),
        Via::MultiSend { n, of } => format!("entry {n} of {of} of a multiSend"),
        Via::Scheduled { delay_seconds } => {
            format!("by the timelock, not before {} after it is scheduled", duration(*delay_seconds))
        }
        Via::Executed => "executed now; it was scheduled or proposed before".to_owned(),
        Via::Proposed => "by the governor, if the proposal passes".to_owned(),
        Via::Queued => "by the governor's timelock, after its delay".to_owned(),
        Via::ScheduledAt { not_before } if not_before.is_zero() => {
            "by the manager, as soon as its delay allows".to_owned()
        }
        Via::ScheduledAt { not_before } => match u64::try_from(*not_before) {
            Ok(time) => format!("by the manager, not before {}", Value::Time(time).to_text()),
            Err(_) => "by the manager, at a time that never comes".to_owned(),
        },
        Via::Multicall => "part of a multicall".to_owned(),
        Via::UserOperation => "of a user operation (ERC-4337)".to_owned(),
        Via::Upgrade => "run once by the proxy, with its new code".to_owned(),
        Via::Initializer => "run once by the new proxy".to_owned(),
        Via::Setup => "run once by the Safe that is set up".to_owned(),
    }
}

/// An operation as shown.
pub(crate) fn operation(operation: Operation) -> &'static str {
    match operation {
        Operation::Call => "CALL",
        Operation::DelegateCall => "DELEGATECALL: the target's code runs as the account",
        Operation::Create => "CREATE",
    }
}

/// A number of seconds, with the days and hours that they are.
pub(crate) fn duration(seconds: U256) -> String {
    let (day, hour) = (U256::from(86_400), U256::from(3_600));
    let (days, hours) = (seconds / day, seconds % day / hour);
    let part = |n: U256, unit: &str| match n {
        n if n.is_zero() => None,
        n => Some(format!("{} {unit}{}", digits(n), if n == U256::from(1) { "" } else { "s" })),
    };
    let parts: Vec<String> = [part(days, "day"), part(hours, "hour")].into_iter().flatten().collect();
    let whole = (seconds % hour).is_zero();
    let about = if whole { "" } else { "about " };
    let seconds = format!("{} seconds", digits(seconds));
    if parts.is_empty() { seconds } else { format!("{seconds} ({about}{})", parts.join(" ")) }
}

/// How many there are of something: "1 blob", "2 blobs".
pub(crate) fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// A number with its digits in groups of three.
pub(crate) fn digits(value: U256) -> String {
    number(value).to_text()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_are_days_and_hours_too() {
        let text = |seconds: u64| duration(U256::from(seconds));
        assert_eq!(text(172_800), "172,800 seconds (2 days)");
        assert_eq!(text(90_000), "90,000 seconds (1 day 1 hour)");
        assert_eq!(text(3_601), "3,601 seconds (about 1 hour)");
        assert_eq!((text(60), text(0)), ("60 seconds".to_owned(), "0 seconds".to_owned()));
        assert!(duration(U256::MAX).ends_with("hours)"));
        assert_eq!((counted(1, "blob"), counted(2, "blob")), ("1 blob".to_owned(), "2 blobs".to_owned()));
    }
}
