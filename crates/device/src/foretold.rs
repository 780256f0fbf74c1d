//! What a device is going to show, foretold from the request alone: for witnesses, who have no device.

use core::fmt;
use core::str::FromStr;

use vitrine_ethereum::{CheckedRequest, Payload};

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
    /// Trezor One.
    TrezorOne,
    /// Trezor Safe 3.
    TrezorSafe3,
    /// Trezor Safe 5.
    TrezorSafe5,
}

impl ScreenModel {
    /// Every model by the name that [`ScreenModel::from_str`] takes.
    pub const NAMES: [(&'static str, Self); 5] = [
        ("ledger", Self::LedgerNano),
        ("ledger-touch", Self::LedgerTouch),
        ("trezor", Self::TrezorSafe5),
        ("trezor-safe3", Self::TrezorSafe3),
        ("trezor-one", Self::TrezorOne),
    ];

    /// What it is called, with the versions that were read.
    pub const fn name(self) -> &'static str {
        match self {
            Self::LedgerNano => "Ledger Nano S Plus or Nano X, Ethereum app 1.22.0, settings of a new device",
            Self::LedgerTouch => "Ledger Stax, Flex or Nano Gen5, Ethereum app 1.22.0, settings of a new device",
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
    let mut not_shown = Vec::new();
    if let Payload::Transaction(transaction) = request.payload() {
        not_shown.push("the nonce".to_owned());
        let entries = transaction.access_list().len();
        if entries > 0 {
            not_shown.push(format!("the access list, {entries} entries"));
        }
    }
    Foretold { screens, not_shown }
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
