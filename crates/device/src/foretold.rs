//! What a device is going to show, foretold from the request alone: for witnesses, who have no device.

use core::fmt;
use core::str::FromStr;

use vitrine_ethereum::alloy_primitives::hex;
use vitrine_ethereum::{CheckedRequest, Payload, Transaction};

use crate::bitbox;
use crate::device::DeviceScreen;
use crate::ledger::{self, LedgerScreen, TypedDataForm};
use crate::trezor;

/// A kind of device by what its screen shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScreenModel {
    /// A Ledger with buttons: Nano S Plus, Nano X.
    LedgerNano,
    /// A Ledger that is touched: Stax, Flex, Nano Gen5.
    LedgerTouch,
    /// BitBox02.
    BitBox02,
    /// Trezor One.
    TrezorOne,
    /// Trezor Safe 3.
    TrezorSafe3,
    /// Trezor Safe 5.
    TrezorSafe5,
}

impl ScreenModel {
    /// Every model by the name that [`ScreenModel::from_str`] takes.
    pub const NAMES: [(&'static str, Self); 6] = [
        ("ledger", Self::LedgerNano),
        ("ledger-touch", Self::LedgerTouch),
        ("bitbox02", Self::BitBox02),
        ("trezor", Self::TrezorSafe5),
        ("trezor-safe3", Self::TrezorSafe3),
        ("trezor-one", Self::TrezorOne),
    ];

    /// What it is called, with the versions that were read.
    pub const fn name(self) -> &'static str {
        match self {
            Self::LedgerNano => "Ledger Nano S Plus or Nano X, Ethereum app 1.22.0, settings of a new device",
            Self::LedgerTouch => "Ledger Stax, Flex or Nano Gen5, Ethereum app 1.22.0, settings of a new device",
            Self::BitBox02 => "BitBox02, Multi edition, firmware 9.27.0",
            Self::TrezorOne => "Trezor One, firmware 1.14.1",
            Self::TrezorSafe3 => "Trezor Safe 3, firmware 2.11.1",
            Self::TrezorSafe5 => "Trezor Safe 5, firmware 2.11.1",
        }
    }
}

impl FromStr for ScreenModel {
    type Err = UnknownModel;

    fn from_str(text: &str) -> Result<Self, UnknownModel> {
        let found = Self::NAMES.iter().find(|(name, _)| *name == text);
        found.map(|(_, model)| *model).ok_or_else(|| UnknownModel(text.to_owned()))
    }
}

/// A name that is no model's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownModel(pub String);

impl fmt::Display for UnknownModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = ScreenModel::NAMES.map(|(name, _)| name).join(", ");
        write!(f, "“{}” is no device whose screens are foretold; known: {names}", vitrine_review::escape(&self.0))
    }
}

impl std::error::Error for UnknownModel {}

/// What a device is going to show, and what not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Foretold {
    /// The screens in order; none where the device refuses the request.
    pub screens: Vec<DeviceScreen>,
    /// What is signed and does not appear on them, in words.
    pub not_shown: Vec<String>,
}

/// Foretells the screens for an Ethereum request.
pub fn foretold_ethereum(model: ScreenModel, request: &CheckedRequest) -> Foretold {
    let on_ledger = |screen| Foretold {
        screens: ledger::foretold(request, screen, TypedDataForm::Whole),
        not_shown: ledger::not_shown(request, screen, TypedDataForm::Whole),
    };
    match model {
        ScreenModel::LedgerNano => on_ledger(LedgerScreen::Nano),
        ScreenModel::LedgerTouch => on_ledger(LedgerScreen::Touch),
        ScreenModel::BitBox02 => {
            Foretold { screens: bitbox::ethereum::foretold(request), not_shown: bitbox::ethereum::not_shown(request) }
        }
        ScreenModel::TrezorOne | ScreenModel::TrezorSafe3 | ScreenModel::TrezorSafe5 => on_trezor(model, request),
    }
}

fn on_trezor(model: ScreenModel, request: &CheckedRequest) -> Foretold {
    let screens = match trezor::foretold_ethereum(request, model) {
        Ok(screens) => screens,
        Err(error) => {
            return Foretold { screens: Vec::new(), not_shown: vec![format!("anything: {}", error.reason())] };
        }
    };
    let not_shown = match request.payload() {
        Payload::Transaction(transaction) => hidden_of(transaction, model == ScreenModel::TrezorOne, &screens),
        Payload::TypedData(_) | Payload::SafeBundle(_) if model == ScreenModel::TrezorOne => {
            vec!["anything that the typed data says: two hashes stand for it".to_owned()]
        }
        Payload::TypedData(_) | Payload::SafeBundle(_) | Payload::Message(_) => Vec::new(),
    };
    Foretold { screens, not_shown }
}

/// Selector and two arguments of `transfer` and `approve`, of which core models show nothing else.
const TOKEN_CALL_BYTES: usize = 68;

/// Five pages of 24 bytes.
const ONE_SHOWS_BYTES: usize = 120;

/// What of a transaction a Trezor leaves out (`docs/devices.md`).
fn hidden_of(transaction: &Transaction, one: bool, screens: &[DeviceScreen]) -> Vec<String> {
    let mut hidden = vec!["the nonce".to_owned()];
    let entries = transaction.access_list().len();
    if entries > 0 {
        hidden.push(format!("the access list, {entries} entries"));
    }
    let rows: String = screens.iter().flat_map(|screen| &screen.lines).map(|row| row.to_lowercase()).collect();
    let shown: String = rows.split_whitespace().collect();
    if let Some(to) = transaction.to().value.filter(|to| !shown.contains(&hex::encode(to))) {
        hidden.push(format!("the contract that is called, {}", to.to_checksum(None)));
    }
    let (data, value) = (transaction.data().value.bytes(), transaction.value_wei().value);
    let is_token_call = data.len() >= TOKEN_CALL_BYTES
        && matches!(data.get(..4), Some([0xa9, 0x05, 0x9c, 0xbb] | [0x09, 0x5e, 0xa7, 0xb3]));
    let behind = match (one, is_token_call) {
        (true, _) => data.len().saturating_sub(ONE_SHOWS_BYTES),
        (false, true) => data.len().saturating_sub(TOKEN_CALL_BYTES),
        (false, false) => 0,
    };
    if behind > 0 {
        hidden.push(format!("the last {behind} bytes of its data"));
    }
    if !one && is_token_call && !value.is_zero() {
        hidden.push(format!("the coins sent along, {value} wei"));
    }
    hidden
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_a_model_and_no_other() {
        for (name, model) in ScreenModel::NAMES {
            assert_eq!(name.parse(), Ok(model));
        }
        assert!("ledger nano".parse::<ScreenModel>().unwrap_err().to_string().contains("ledger-touch"));
    }
}
