//! BitBox02: our own dialogue over the messages of `bitbox-api`, with the anti-klepto protocol in each ECDSA signature.
//!
//! Source of the protocol: BitBoxSwiss/bitbox02-firmware, `messages/` and `src/rust/bitbox02-rust/src/hww`, 9.27.0.

mod account;
mod antiklepto;
mod channel;
pub(crate) mod ethereum;
mod identity;
mod packets;
mod plan;
mod screens;
mod sign;
mod wire;

use bitbox_api::pb::btc_pub_request::{Output, XPubType};
use bitbox_api::pb::btc_request::Request as BtcRequest;
use bitbox_api::pb::btc_response::Response as BtcResponse;
use bitbox_api::pb::{self, request::Request, response::Response};
use bitcoin::bip32::{DerivationPath, Fingerprint, Xpub};
use vitrine_bitcoin::{CheckedPsbt, Network, ReturnedSignature, Wallet};
use vitrine_ethereum::CheckedRequest;
use vitrine_ethereum::alloy_primitives::Address;

use self::account::{Account, LAST_INDEX, coin, numbers};
pub use self::packets::{HidPackets, PACKET_BYTES};
use self::plan::Plan;
pub use self::wire::Entropy;
use self::wire::{Wire, confirm_on_device, unexpected};
use crate::control::Control;
use crate::device::{Device, DeviceScreen, Identity, Registered};
use crate::error::{DeviceError, device_text};
use crate::extended_key::checked_key;
use crate::nonces::{BITBOX, NonceRules};
use crate::prompt::Prompter;

/// A BitBox02 behind any link: USB, an emulator, a recording.
pub struct BitBox02 {
    wire: Wire,
}

impl BitBox02 {
    /// Drives the device behind `packets`. Nothing is sent yet.
    ///
    /// `control` is the link's own, so that a wait can be ended and knows its limit. `entropy` gives the keys of the
    /// channel and what is added to nonces.
    pub fn new(packets: Box<dyn HidPackets>, entropy: Box<dyn Entropy>, control: Control) -> Self {
        Self { wire: Wire::new(packets, entropy, control) }
    }

    fn begin(&mut self, prompter: &mut dyn Prompter) -> Result<(), DeviceError> {
        self.wire.control().begin();
        self.wire.pair(prompter)
    }

    fn root_fingerprint(&mut self) -> Result<Fingerprint, DeviceError> {
        const AT: &str = "asking for the fingerprint";
        match self.wire.call(Request::Fingerprint(pb::RootFingerprintRequest {}), AT)? {
            Response::Fingerprint(answer) => <[u8; 4]>::try_from(answer.fingerprint.as_slice())
                .map(Fingerprint::from)
                .map_err(|_| DeviceError::Malformed { at: AT, what: "not a fingerprint" }),
            _ => Err(unexpected(AT, "no fingerprint")),
        }
    }

    fn public_key(&mut self, path: &DerivationPath, network: Network) -> Result<Xpub, DeviceError> {
        const AT: &str = "asking for an extended public key";
        let kind = if network == Network::Mainnet { XPubType::Xpub } else { XPubType::Tpub };
        let question = pb::BtcPubRequest {
            coin: coin(network).into(),
            keypath: numbers(path),
            output: Some(Output::XpubType(kind.into())),
            display: false,
        };
        // A path that is none of the usual accounts' is asked about on the screen.
        match self.wire.call_person(Request::BtcPub(question), AT)? {
            Response::Pub(answer) => checked_key(&answer.r#pub, path, network, AT),
            _ => Err(unexpected(AT, "no key")),
        }
    }

    /// The device's key has to be the wallet's.
    fn check_account(&mut self, account: &Account, device: Fingerprint) -> Result<(), DeviceError> {
        let ours = account.ours(device)?;
        let found = self.public_key(&ours.path, account.network)?;
        if (found.public_key, found.chain_code) == (ours.xpub.public_key, ours.xpub.chain_code) {
            return Ok(());
        }
        let (expected, found) = (ours.xpub.public_key.to_string(), found.public_key.to_string());
        Err(DeviceError::WrongSeed { path: format!("m/{}", ours.path), expected, found })
    }

    fn is_known(&mut self, account: &Account, device: Fingerprint) -> Result<bool, DeviceError> {
        const AT: &str = "asking for a registered wallet";
        let registration = Some(account.registration(device)?);
        let question = BtcRequest::IsScriptConfigRegistered(pb::BtcIsScriptConfigRegisteredRequest { registration });
        match self.nested(question, AT)? {
            BtcResponse::IsScriptConfigRegistered(answer) => Ok(answer.is_registered),
            _ => Err(unexpected(AT, "neither registered nor not")),
        }
    }

    /// The wallet's key is the device's, and it knows the wallet where it has to.
    fn ready_for(&mut self, account: &Account, device: Fingerprint) -> Result<(), DeviceError> {
        self.check_account(account, device)?;
        if account.is_registered() && !self.is_known(account, device)? {
            let (wallet, fingerprint) = (vitrine_review::escape(&account.name), device.to_string());
            return Err(DeviceError::NotRegistered { wallet, fingerprint });
        }
        Ok(())
    }

    fn nested(&mut self, request: BtcRequest, at: &'static str) -> Result<BtcResponse, DeviceError> {
        let request = Request::Btc(pb::BtcRequest { request: Some(request) });
        match self.wire.call_person(request, at)? {
            Response::Btc(pb::BtcResponse { response: Some(response) }) => Ok(response),
            _ => Err(unexpected(at, "an answer about something else")),
        }
    }

    fn needs_ethereum(&mut self) -> Result<(), DeviceError> {
        if self.wire.info()?.knows_ethereum() {
            return Ok(());
        }
        Err(DeviceError::Unsupported { what: "Ethereum with a BitBox02 of the Bitcoin-only edition".to_owned() })
    }
}

impl Device for BitBox02 {
    fn identify(&mut self) -> Result<Identity, DeviceError> {
        self.wire.control().begin();
        let info = self.wire.info()?;
        info.check()?;
        Ok(info.identity())
    }

    fn account_key(
        &mut self,
        path: &DerivationPath,
        network: Network,
        prompter: &mut dyn Prompter,
    ) -> Result<Xpub, DeviceError> {
        self.begin(prompter)?;
        self.public_key(path, network)
    }

    fn fingerprint(&mut self, _: Network, prompter: &mut dyn Prompter) -> Result<Fingerprint, DeviceError> {
        self.begin(prompter)?;
        self.root_fingerprint()
    }

    fn show_address(
        &mut self,
        wallet: &Wallet,
        change: bool,
        index: u32,
        prompter: &mut dyn Prompter,
    ) -> Result<String, DeviceError> {
        const AT: &str = "showing the address";
        let account = Account::of(wallet)?;
        let own = wallet.script(change, index).map_err(|error| DeviceError::Unsupported { what: error.to_string() })?;
        if index > LAST_INDEX {
            return Err(DeviceError::Unsupported { what: format!("an address of an index above {LAST_INDEX}") });
        }
        self.begin(prompter)?;
        let device = self.root_fingerprint()?;
        self.ready_for(&account, device)?;
        let question = pb::BtcPubRequest {
            coin: coin(account.network).into(),
            keypath: numbers(account.key_of(&own, device)?.path()),
            output: Some(Output::ScriptConfig(account.script_config(device)?)),
            display: true,
        };
        confirm_on_device(prompter, AT, "an address")?;
        match self.wire.call_person(Request::BtcPub(question), AT)? {
            Response::Pub(answer) => Ok(device_text(&answer.r#pub)),
            _ => Err(unexpected(AT, "no address")),
        }
    }

    fn register_wallet(&mut self, wallet: &Wallet, prompter: &mut dyn Prompter) -> Result<Registered, DeviceError> {
        const AT: &str = "registering the wallet";
        let account = Account::of(wallet)?;
        if !account.is_registered() {
            return Ok(Registered::NotNeeded);
        }
        let name = account.registered_name()?.to_owned();
        self.begin(prompter)?;
        let device = self.root_fingerprint()?;
        self.check_account(&account, device)?;
        if self.is_known(&account, device)? {
            return Ok(Registered::OnDevice);
        }
        let registration = Some(account.registration(device)?);
        let xpub_type = pb::btc_register_script_config_request::XPubType::AutoXpubTpub.into();
        let question = pb::BtcRegisterScriptConfigRequest { registration, name, xpub_type };
        confirm_on_device(prompter, AT, "the wallet: compare each key")?;
        match self.nested(BtcRequest::RegisterScriptConfig(question), AT)? {
            BtcResponse::Success(_) => Ok(Registered::OnDevice),
            _ => Err(unexpected(AT, "no success")),
        }
    }

    fn predicted_screens(&self, psbt: &CheckedPsbt) -> Vec<DeviceScreen> {
        Plan::of(psbt).map(|plan| screens::bitcoin(&plan)).unwrap_or_default()
    }

    fn nonces(&self) -> &'static NonceRules {
        &BITBOX
    }

    fn sign_bitcoin(
        &mut self,
        psbt: &CheckedPsbt,
        prompter: &mut dyn Prompter,
    ) -> Result<Vec<ReturnedSignature>, DeviceError> {
        let plan = Plan::of(psbt)?;
        self.begin(prompter)?;
        let device = self.root_fingerprint()?;
        plan.accounts.iter().try_for_each(|account| self.ready_for(account, device))?;
        plan.check_needed(device)?;
        sign::sign(&mut self.wire, &plan, device, prompter)
    }

    fn ethereum_address(
        &mut self,
        path: &[u32],
        chain_id: u64,
        show: bool,
        prompter: &mut dyn Prompter,
    ) -> Result<Address, DeviceError> {
        self.wire.control().begin();
        self.needs_ethereum()?;
        self.wire.pair(prompter)?;
        // Of a chain that it does not know the device would ask even where nothing is to be shown.
        let (chain_id, prompter) = if show { (chain_id, Some(prompter)) } else { (1, None) };
        ethereum::address(&mut self.wire, path, chain_id, prompter)
    }

    fn predicted_ethereum_screens(&self, request: &CheckedRequest) -> Vec<DeviceScreen> {
        ethereum::foretold(request)
    }

    fn sign_ethereum(
        &mut self,
        request: &CheckedRequest,
        prompter: &mut dyn Prompter,
    ) -> Result<vitrine_ethereum::ReturnedSignature, DeviceError> {
        let order = ethereum::Order::of(request)?;
        self.wire.control().begin();
        self.needs_ethereum()?;
        self.wire.pair(prompter)?;
        order.sign(&mut self.wire, prompter)
    }

    fn control(&self) -> Control {
        self.wire.control().clone()
    }
}
