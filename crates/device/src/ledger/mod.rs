//! Ledger: the Ethereum app.
//!
//! Source of the protocol: LedgerHQ/app-ethereum, `doc/ethapp.adoc` and `doc/eip712.md`, version 1.22.0.

mod apdu;
mod chunks;
pub(crate) mod networks;
mod safe;
mod screens;
mod sign;
mod status;
mod typed;
mod wire;

use bitcoin::bip32::{DerivationPath, Fingerprint, Xpub};
use vitrine_bitcoin::{CheckedPsbt, Network, ReturnedSignature as BitcoinSignature, Wallet};
use vitrine_ethereum::alloy_primitives::{Address, keccak256};
use vitrine_ethereum::{CheckedRequest, ReturnedSignature};

use self::apdu::{Apdu, path_bytes};
use self::wire::Wire;
use crate::control::Control;
use crate::device::{Device, DeviceScreen, Identity, Registered};
use crate::error::DeviceError;
use crate::nonces::{LEDGER, NonceRules};
use crate::prompt::{Answer, Prompt, Prompter};

#[cfg(feature = "sim")]
pub(crate) use self::apdu::REPLY_BYTES;
pub use self::apdu::{ApduExchange, LinkError};
pub(crate) use self::safe::typed_data as safe_typed_data;
pub use self::screens::LedgerScreen;
pub(crate) use self::screens::{foretold, not_shown};

/// How typed data is given to the device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TypedDataForm {
    /// Every type and every value: the device hashes them itself.
    #[default]
    Whole,
    /// The hashes of domain and message alone: the device cannot know what they stand for. Only for apps that know
    /// nothing else, where the ceremony allows it and both hashes are on our screen.
    Hashes,
}

/// A Ledger with its Ethereum app open, behind any link: USB, an emulator, a recording, a simulation.
pub struct Ledger {
    wire: Wire,
    screen: LedgerScreen,
    form: TypedDataForm,
}

impl Ledger {
    /// Drives the device behind `exchange`. Nothing is sent yet.
    ///
    /// `control` is the link's own, so that a wait can be ended and knows its limit. The app does not say how large its
    /// screen is: `screen` is what the link knows, from the device's USB number for example.
    pub fn new(exchange: Box<dyn ApduExchange>, control: Control, screen: LedgerScreen) -> Self {
        Self { wire: Wire::new(exchange, control), screen, form: TypedDataForm::Whole }
    }

    /// The same device, which gets typed data in this form.
    #[must_use]
    pub fn with_typed_data(mut self, form: TypedDataForm) -> Self {
        self.form = form;
        self
    }

    /// Asks for the address of the key at `path`; the app forgets what it was told before.
    fn address(&mut self, path: &[u32]) -> Result<Address, DeviceError> {
        const AT: &str = "asking for the address";
        let reply = self.wire.ask(&Apdu::new(AT, [0x02, 0x00, 0x00], &path_bytes(path)?))?;
        address_of(&reply, AT)
    }

    fn shown_address(
        &mut self,
        path: &[u32],
        chain_id: u64,
        prompter: &mut dyn Prompter,
    ) -> Result<Address, DeviceError> {
        const AT: &str = "showing the address";
        let mut data = path_bytes(path)?;
        data.extend(chain_id.to_be_bytes());
        ask_the_person(prompter, AT, "an address")?;
        let reply = self.wire.ask_person(&Apdu::new(AT, [0x02, 0x01, 0x00], &data))?;
        address_of(&reply, AT)
    }

    fn bitcoin<T>(&self) -> Result<T, DeviceError> {
        Err(DeviceError::Unsupported { what: "Bitcoin with a Ledger".to_owned() })
    }
}

impl Device for Ledger {
    fn identify(&mut self) -> Result<Identity, DeviceError> {
        self.wire.control().begin();
        let app = self.wire.open_app()?;
        let model = match self.screen {
            LedgerScreen::Nano => "Ledger Nano",
            LedgerScreen::Touch => "Ledger with touch screen",
        };
        Ok(Identity {
            vendor: "Ledger",
            model: model.to_owned(),
            label: String::new(),
            firmware: String::new(),
            app: Some(format!("{} {}", app.name, app.version)),
            id: String::new(),
        })
    }

    fn account_key(&mut self, _: &DerivationPath, _: Network, _: &mut dyn Prompter) -> Result<Xpub, DeviceError> {
        self.bitcoin()
    }

    fn fingerprint(&mut self, _: Network, _: &mut dyn Prompter) -> Result<Fingerprint, DeviceError> {
        self.bitcoin()
    }

    fn show_address(&mut self, _: &Wallet, _: bool, _: u32, _: &mut dyn Prompter) -> Result<String, DeviceError> {
        self.bitcoin()
    }

    fn register_wallet(&mut self, _: &Wallet, _: &mut dyn Prompter) -> Result<Registered, DeviceError> {
        self.bitcoin()
    }

    fn predicted_screens(&self, _: &CheckedPsbt) -> Vec<DeviceScreen> {
        Vec::new()
    }

    fn nonces(&self) -> &'static NonceRules {
        &LEDGER
    }

    fn sign_bitcoin(&mut self, _: &CheckedPsbt, _: &mut dyn Prompter) -> Result<Vec<BitcoinSignature>, DeviceError> {
        self.bitcoin()
    }

    fn ethereum_address(
        &mut self,
        path: &[u32],
        chain_id: u64,
        show: bool,
        prompter: &mut dyn Prompter,
    ) -> Result<Address, DeviceError> {
        self.wire.control().begin();
        self.wire.resynchronise()?;
        if show { self.shown_address(path, chain_id, prompter) } else { self.address(path) }
    }

    fn predicted_ethereum_screens(&self, request: &CheckedRequest) -> Vec<DeviceScreen> {
        foretold(request, self.screen, self.form)
    }

    fn sign_ethereum(
        &mut self,
        request: &CheckedRequest,
        prompter: &mut dyn Prompter,
    ) -> Result<ReturnedSignature, DeviceError> {
        let order = sign::Order::of(request, self.form)?;
        self.wire.control().begin();
        self.wire.resynchronise()?;
        order.check_settings(&self.settings()?)?;
        let found = self.address(order.path())?;
        order.check_address(found)?;
        order.sign(&mut self.wire, prompter)
    }

    fn control(&self) -> Control {
        self.wire.control().clone()
    }
}

/// The app's settings, as far as it tells them.
struct Settings {
    blind_signing: bool,
}

fn settings_command() -> Apdu {
    Apdu::new("asking for the settings", [0x06, 0x00, 0x00], &[])
}

impl Ledger {
    fn settings(&mut self) -> Result<Settings, DeviceError> {
        let command = settings_command();
        let reply = self.wire.ask(&command)?;
        let [flags, _, _, _] = *reply.as_slice() else {
            return Err(DeviceError::Malformed { at: command.at, what: "not flags and a version" });
        };
        Ok(Settings { blind_signing: flags & 1 == 1 })
    }
}

/// The device is about to show something: the person is to look.
fn ask_the_person(prompter: &mut dyn Prompter, at: &'static str, what: &str) -> Result<(), DeviceError> {
    match prompter.prompt(Prompt::ConfirmOnDevice { screen: 0, what: what.to_owned() }) {
        Answer::Continue => Ok(()),
        _ => Err(DeviceError::CancelledHere { at }),
    }
}

/// Length, public key (65 bytes), length, address (40 digits): the address has to be the key's.
fn address_of(reply: &[u8], at: &'static str) -> Result<Address, DeviceError> {
    let malformed = |what| DeviceError::Malformed { at, what };
    let (65, rest) = reply.split_first().ok_or_else(|| malformed("nothing"))? else {
        return Err(malformed("no public key"));
    };
    let (key, rest) = rest.split_first_chunk::<65>().ok_or_else(|| malformed("a public key that is cut short"))?;
    let (4, point) = key.split_first().ok_or_else(|| malformed("no public key"))? else {
        return Err(malformed("not an uncompressed public key"));
    };
    let (40, digits) = rest.split_first().ok_or_else(|| malformed("no address"))? else {
        return Err(malformed("no address"));
    };
    let address = Address::from_word(keccak256(point));
    let stated = std::str::from_utf8(digits).ok().and_then(|digits| format!("0x{digits}").parse::<Address>().ok());
    if stated == Some(address) { Ok(address) } else { Err(malformed("an address that is not its key's")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use vitrine_ethereum::alloy_primitives::hex;

    /// Recorded: see `tests/transcripts/SOURCE.md`.
    const REPLY: &str = "4104ef5b152e3f15eb0c50c9916161c2309e54bd87b9adce722d69716bcdef85f547678e15ab40a78919c7284e67a1\
                         7ee9a96e8b9886b60f767d93023bac8dbc16e42844616437373931304462446644453736346643323146434434453\
                         73444373162424143413644384";

    #[test]
    fn an_address_that_is_not_its_keys_is_refused() {
        let mut reply = hex::decode(format!("{REPLY}4")).unwrap();
        let address = address_of(&reply, "x").unwrap();
        assert_eq!(address.to_string(), "0xDad77910DbDFdE764fC21FCD4E74D71bBACA6D8D");
        for end in 0..reply.len() {
            assert!(address_of(&reply[..end], "x").is_err(), "{end}");
        }
        reply[5] ^= 1;
        assert!(address_of(&reply, "x").is_err());
    }
}
