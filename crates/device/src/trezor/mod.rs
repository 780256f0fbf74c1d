//! Trezor: our own dialogue over `trezor-client`'s transport and messages.
//!
//! The protocol is the vendor's: <https://docs.trezor.io/trezor-firmware/common/communication/bitcoin-signing.html>.

mod answers;
pub(crate) mod ethereum;
mod identity;
mod multisig;
mod paths;
mod plan;
mod refused;
mod screens;
mod seed;
mod sign;
mod weight;
mod wire;

use bitcoin::bip32::{DerivationPath, Fingerprint, Xpub};
use protobuf::EnumOrUnknown;
use trezor_client::protos::{self, Features, GetAddress, GetPublicKey, Initialize};
use trezor_client::transport::Transport;
use vitrine_bitcoin::{CheckedPsbt, Network, ReturnedSignature, Wallet};
use vitrine_ethereum::CheckedRequest;
use vitrine_ethereum::alloy_primitives::Address;

use self::identity::{Look, Model};
use self::multisig::Holdings;
use self::plan::{Plan, coin_name, numbers, unsupported};
use self::wire::{Dialogue, Wire};
use crate::control::Control;
use crate::device::{Device, DeviceScreen, Identity, Registered};
use crate::error::{DeviceError, device_text};
use crate::extended_key::checked_key;
use crate::foretold::ScreenModel;
use crate::limits;
use crate::nonces::{NonceRules, TREZOR};
use crate::prompt::{Answer, Prompt, Prompter};

/// Longest name of a session: firmware's have 32 bytes.
const SESSION_ID_BYTES: usize = 64;

/// How the device lays an address out while signing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AddressLayout {
    /// In groups of four, four to a row: what people compare best.
    #[default]
    Grouped,
    /// As the firmware's font breaks it.
    Plain,
}

/// A Trezor behind any link: USB, a recording, a simulation.
pub struct Trezor {
    wire: Wire,
    model: Option<Model>,
    /// Resumes the session, and with it the passphrase.
    session: Option<Vec<u8>>,
    /// The session's wallet is not the one that is asked for: the next question begins another session.
    leaves_session: bool,
    layout: AddressLayout,
    message_hash: bool,
}

impl Trezor {
    /// Drives the device behind `transport`. Nothing is sent yet.
    ///
    /// `control` is the link's own, so that a wait can be ended and knows its limit.
    pub fn new(transport: Box<dyn Transport>, control: Control, layout: AddressLayout) -> Self {
        Self {
            wire: Wire::new(transport, control),
            model: None,
            session: None,
            leaves_session: false,
            layout,
            message_hash: true,
        }
    }

    /// Does not ask the device to show the hash of typed data besides its values, as most programs do not.
    pub fn without_message_hash(mut self) -> Self {
        self.message_hash = false;
        self
    }

    fn shows_message_hash(&self) -> bool {
        self.message_hash && self.model.as_ref().is_none_or(|model| model.shows_message_hash)
    }

    /// Initialises the device if that was not done, or if an exchange ended in the middle.
    fn ready(&mut self, dialogue: &mut Dialogue<'_>) -> Result<(), DeviceError> {
        if self.model.is_none() || self.leaves_session || self.wire.is_stale() {
            self.initialize(dialogue)?;
        }
        Ok(())
    }

    fn initialize(&mut self, dialogue: &mut Dialogue<'_>) -> Result<Identity, DeviceError> {
        self.model = None;
        if self.leaves_session {
            self.session = None;
        }
        let question = Initialize { session_id: self.session.clone(), ..Default::default() };
        let fresh = self.wire.is_fresh();
        let features: Features = match self.wire.call(&question, dialogue) {
            // Another program ended in the middle: its answer arrived, or its half message took ours for its end.
            Err(DeviceError::Failure { .. } | DeviceError::UnexpectedMessage { .. }) if fresh => {
                self.wire.call(&question, dialogue)?
            }
            outcome => outcome?,
        };
        self.leaves_session = false;
        self.session = features.session_id.clone().filter(|id| id.len() <= SESSION_ID_BYTES);
        let identity = identity::identify(&features)?;
        self.model = Some(Model::of(&features));
        Ok(identity)
    }

    fn public_key(
        &mut self,
        path: &DerivationPath,
        network: Network,
        dialogue: &mut Dialogue<'_>,
    ) -> Result<Xpub, DeviceError> {
        let question = GetPublicKey {
            address_n: numbers(path),
            show_display: Some(false),
            coin_name: Some(coin_name(network).to_owned()),
            ..Default::default()
        };
        let answer: protos::PublicKey = self.wire.call(&question, dialogue)?;
        checked_key(answer.xpub(), path, network, "GetPublicKey")
    }

    /// A session remembers its passphrase: who entered a wrong one is to be asked again.
    fn noting_wrong_wallet<T>(&mut self, outcome: Result<T, DeviceError>) -> Result<T, DeviceError> {
        self.leaves_session |= matches!(outcome, Err(DeviceError::WrongSeed { .. }));
        outcome
    }

    fn chunkify(&self) -> Option<bool> {
        (self.layout == AddressLayout::Grouped).then_some(true)
    }
}

impl Device for Trezor {
    fn identify(&mut self) -> Result<Identity, DeviceError> {
        self.wire.control().begin();
        self.initialize(&mut Dialogue::new(&mut Nobody, limits::SHORT_OPERATION_MESSAGES))
    }

    fn account_key(
        &mut self,
        path: &DerivationPath,
        network: Network,
        prompter: &mut dyn Prompter,
    ) -> Result<Xpub, DeviceError> {
        self.wire.control().begin();
        let mut dialogue = Dialogue::new(prompter, limits::SHORT_OPERATION_MESSAGES);
        self.ready(&mut dialogue)?;
        self.public_key(path, network, &mut dialogue)
    }

    fn fingerprint(&mut self, network: Network, prompter: &mut dyn Prompter) -> Result<Fingerprint, DeviceError> {
        self.wire.control().begin();
        let mut dialogue = Dialogue::new(prompter, limits::SHORT_OPERATION_MESSAGES);
        self.ready(&mut dialogue)?;
        let path = [84, u32::from(network != Network::Mainnet), 0].map(|step| step | 1 << 31);
        let question = GetPublicKey {
            address_n: path.to_vec(),
            show_display: Some(false),
            coin_name: Some(coin_name(network).to_owned()),
            ..Default::default()
        };
        let answer: protos::PublicKey = self.wire.call(&question, &mut dialogue)?;
        let silent = DeviceError::Malformed { at: "GetPublicKey", what: "no fingerprint of the master key" };
        answer.root_fingerprint.map(|number| number.to_be_bytes().into()).ok_or(silent)
    }

    fn show_address(
        &mut self,
        wallet: &Wallet,
        change: bool,
        index: u32,
        prompter: &mut dyn Prompter,
    ) -> Result<String, DeviceError> {
        let own = wallet.script(change, index).map_err(|error| unsupported(error.to_string()))?;
        self.wire.control().begin();
        let mut dialogue = Dialogue::new(prompter, limits::SHORT_OPERATION_MESSAGES);
        self.ready(&mut dialogue)?;
        let signer = self.signer(wallet, &own, &mut dialogue);
        let signer = self.noting_wrong_wallet(signer)?;
        let question = GetAddress {
            address_n: numbers(signer.key.path()),
            coin_name: Some(coin_name(wallet.network()).to_owned()),
            show_display: Some(true),
            multisig: signer.multisig.into(),
            script_type: Some(EnumOrUnknown::new(signer.script_type)),
            chunkify: self.chunkify(),
            ..Default::default()
        };
        let answer: protos::Address = self.wire.call(&question, &mut dialogue)?;
        Ok(device_text(answer.address()))
    }

    fn register_wallet(&mut self, _: &Wallet, _: &mut dyn Prompter) -> Result<Registered, DeviceError> {
        Ok(Registered::NotNeeded)
    }

    fn predicted_screens(&self, psbt: &CheckedPsbt) -> Vec<DeviceScreen> {
        let model = self.model.clone().unwrap_or_default();
        let plan = Plan::of(psbt, &Holdings::assumed(psbt)).and_then(|plan| plan.on(&model));
        plan.map(|plan| screens::screens(&plan, &model, self.layout == AddressLayout::Grouped)).unwrap_or_default()
    }

    fn nonces(&self) -> &'static NonceRules {
        &TREZOR
    }

    fn sign_bitcoin(
        &mut self,
        psbt: &CheckedPsbt,
        prompter: &mut dyn Prompter,
    ) -> Result<Vec<ReturnedSignature>, DeviceError> {
        if multisig::wallets(psbt).is_empty() {
            Plan::of(psbt, &Holdings::default())?;
        }
        self.wire.control().begin();
        let mut keys = Dialogue::new(prompter, seed::message_limit(psbt));
        self.ready(&mut keys)?;
        let holdings = self.holdings(psbt, &mut keys);
        let holdings = self.noting_wrong_wallet(holdings)?;
        let plan = Plan::of(psbt, &holdings)?.on(&self.model.clone().unwrap_or_default())?;
        plan.check_needed()?;
        let compared = self.check_seed(&plan, &mut keys);
        self.noting_wrong_wallet(compared)?;
        let chunkify = self.chunkify();
        sign::sign(&mut self.wire, &plan, chunkify, &mut Dialogue::new(prompter, plan.message_limit()))
    }

    fn ethereum_address(
        &mut self,
        path: &[u32],
        _chain_id: u64,
        show: bool,
        prompter: &mut dyn Prompter,
    ) -> Result<Address, DeviceError> {
        let showing = match (show, self.layout) {
            (false, _) => ethereum::Showing::Silent,
            (true, AddressLayout::Plain) => ethereum::Showing::Plain,
            (true, AddressLayout::Grouped) => ethereum::Showing::Grouped,
        };
        self.wire.control().begin();
        let mut dialogue = Dialogue::new(prompter, limits::SHORT_OPERATION_MESSAGES);
        self.ready(&mut dialogue)?;
        ethereum::address(&mut self.wire, path, showing, &mut dialogue)
    }

    fn predicted_ethereum_screens(&self, request: &CheckedRequest) -> Vec<DeviceScreen> {
        let Ok(plan) = ethereum::Plan::of(request) else { return Vec::new() };
        let model = self.model.clone().unwrap_or_default();
        let grouped = self.layout == AddressLayout::Grouped;
        let showing = ethereum::screens::Showing { grouped, message_hash: self.shows_message_hash() };
        ethereum::screens::screens(&plan, &model, showing)
    }

    fn takes_hashes_alone(&self, request: &CheckedRequest) -> bool {
        let typed = ethereum::Plan::of(request).is_ok_and(|plan| plan.is_typed_data());
        typed && self.model.as_ref().is_some_and(|model| model.one)
    }

    fn sign_ethereum(
        &mut self,
        request: &CheckedRequest,
        prompter: &mut dyn Prompter,
    ) -> Result<vitrine_ethereum::ReturnedSignature, DeviceError> {
        let plan = ethereum::Plan::of(request)?;
        self.wire.control().begin();
        let mut keys = Dialogue::new(prompter, limits::SHORT_OPERATION_MESSAGES);
        self.ready(&mut keys)?;
        let compared = ethereum::check_account(&mut self.wire, &plan, &mut keys);
        self.noting_wrong_wallet(compared)?;
        let model = self.model.clone().unwrap_or_default();
        let options = ethereum::Options { chunkify: self.chunkify(), message_hash: self.shows_message_hash() };
        let mut dialogue = Dialogue::new(prompter, plan.message_limit());
        ethereum::sign(&mut self.wire, &plan, &model, options, &mut dialogue)
    }

    fn control(&self) -> Control {
        self.wire.control().clone()
    }
}

/// Foretells what a model with current firmware shows of an Ethereum request.
///
/// # Errors
/// [`DeviceError::Unsupported`] for a request that it would not sign.
pub(crate) fn foretold_ethereum(
    request: &CheckedRequest,
    model: ScreenModel,
) -> Result<Vec<DeviceScreen>, DeviceError> {
    let look = match model {
        ScreenModel::TrezorOne => Look::One,
        ScreenModel::TrezorSafe3 => Look::Caesar,
        _ => Look::Delizia,
    };
    let one = look == Look::One;
    let model = Model::current(look);
    let showing = ethereum::screens::Showing { grouped: true, message_hash: !one };
    Ok(ethereum::screens::screens(&ethereum::Plan::of(request)?, &model, showing))
}

/// Answers where no person can be asked.
struct Nobody;

impl Prompter for Nobody {
    fn prompt(&mut self, _: Prompt) -> Answer {
        Answer::Cancel
    }
}
