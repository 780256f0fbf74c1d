//! The simulated screen of a Nano and the person before it.

use bitcoin::{Address, Network, Script, WitnessProgram, WitnessVersion};

use super::super::Status;
use crate::device::DeviceScreen;
use crate::sim::{Fault, ScreenLog};

/// Longest data output that has a text.
const OP_RETURN_BYTES: usize = 83;
/// Most pushes in a data output that has a text.
const OP_RETURN_PUSHES: usize = 5;
/// Most outputs that are shown as one review.
pub(super) const SIMPLE_OUTPUTS: usize = 16;

#[derive(Clone)]
pub(super) struct Person {
    log: ScreenLog,
    fault: Option<Fault>,
}

/// What there is to warn of.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Warnings {
    pub(super) sighash: bool,
    pub(super) external_inputs: bool,
    pub(super) unverified_inputs: bool,
    pub(super) high_fee: bool,
}

/// A key of a policy, as the screen calls it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whose {
    Our,
    Their,
    Dummy,
}

impl Person {
    pub(super) const fn new(fault: Option<Fault>, log: ScreenLog) -> Self {
        Self { log, fault }
    }

    /// The person turns the pages, and may refuse at one of them.
    fn press(&self, screens: Vec<DeviceScreen>) -> Result<(), Status> {
        for screen in screens {
            let at = self.log.count();
            self.log.show(screen);
            if self.fault == Some(Fault::Refuses { at_screen: at }) {
                return Err(Status::REFUSED);
            }
        }
        Ok(())
    }

    pub(super) fn confirm_key(&self, path: &str, key: &str) -> Result<(), Status> {
        self.press(vec![
            page("Opening", "Confirm public key", &[]),
            page("Key path", "Path", &[path]),
            page("Public key", "Public key", &[key]),
            page("Confirming", "Approve public key", &[]),
        ])
    }

    pub(super) fn confirm_address(&self, wallet: Option<&str>, address: &str) -> Result<(), Status> {
        let mut screens = vec![page("Opening", "Verify bitcoin address", &[])];
        screens.push(DeviceScreen { address: true, ..page("Own address", "Address", &[address]) });
        screens.extend(wallet.map(|name| page("Wallet", "Account name", &[name])));
        screens.push(page("Confirming", "Confirm", &[]));
        self.press(screens)
    }

    pub(super) fn confirm_wallet(&self, name: &str, template: &str, keys: &[(Whose, String)]) -> Result<(), Status> {
        let mut screens = vec![
            page("Opening", "Review account to register", &[]),
            page("Wallet", "Account name", &[name]),
            page("Policy", "Wallet policy", &[template]),
            page("Keys follow", "Review co-signer public keys", &[]),
        ];
        screens.extend(keys.iter().enumerate().map(|(i, (whose, key))| {
            let whose = match whose {
                Whose::Our => "Our",
                Whose::Their => "Their",
                Whose::Dummy => "Dummy",
            };
            page(&format!("Key {}", i.saturating_add(1)), &format!("{whose} key@{i}"), &[key])
        }));
        screens.push(page("Registering", "Register account", &[]));
        self.press(screens)
    }

    /// Opens the review of a transaction; `wallet` is the registered one that is spent from.
    pub(super) fn begin_transaction(&self, warnings: Warnings, wallet: Option<&str>) -> Result<(), Status> {
        let mut screens = warnings.screens();
        screens.push(page("Opening", "Review transaction to send bitcoin", &[]));
        screens.extend(wallet.map(|name| page("Wallet", "From", &[name])));
        self.press(screens)
    }

    pub(super) fn confirm_no_payee(&self) -> Result<(), Status> {
        self.press(vec![page("Amount", "Amount", &["0 TEST (self-transfer)"])])
    }

    /// Shows one output of `count`: where it goes, in words, and how much.
    pub(super) fn confirm_output(&self, number: usize, count: usize, to: &str, sat: u64) -> Result<(), Status> {
        let who = format!("Payee {number}");
        let mut screens = Vec::new();
        if count > 1 {
            screens.push(page(&who, "Transaction output", &[&format!("{number} of {count}")]));
        }
        screens.push(page(&format!("{who}, amount"), "Amount", &[&money(sat)]));
        let title = if count <= SIMPLE_OUTPUTS { "To" } else { "Address" };
        let is_address = !to.starts_with("OP_RETURN");
        screens.push(DeviceScreen { address: is_address, ..page(&format!("{who}, address"), title, &[to]) });
        self.press(screens)
    }

    pub(super) fn confirm_fee(&self, fee_sat: u64, warnings: Warnings) -> Result<(), Status> {
        let mut screens = Vec::new();
        if warnings.high_fee {
            screens.push(page("Warning: high fee", "High fees warning", &["Fees are above 10% of total amount"]));
        }
        screens.push(page("Fee", "Fees", &[&money(fee_sat)]));
        screens.push(page("Signing", "Sign transaction", &[]));
        self.press(screens)
    }
}

impl Warnings {
    fn screens(self) -> Vec<DeviceScreen> {
        let all = [
            (self.sighash, "Warning: sighash", "Non-default sighash"),
            (self.external_inputs, "Warning: other inputs", "There are external inputs Reject if not sure"),
            (self.unverified_inputs, "Warning: amounts", "Unverified inputs Update your wallet software"),
        ];
        let shown = all.into_iter().filter(|(is_on, _, _)| *is_on);
        shown.flat_map(|(_, step, words)| risk(step, words)).collect()
    }
}

/// Three pages, of which the last is confirmed.
fn risk(step: &str, words: &str) -> [DeviceScreen; 3] {
    let title = "Security risk";
    [page(step, title, &[]), page(step, title, &[words]), page("Going on", "Continue anyway", &[])]
}

fn page(step: &str, title: &str, lines: &[&str]) -> DeviceScreen {
    let lines = lines.iter().map(|line| vitrine_review::escape(line)).collect();
    DeviceScreen { step: step.to_owned(), title: title.to_owned(), lines, address: false }
}

fn money(sat: u64) -> String {
    let (whole, part) = (sat / 100_000_000, sat % 100_000_000);
    let part = format!("{part:08}");
    match part.trim_end_matches('0') {
        "" => format!("{whole} TEST"),
        part => format!("{whole}.{part} TEST"),
    }
}

/// What the screen says about where an output goes; nothing for scripts that the app does not send to.
pub(super) fn destination(script: &Script) -> Option<String> {
    address(script).or_else(|| op_return(script.as_bytes()))
}

/// The address of a script, on the test network.
pub(super) fn address(script: &Script) -> Option<String> {
    if let Ok(address) = Address::from_script(script, Network::Testnet) {
        return Some(address.to_string());
    }
    // The app also writes programs down that rust-bitcoin has no address for.
    let (version, program) = script.as_bytes().split_first_chunk::<2>()?;
    let [opcode, length] = *version;
    let version = opcode.checked_sub(0x50).filter(|version| *version > 0)?;
    let program = (program.len() == usize::from(length)).then_some(program)?;
    let program = WitnessProgram::new(WitnessVersion::try_from(version).ok()?, program).ok()?;
    Some(Address::from_witness_program(program, Network::Testnet).to_string())
}

fn op_return(script: &[u8]) -> Option<String> {
    let (0x6a, mut rest) = script.split_first()? else { return None };
    if script.len() > OP_RETURN_BYTES {
        return None;
    }
    let mut words = vec!["OP_RETURN".to_owned()];
    while !rest.is_empty() {
        if words.len() > OP_RETURN_PUSHES {
            return None;
        }
        let (word, behind) = push(rest)?;
        words.push(word);
        rest = behind;
    }
    Some(words.join(" "))
}

/// A push in its shortest form, in words, and what is behind it.
fn push(bytes: &[u8]) -> Option<(String, &[u8])> {
    let (opcode, rest) = bytes.split_first()?;
    let (length, rest) = match *opcode {
        0 => return Some(("0".to_owned(), rest)),
        0x4f => return Some(("-1".to_owned(), rest)),
        small @ 0x51..=0x60 => return Some((small.saturating_sub(0x50).to_string(), rest)),
        length @ 1..=75 => (length, rest),
        0x4c => rest.split_first().map(|(length, rest)| (*length, rest)).filter(|(length, _)| *length > 75)?,
        _ => return None,
    };
    let (data, rest) = rest.split_at_checked(usize::from(length))?;
    if matches!(data, [0x81 | 1..=16]) {
        return None;
    }
    let digits: String = data.iter().map(|byte| format!("{byte:02x}")).collect();
    Some((format!("0x{digits}"), rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use bitcoin::ScriptBuf;

    fn said(hex: &str) -> Option<String> {
        destination(&ScriptBuf::from_hex(hex).unwrap())
    }

    #[test]
    fn data_is_written_as_the_app_writes_it() {
        assert_eq!(said("6a0568656c6c6f").as_deref(), Some("OP_RETURN 0x68656c6c6f"));
        assert_eq!(said("6a").as_deref(), Some("OP_RETURN"));
        assert_eq!(said("6a00515f604f").as_deref(), Some("OP_RETURN 0 1 15 16 -1"));
        assert_eq!(said("6a005151515151"), None, "six pushes");
        assert_eq!(said("6a0101"), None, "not the shortest form");
        assert_eq!(said("6a05aabb"), None, "cut short");
        assert_eq!(said(&format!("6a4c51{}", "00".repeat(81))), None, "84 bytes");
        assert_eq!(said("5151"), None);
        assert_eq!(money(0), "0 TEST");
        assert_eq!(money(2_100_000_000_000_001), "21000000.00000001 TEST");
    }
}
