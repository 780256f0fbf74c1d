//! What the Bitcoin app is going to show, foretold from the request alone.
//!
//! Source: LedgerHQ/app-bitcoin-new 2.4.6, `src/ui/display_nbgl.c` and `src/handler/sign_psbt.c`.

use bitcoin::script::Instruction;
use bitcoin::{Address, Script, opcodes};
use vitrine_bitcoin::{CheckedOutput, CheckedPsbt, Network, OutputRole, SighashType};

use super::super::LedgerScreen;
use super::policy::Policy;
use super::psbt::Holder;
use crate::device::DeviceScreen;

/// Most outputs that are shown in one review; with more of them an address is titled otherwise. A Nano X shows eight.
const SIMPLE_OUTPUTS: usize = 16;
/// Below this no fee counts as high, in satoshis spent.
const HIGH_FEE_FROM_SAT: u64 = 100_000;

/// The pages of one signing: the inputs of one wallet.
pub(super) fn signing(
    psbt: &CheckedPsbt,
    holder: Holder,
    policy: &Policy,
    screen: LedgerScreen,
) -> Option<Vec<DeviceScreen>> {
    let shown: Vec<&CheckedOutput> = psbt.outputs().iter().filter(|output| !holder.is_change(output)).collect();
    let ticker = ticker(psbt.network());
    let mut pages = Pages { screen, pages: Vec::new() };
    pages.warnings(psbt, holder);
    pages.value("Opening", "Review transaction to send bitcoin", pages.swipe());
    if let Some(name) = policy.name() {
        pages.value("Wallet", "From", name.to_owned());
    }
    for (index, output) in shown.iter().enumerate() {
        let step = role(output);
        if shown.len() > 1 {
            let number = index.saturating_add(1);
            pages.value(&format!("{step}, number"), "Transaction output", format!("{number} of {}", shown.len()));
        }
        pages.value(&format!("{step}, amount"), "Amount", amount(output.amount_sat(), ticker));
        let title = if shown.len() > SIMPLE_OUTPUTS { "Address" } else { "To" };
        pages.push(&step, title, destination(output, psbt.network())?, output.address().is_some());
    }
    if shown.is_empty() {
        pages.value("Nothing leaves the wallet", "Amount", format!("0 {ticker} (self-transfer)"));
    }
    let fee_sat = pages.fee(psbt)?;
    pages.value("Fee", "Fees", amount(fee_sat, ticker));
    match screen {
        LedgerScreen::Nano => pages.value("Signing", "Sign transaction", String::new()),
        LedgerScreen::Touch => {
            pages.value("Signing", "Sign transaction to send bitcoin?", "Hold to sign".to_owned());
        }
    }
    Some(pages.pages)
}

fn role(output: &CheckedOutput) -> String {
    match output.role() {
        OutputRole::Change => "Other wallet".to_owned(),
        role => role.name(),
    }
}

/// What the device shows for an output's script; none if it shows none and refuses. It writes addresses of every test
/// network as one.
pub(super) fn destination(output: &CheckedOutput, network: Network) -> Option<String> {
    let script = output.script_pubkey();
    let network = if network == Network::Mainnet { Network::Mainnet } else { Network::Testnet3 };
    match Address::from_script(script, network.to_bitcoin()) {
        Ok(address) => Some(address.to_string()),
        Err(_) => data(script),
    }
}

/// `OP_RETURN` with at most five pushes, each as short as it can be.
fn data(script: &Script) -> Option<String> {
    const PUSHES: usize = 5;
    if !script.is_op_return() {
        return None;
    }
    let mut words = vec!["OP_RETURN".to_owned()];
    for instruction in script.instructions_minimal().skip(1) {
        words.push(match instruction.ok()? {
            Instruction::PushBytes(bytes) if bytes.is_empty() => "0".to_owned(),
            Instruction::PushBytes(bytes) => format!("0x{}", digits(bytes.as_bytes())),
            Instruction::Op(opcodes::all::OP_PUSHNUM_NEG1) => "-1".to_owned(),
            Instruction::Op(op) => match op.to_u8().checked_sub(0x50) {
                Some(number @ 1..=16) => number.to_string(),
                _ => return None,
            },
        });
    }
    (words.len() <= PUSHES.saturating_add(1)).then(|| words.join(" "))
}

fn digits(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Without trailing zeros, without separators.
fn amount(sat: u64, ticker: &str) -> String {
    const SAT: u64 = 100_000_000;
    let fraction = format!("{:08}", sat % SAT);
    match fraction.trim_end_matches('0') {
        "" => format!("{} {ticker}", sat / SAT),
        fraction => format!("{}.{fraction} {ticker}", sat / SAT),
    }
}

const fn ticker(network: Network) -> &'static str {
    if matches!(network, Network::Mainnet) { "BTC" } else { "TEST" }
}

struct Pages {
    screen: LedgerScreen,
    pages: Vec<DeviceScreen>,
}

impl Pages {
    fn value(&mut self, step: &str, title: &str, value: String) {
        self.push(step, title, value, false);
    }

    fn push(&mut self, step: &str, title: &str, value: String, address: bool) {
        let lines = Some(value).filter(|value| !value.is_empty()).into_iter().collect();
        self.pages.push(DeviceScreen { step: step.to_owned(), title: title.to_owned(), lines, address });
    }

    fn swipe(&self) -> String {
        match self.screen {
            LedgerScreen::Nano => String::new(),
            LedgerScreen::Touch => "Swipe to review".to_owned(),
        }
    }

    fn warnings(&mut self, psbt: &CheckedPsbt, holder: Holder) {
        let own = |input: &&vitrine_bitcoin::CheckedInput| input.own().is_some_and(|own| holder.owns(own));
        let usual = |sighash| matches!(sighash, SighashType::Default | SighashType::All);
        if psbt.inputs().iter().filter(own).any(|input| !usual(input.sighash_type())) {
            let words = match self.screen {
                LedgerScreen::Nano => "Non-default sighash",
                LedgerScreen::Touch => {
                    "This transaction uses non-standard signing rules (modified sighash). You could spend more than \
                     expected."
                }
            };
            self.risk("Warning: a signature does not cover everything", words);
        }
        if psbt.inputs().iter().any(|input| !own(&input)) {
            let words = match self.screen {
                LedgerScreen::Nano => "There are external inputs Reject if not sure",
                LedgerScreen::Touch => "This transaction has external inputs. You could spend more than expected.",
            };
            self.risk("Warning: inputs of others", words);
        }
    }

    /// On a Nano three pages, of which the last is confirmed.
    fn risk(&mut self, step: &str, words: &str) {
        match self.screen {
            LedgerScreen::Nano => {
                self.value(step, "Security risk", String::new());
                self.value(step, "Security risk", words.to_owned());
                self.value("Going on despite the warning", "Continue anyway", String::new());
            }
            LedgerScreen::Touch => self.value(step, "Security risk detected", words.to_owned()),
        }
    }

    /// The fee in satoshis, after the warning that it is high, if the app finds it so.
    fn fee(&mut self, psbt: &CheckedPsbt) -> Option<u64> {
        let spent = psbt.inputs().iter().try_fold(0u64, |sum, input| sum.checked_add(input.amount_sat()?))?;
        let paid = psbt.outputs().iter().try_fold(0u64, |sum, output| sum.checked_add(output.amount_sat()))?;
        let fee_sat = spent.checked_sub(paid)?;
        if fee_sat.saturating_mul(10) >= spent && spent > HIGH_FEE_FROM_SAT {
            let words = match self.screen {
                LedgerScreen::Nano => "Fees are above 10% of total amount",
                LedgerScreen::Touch => "This transaction has fees higher than 10% of the amount you’re sending.",
            };
            self.value("Warning: a high fee", "High fees warning", words.to_owned());
        }
        Some(fee_sat)
    }
}
