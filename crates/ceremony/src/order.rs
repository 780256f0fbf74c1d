//! What a session hands to a device, and what the device returns.

use vitrine_bitcoin::Network;
use vitrine_bitcoin::bitcoin::bip32::Fingerprint;
use vitrine_device::{Answer, Device, DeviceError, DeviceScreen, Identity, NonceRules, Prompt, Prompter};
use vitrine_ethereum::{CheckedRequests, ReturnedSignature};
use vitrine_review::Digest;

use crate::approval::TypedDataRule;
use crate::chain::Checked;
use crate::error::NotSigned;
use crate::nonces::{self, Askings};
use crate::recognise;

/// The order to sign one reviewed and approved request. Only a session makes one, only when every gate is passed.
#[derive(Clone, Debug)]
pub struct SignOrder {
    checked: Checked,
    digest: Digest,
    askings: Askings,
    typed_data: TypedDataRule,
    /// Whose keys the device is asked for where only its fingerprint matters.
    network: Network,
}

/// Signatures of one asking, not verified yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Signatures {
    /// Of the inputs of a PSBT; in a wallet with `musig()` nonces or partial signatures (BIP-327).
    Bitcoin(Vec<vitrine_bitcoin::Returned>),
    /// Of an Ethereum request, or of each one of a batch.
    Ethereum(Vec<ReturnedSignature>),
}

/// What a device returned, not verified yet.
#[derive(Debug)]
pub struct Returned {
    pub(crate) identity: Identity,
    /// Of its master key, where it tells it.
    pub(crate) fingerprint: Option<Fingerprint>,
    pub(crate) signatures: Signatures,
    /// What it returned when asked again.
    pub(crate) again: Option<Signatures>,
    pub(crate) nonces: &'static NonceRules,
    pub(crate) digest: Digest,
}

impl SignOrder {
    pub(crate) fn new(
        checked: Checked,
        digest: Digest,
        askings: Askings,
        typed_data: TypedDataRule,
        network: Network,
    ) -> Self {
        Self { checked, digest, askings, typed_data, network }
    }

    /// Digest of the review that was approved.
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// What this device is about to show, screen by screen.
    pub fn predicted_screens(&self, device: &dyn Device) -> Vec<DeviceScreen> {
        match &self.checked {
            Checked::Bitcoin(psbt) => device.predicted_screens(psbt),
            Checked::Ethereum(requests) => {
                let screens = requests.requests().iter().map(|request| device.predicted_ethereum_screens(request));
                numbered(screens.collect(), requests.is_batch())
            }
        }
    }

    /// How often this device will be asked.
    pub fn askings(&self, device: &dyn Device) -> Askings {
        nonces::askings(self.askings, &self.checked, device)
    }

    /// Has a device sign, once or twice. Blocks until the person at the device has answered.
    ///
    /// # Errors
    /// [`NotSigned`] if the device refuses, is unplugged, holds another seed or answers nonsense. What it may have
    /// signed when it was asked first is then dropped.
    pub fn sign(&self, device: &mut dyn Device, prompter: &mut dyn Prompter) -> Result<Returned, NotSigned> {
        let identity = device.identify()?;
        self.check_typed_data(device)?;
        let fingerprint = recognise::fingerprint(self.network, device, prompter)?;
        let signatures = self.ask(device, prompter)?;
        let again = match self.askings(device) {
            Askings::Once => None,
            Askings::Twice => Some(self.ask_again(device, prompter).map_err(NotSigned::again)?),
        };
        Ok(Returned { identity, fingerprint, signatures, again, nonces: device.nonces(), digest: self.digest })
    }

    fn check_typed_data(&self, device: &dyn Device) -> Result<(), DeviceError> {
        match &self.checked {
            Checked::Ethereum(requests)
                if self.typed_data == TypedDataRule::Fields
                    && requests.requests().iter().any(|request| device.takes_hashes_alone(request)) =>
            {
                Err(DeviceError::HashesAlone)
            }
            _ => Ok(()),
        }
    }

    fn ask(&self, device: &mut dyn Device, prompter: &mut dyn Prompter) -> Result<Signatures, DeviceError> {
        match &self.checked {
            Checked::Bitcoin(psbt) => device.sign_bitcoin_round(psbt, prompter).map(Signatures::Bitcoin),
            Checked::Ethereum(requests) => sign_each(requests, device, prompter).map(Signatures::Ethereum),
        }
    }

    fn ask_again(&self, device: &mut dyn Device, prompter: &mut dyn Prompter) -> Result<Signatures, DeviceError> {
        match prompter.prompt(Prompt::Again) {
            Answer::Continue => self.ask(device, prompter),
            _ => Err(DeviceError::CancelledHere { at: "the second asking" }),
        }
    }
}

/// Has a device sign each request of a batch, one after the other.
fn sign_each(
    requests: &CheckedRequests,
    device: &mut dyn Device,
    prompter: &mut dyn Prompter,
) -> Result<Vec<ReturnedSignature>, DeviceError> {
    let (mut signatures, mut before) = (Vec::new(), 0usize);
    for request in requests.requests() {
        let screens = device.predicted_ethereum_screens(request).len();
        let mut counting = Counting { before, prompter: &mut *prompter };
        signatures.push(device.sign_ethereum(request, &mut counting)?);
        before = before.saturating_add(screens);
    }
    Ok(signatures)
}

/// Counts screens on from those of the requests before.
struct Counting<'a> {
    before: usize,
    prompter: &'a mut dyn Prompter,
}

impl Prompter for Counting<'_> {
    fn prompt(&mut self, prompt: Prompt) -> Answer {
        self.prompter.prompt(match prompt {
            Prompt::ConfirmOnDevice { screen, what } => {
                Prompt::ConfirmOnDevice { screen: screen.saturating_add(self.before), what }
            }
            other => other,
        })
    }
}

/// The screens of all requests in one row; those of a batch say of which request they are.
fn numbered(requests: Vec<Vec<DeviceScreen>>, is_batch: bool) -> Vec<DeviceScreen> {
    let mut all = Vec::new();
    for (n, screens) in requests.into_iter().enumerate() {
        let number = n.saturating_add(1);
        all.extend(screens.into_iter().map(|screen| match is_batch {
            true => DeviceScreen { step: format!("Request {number}: {}", screen.step), ..screen },
            false => screen,
        }));
    }
    all
}
