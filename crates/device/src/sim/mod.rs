//! Simulated devices: public test seeds, a small screen that remembers what it showed, and faults to switch on.
//!
//! They sit below the drivers, behind the link of the vendor's protocol, so that everything above runs as with a real
//! device. Their keys are worth nothing: the seeds are in every vendor's test suite.

mod access;
mod address;
mod consent;
mod ethereum;
mod fault;
mod keys;
mod ledger;
mod multisig;
mod parts;
mod screen;
mod screen_one;
mod signing;
mod transaction;
mod trezor;
mod unlocking;
mod weight;

pub use fault::{Fault, UnknownFault};
pub use ledger::{LEDGER_TEST_SEED, LedgerOptions, SimApp, SimulatedLedger, UnknownApp, ledger_with_screen};
pub use screen::ScreenLog;
pub use trezor::SimulatedTrezor;

use crate::control::Control;
use crate::device::{Device, DeviceScreen};
use crate::trezor::{AddressLayout, Trezor};

/// The public test seed of SLIP-14; master fingerprint 5c9e228d, no passphrase.
pub const TEST_SEED: &str = "all all all all all all all all all all all all";

/// Another public test seed, of BIP-39's own vectors: what [`Fault::WrongSeed`] signs with.
pub const OTHER_SEED: &str =
    "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about";

/// For which networks a simulated device gives keys and signatures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum NetworkGuard {
    /// Networks whose coins are worth nothing.
    #[default]
    TestNetworks,
    /// Every network: for tests only.
    AnyForTests,
}

/// How a simulated device behaves. By default it confirms everything and has no fault.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SimOptions {
    /// Networks it works for.
    pub network_guard: NetworkGuard,
    /// What is wrong with it, or with the person holding it.
    pub fault: Option<Fault>,
    /// How addresses are laid out on its screen.
    pub layout: AddressLayout,
    /// How much the person looks at.
    pub attention: Attention,
    /// Which model it is.
    pub model: SimModel,
    /// The PIN, digits `1` to `9`; a Trezor One asks for it at the host, by a matrix on its screen, others ask on the
    /// device.
    pub pin: Option<String>,
    /// Whether each session asks for a passphrase.
    pub passphrase_protection: bool,
    /// What the person types when the passphrase is to be entered on the device.
    pub typed_passphrase: String,
    /// Which of the public test seeds it holds.
    pub seed: TestSeed,
    /// What it does with what its maker thinks unsafe.
    pub safety_checks: SafetyChecks,
}

/// A public test seed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TestSeed {
    /// [`TEST_SEED`].
    #[default]
    Slip14,
    /// [`OTHER_SEED`]: a second cosigner.
    Bip39,
}

/// A setting of a Trezor's owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SafetyChecks {
    /// It refuses.
    #[default]
    Strict,
    /// It warns.
    Prompt,
}

/// Which model is simulated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SimModel {
    /// Safe 5, core firmware 2.11.1.
    #[default]
    Safe5,
    /// Trezor One, legacy firmware 1.14.1.
    One,
}

/// How much a person looks at of what the device shows only on request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Attention {
    /// Every page of data, every struct and array of typed data, the parts of the fee.
    #[default]
    Full,
    /// Nothing: “Confirm all” at the first page, and no struct.
    Hurried,
}

/// Makes a simulated Trezor and drives it with the same driver as a real one.
pub fn trezor(options: SimOptions) -> Box<dyn Device> {
    trezor_with_screen(options).0
}

/// Makes a simulated Trezor, and a view of what its screen has shown.
pub fn trezor_with_screen(options: SimOptions) -> (Box<dyn Device>, ScreenLog) {
    let layout = options.layout;
    let device = SimulatedTrezor::new(options);
    let screen = device.screen();
    (Box::new(Trezor::new(Box::new(device), Control::default(), layout)), screen)
}

/// A question to the person, with the screens it covers.
#[derive(Clone)]
struct Button {
    code: i32,
    name: &'static str,
    pages: u32,
    screens: Vec<DeviceScreen>,
}

/// Why the device refuses, as it tells the host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Refusal {
    code: i32,
    text: &'static str,
}

impl Refusal {
    /// The data is wrong.
    const fn data(text: &'static str) -> Self {
        Self { code: 3, text }
    }

    /// The device cannot do it.
    const fn process(text: &'static str) -> Self {
        Self { code: 9, text }
    }
}
