//! Ledger: one device, with an app for each chain.

mod apdu;
mod app;
mod bitcoin;
mod ethereum;
mod model;
mod status;
mod wire;

use ::bitcoin::bip32::{DerivationPath, Fingerprint, Xpub};
use vitrine_bitcoin::{CheckedPsbt, Network, Returned, ReturnedSignature as BitcoinSignature, Wallet};
use vitrine_ethereum::alloy_primitives::Address;
use vitrine_ethereum::{CheckedRequest, Payload, ReturnedSignature};

use self::wire::Wire;
use crate::control::Control;
use crate::device::{Device, DeviceScreen, Identity, Registered};
use crate::error::DeviceError;
use crate::nonces::{LEDGER, NonceRules};
use crate::prompt::{Answer, Prompt, Prompter};

#[cfg(any(feature = "sim", feature = "hid"))]
pub(crate) use self::apdu::REPLY_BYTES;
pub use self::apdu::{ApduExchange, LinkError};
pub use self::app::LedgerApp;
pub use self::ethereum::TypedDataForm;
#[cfg(feature = "sim")]
pub(crate) use self::ethereum::networks;
pub(crate) use self::ethereum::safe_typed_data;
pub(crate) use self::ethereum::{foretold, not_shown};
pub use self::model::LedgerModel;

/// What the operating system calls itself while no app is open.
const DASHBOARD: &str = "BOLOS";

/// How large a Ledger's screen is: the two sizes show different texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LedgerScreen {
    /// Nano S Plus, Nano X: two buttons.
    #[default]
    Nano,
    /// Stax, Flex, Nano Gen5: touched.
    Touch,
}

/// A Ledger behind any link: USB, an emulator, a recording, a simulation.
pub struct Ledger {
    wire: Wire,
    screen: LedgerScreen,
    model: LedgerModel,
    form: TypedDataForm,
}

impl Ledger {
    /// Drives the device behind `exchange`. Nothing is sent yet.
    ///
    /// `control` is the link's own, so that a wait can be ended and knows its limit. The app does not say how large its
    /// screen is: `screen` is what the link knows, from the device's USB number for example.
    pub fn new(exchange: Box<dyn ApduExchange>, control: Control, screen: LedgerScreen) -> Self {
        let wire = Wire::new(exchange, control);
        Self { wire, screen, model: LedgerModel::Unknown, form: TypedDataForm::Whole }
    }

    /// The same device, of which the link knows the model.
    #[must_use]
    pub fn with_model(mut self, model: LedgerModel) -> Self {
        self.model = model;
        self
    }

    /// The same device, which may be in the middle of what another program asked: one with a battery goes on when its
    /// cable is pulled.
    #[must_use]
    pub fn found_running(mut self) -> Self {
        self.wire.leave();
        self
    }

    /// The same device, which gets typed data in this form.
    #[must_use]
    pub fn with_typed_data(mut self, form: TypedDataForm) -> Self {
        self.form = form;
        self
    }
}

impl Device for Ledger {
    fn identify(&mut self) -> Result<Identity, DeviceError> {
        self.wire.control().begin();
        let app = self.wire.open_app()?;
        let is_dashboard = app.name == DASHBOARD;
        let system = if is_dashboard { self.wire.system_info() } else { None };
        if let Some(system) = system.as_ref().filter(|_| self.model == LedgerModel::Unknown) {
            self.model = system.model;
        }
        let model = match (self.model, self.screen) {
            (LedgerModel::Unknown, LedgerScreen::Nano) => "Ledger Nano",
            (LedgerModel::Unknown, LedgerScreen::Touch) => "Ledger with touch screen",
            (model, _) => model.name(),
        };
        let firmware = if is_dashboard { app.version.clone() } else { String::new() };
        Ok(Identity {
            vendor: "Ledger",
            model: model.to_owned(),
            label: String::new(),
            firmware: system.map_or(firmware, |system| system.firmware),
            app: (!is_dashboard).then(|| format!("{} {}", app.name, app.version)),
            id: String::new(),
        })
    }

    fn account_key(
        &mut self,
        path: &DerivationPath,
        network: Network,
        prompter: &mut dyn Prompter,
    ) -> Result<Xpub, DeviceError> {
        bitcoin::App::open(&mut self.wire, network)?.account_key(path, network, prompter)
    }

    fn fingerprint(&mut self, network: Network, _: &mut dyn Prompter) -> Result<Fingerprint, DeviceError> {
        bitcoin::App::open(&mut self.wire, network)?.fingerprint()
    }

    fn show_address(
        &mut self,
        wallet: &Wallet,
        change: bool,
        index: u32,
        prompter: &mut dyn Prompter,
    ) -> Result<String, DeviceError> {
        bitcoin::App::open(&mut self.wire, wallet.network())?.show_address(wallet, change, index, prompter)
    }

    fn register_wallet(&mut self, wallet: &Wallet, prompter: &mut dyn Prompter) -> Result<Registered, DeviceError> {
        let registration = bitcoin::App::open(&mut self.wire, wallet.network())?.register(wallet, prompter)?;
        Ok(registration.map_or(Registered::NotNeeded, Registered::Kept))
    }

    fn predicted_screens(&self, psbt: &CheckedPsbt) -> Vec<DeviceScreen> {
        bitcoin::foretold(psbt, self.screen)
    }

    fn nonces(&self) -> &'static NonceRules {
        &LEDGER
    }

    fn sign_bitcoin(
        &mut self,
        psbt: &CheckedPsbt,
        prompter: &mut dyn Prompter,
    ) -> Result<Vec<BitcoinSignature>, DeviceError> {
        bitcoin::check_one_round(psbt)?;
        let returned = self.sign_bitcoin_round(psbt, prompter)?;
        let whole = |returned| match returned {
            Returned::Signature(signature) => Some(signature),
            Returned::MusigNonce(_) | Returned::MusigPartial(_) => None,
        };
        Ok(returned.into_iter().filter_map(whole).collect())
    }

    fn sign_bitcoin_round(
        &mut self,
        psbt: &CheckedPsbt,
        prompter: &mut dyn Prompter,
    ) -> Result<Vec<Returned>, DeviceError> {
        bitcoin::App::open(&mut self.wire, psbt.network())?.sign(psbt, self.screen, prompter)
    }

    fn ethereum_address(
        &mut self,
        path: &[u32],
        chain_id: u64,
        show: bool,
        prompter: &mut dyn Prompter,
    ) -> Result<Address, DeviceError> {
        self.wire.control().begin();
        ethereum::address(&mut self.wire, path, show.then_some(chain_id), prompter)
    }

    fn predicted_ethereum_screens(&self, request: &CheckedRequest) -> Vec<DeviceScreen> {
        foretold(request, self.screen, self.form)
    }

    fn takes_hashes_alone(&self, request: &CheckedRequest) -> bool {
        let typed = matches!(request.payload(), Payload::TypedData(_) | Payload::SafeBundle(_));
        typed && self.form == TypedDataForm::Hashes
    }

    fn sign_ethereum(
        &mut self,
        request: &CheckedRequest,
        prompter: &mut dyn Prompter,
    ) -> Result<ReturnedSignature, DeviceError> {
        self.wire.control().begin();
        ethereum::sign(&mut self.wire, request, self.form, prompter)
    }

    fn control(&self) -> Control {
        self.wire.control().clone()
    }
}

/// The device is about to show something: the person is to look.
fn ask_the_person(prompter: &mut dyn Prompter, at: &'static str, what: &str) -> Result<(), DeviceError> {
    match prompter.prompt(Prompt::ConfirmOnDevice { screen: 0, what: what.to_owned() }) {
        Answer::Continue => Ok(()),
        _ => Err(DeviceError::CancelledHere { at }),
    }
}
