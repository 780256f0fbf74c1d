//! The simulated app Bitcoin Test, without any driver of ours: recorded hosts, honest and hostile, talk to it.

mod hostile;
mod recorded;

use vitrine_device::ApduExchange;
use vitrine_device::sim::{Fault, LedgerOptions, SimApp, SimulatedLedger};
use vitrine_ethereum::alloy_primitives::hex;

use crate::recording::{Exchange, transcript};

const RECORDED: [&str; 2] = ["ledger-bitcoin-test-2.4.6-nanosp.txt", "ledger-bitcoin-test-2.4.6-nanosp-policies.txt"];
/// A question is waiting for its answer.
pub const INTERRUPTED: [u8; 2] = [0xe0, 0x00];

pub fn device(fault: Option<Fault>) -> SimulatedLedger {
    SimulatedLedger::new(LedgerOptions { fault, app: SimApp::BitcoinTest, ..LedgerOptions::default() })
}

pub fn exchanges() -> Vec<Exchange> {
    RECORDED.into_iter().flat_map(transcript).collect()
}

pub fn exchange(name: &str) -> Exchange {
    exchanges().into_iter().find(|known| known.name == name).unwrap_or_else(|| panic!("no {name}"))
}

pub fn ask(device: &mut SimulatedLedger, command: &[u8]) -> Vec<u8> {
    device.exchange(command).unwrap()
}

/// The answer to a command in digits.
pub fn said(device: &mut SimulatedLedger, command: &str) -> String {
    hex::encode(ask(device, &hex::decode(command).unwrap()))
}

/// Whether an answer hands out a signature.
pub fn is_signature(answer: &[u8]) -> bool {
    answer.first() == Some(&0x10) && answer.ends_with(&INTERRUPTED)
}
