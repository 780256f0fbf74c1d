//! What a Trezor is about to show, so that the person can compare it with what was approved.
//!
//! Change that the device recognises by itself is not shown. Characters are exact; where an address is grouped, rows are
//! too. The rows of data are 16 hex digits each here; core models break them where their font does.

mod core;
mod one;
mod path;

use bitcoin::absolute::LockTime;
use vitrine_bitcoin::Network;
use vitrine_review::{Value, groups_of_four};

use super::identity::{Look, Model};
use super::paths::{Taken, taken};
use super::plan::Plan;
use crate::device::DeviceScreen;

/// Change outputs that the firmware passes over before it asks once about their number.
const SILENT_CHANGE_OUTPUTS: usize = 2;

/// Screens of a model.
pub(super) fn screens(plan: &Plan<'_>, model: &Model, grouped: bool) -> Vec<DeviceScreen> {
    let mut screens = match model.look {
        Look::One => one::screens(plan),
        look => core::screens(plan, look, grouped),
    };
    if model.newer_for_bitcoin {
        screens.push(screen("This firmware is newer than what was read: words and order may differ", "", Vec::new()));
    }
    screens
}

/// The inputs of the device whose path is another form's, for which it warns.
fn unusual_paths<'p>(plan: &'p Plan<'_>) -> impl Iterator<Item = &'p [u32]> {
    let is_unusual = |own: &&super::plan::OwnInput<'_>| {
        taken(&own.path, own.script_type, own.multisig.is_some(), plan.network) == Taken::WithWarning
    };
    plan.own_inputs().filter(is_unusual).map(|own| own.path.as_slice())
}

/// Whether an input of somebody else was neither signed nor proven theirs.
fn has_unverified(plan: &Plan<'_>) -> bool {
    plan.foreign_inputs().any(|(_, foreign)| !plan.is_verified(foreign))
}

/// Change outputs, if there are more than it passes over.
fn many_change_outputs(plan: &Plan<'_>) -> Option<usize> {
    let count = plan.outputs.iter().filter(|output| plan.is_silent(output)).count();
    (count > SILENT_CHANGE_OUTPUTS).then_some(count)
}

/// What a lock time is to the device, which asks whenever one is set.
enum Lock {
    WithoutEffect,
    Height(u32),
    /// Seconds since 1970, and the moment as it writes it.
    Moment(Value, String),
}

impl Lock {
    fn of(plan: &Plan<'_>) -> Option<Self> {
        if plan.transaction.lock_time == LockTime::ZERO {
            return None;
        }
        if plan.transaction.input.iter().all(|input| input.sequence.is_final()) {
            return Some(Self::WithoutEffect);
        }
        Some(match plan.transaction.lock_time {
            LockTime::Blocks(height) => Self::Height(height.to_consensus_u32()),
            LockTime::Seconds(time) => {
                let time = Value::Time(u64::from(time.to_consensus_u32()));
                let shown = time.to_text().trim_end_matches(" UTC").to_owned();
                Self::Moment(time, shown)
            }
        })
    }

    fn step(&self) -> String {
        match self {
            Self::WithoutEffect => "Lock time, without effect".to_owned(),
            Self::Height(height) => format!("Lock time, {}", Value::Height(*height).to_text()),
            Self::Moment(time, _) => format!("Lock time, {}", time.to_text()),
        }
    }
}

/// A transaction of the Omni layer in data, in the firmware's words; none if it is none.
fn omni(data: &[u8]) -> Option<String> {
    let rest = data.strip_prefix(b"omni").filter(|rest| rest.len() >= 4)?;
    let Some(([0, 0, 0, 0, currency @ ..], amount)) = rest.split_last_chunk::<8>() else {
        return Some("Unknown transaction".to_owned());
    };
    let Ok(currency) = <[u8; 4]>::try_from(currency) else { return Some("Unknown transaction".to_owned()) };
    let amount = u64::from_be_bytes(*amount);
    let (unit, scaled) = match u32::from_be_bytes(currency) {
        1 => ("OMNI", true),
        2 => ("tOMNI", true),
        3 => ("MAID", false),
        31 => ("USDT", true),
        _ => ("UNKN", false),
    };
    let number = if scaled { decimal(amount) } else { Value::Count(amount, "").to_text() };
    Some(format!("Simple send of {number} {unit}"))
}

fn screen(step: impl Into<String>, title: &str, lines: Vec<String>) -> DeviceScreen {
    DeviceScreen { step: step.into(), title: title.to_owned(), lines, address: false }
}

fn rows<const N: usize>(rows: [&str; N]) -> Vec<String> {
    rows.map(str::to_owned).to_vec()
}

/// Splits characters into rows.
fn split(text: &str, length: usize) -> Vec<String> {
    let characters: Vec<char> = text.chars().collect();
    characters.chunks(length.max(1)).map(|row| row.iter().collect()).collect()
}

/// Splits an address into rows of four groups of four.
fn grouped_rows(address: &str) -> Vec<String> {
    groups_of_four(address).chunks(4).map(|row| row.join(" ")).collect()
}

/// Writes an amount as the firmware does: no trailing zeros, commas between thousands, the firmware's own unit.
fn amount(sat: u64, network: Network) -> String {
    format!("{} {}", decimal(sat), unit(network))
}

const fn unit(network: Network) -> &'static str {
    match network {
        Network::Mainnet => "BTC",
        Network::Regtest => "REGTEST",
        Network::Testnet3 | Network::Testnet4 | Network::Signet => "TEST",
    }
}

fn decimal(sat: u64) -> String {
    const SAT_PER_COIN: u64 = 100_000_000;
    let whole = Value::Count(sat / SAT_PER_COIN, "").to_text();
    let number = format!("{whole}.{:08}", sat % SAT_PER_COIN);
    number.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_read_as_on_the_device() {
        assert_eq!(amount(60_000, Network::Testnet3), "0.0006 TEST");
        assert_eq!(amount(100_000_000, Network::Mainnet), "1 BTC");
        assert_eq!(amount(123_456_700_000_000, Network::Regtest), "1,234,567 REGTEST");
        assert_eq!(amount(10 * 100_000_000, Network::Signet), "10 TEST");
        assert_eq!(amount(0, Network::Mainnet), "0 BTC");
    }

    #[test]
    fn no_character_of_an_address_is_lost_in_its_rows() {
        let address = "tb1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3q0sl5k7";
        let rows = grouped_rows(address);
        assert_eq!(rows.len(), 4);
        assert_eq!(rows[0], "tb1q rp33 g0q5 c5tx");
        assert_eq!(rows.concat().replace(' ', ""), address);
    }

    #[test]
    fn data_that_begins_like_an_omni_transaction_is_shown_as_one() {
        let send =
            |currency: u8, amount: u64| [b"omni\0\0\0\0\0\0\0".as_slice(), &[currency], &amount.to_be_bytes()].concat();
        assert_eq!(omni(&send(31, 150_000_000)).as_deref(), Some("Simple send of 1.5 USDT"));
        assert_eq!(omni(&send(3, 1_500)).as_deref(), Some("Simple send of 1,500 MAID"));
        assert_eq!(omni(&send(9, 7)).as_deref(), Some("Simple send of 7 UNKN"));
        assert_eq!(omni(b"omni\0\0\0\x32").as_deref(), Some("Unknown transaction"));
        assert_eq!(omni(b"omni bus"), Some("Unknown transaction".to_owned()));
        assert_eq!(omni(b"omnibus"), None);
        assert_eq!(omni(b"hello"), None);
    }
}
