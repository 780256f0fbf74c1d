//! What a session hands to a device, and what the device returns.

use vitrine_device::{Answer, Device, DeviceError, DeviceScreen, Identity, NonceRules, Prompt, Prompter};
use vitrine_review::Digest;

use crate::chain::Checked;
use crate::error::NotSigned;
use crate::nonces::{self, Askings};

/// The order to sign one reviewed and approved request. Only a session makes one, only when every gate is passed.
#[derive(Clone, Debug)]
pub struct SignOrder {
    checked: Checked,
    digest: Digest,
    askings: Askings,
}

/// Signatures of one asking, not verified yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Signatures {
    /// Of the inputs of a PSBT.
    Bitcoin(Vec<vitrine_bitcoin::ReturnedSignature>),
    /// Of an Ethereum request.
    Ethereum(vitrine_ethereum::ReturnedSignature),
}

/// What a device returned, not verified yet.
#[derive(Debug)]
pub struct Returned {
    pub(crate) identity: Identity,
    pub(crate) signatures: Signatures,
    /// What it returned when asked again.
    pub(crate) again: Option<Signatures>,
    pub(crate) nonces: &'static NonceRules,
    pub(crate) digest: Digest,
}

impl SignOrder {
    pub(crate) fn new(checked: Checked, digest: Digest, askings: Askings) -> Self {
        Self { checked, digest, askings }
    }

    /// Digest of the review that was approved.
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// What this device is about to show, screen by screen.
    pub fn predicted_screens(&self, device: &dyn Device) -> Vec<DeviceScreen> {
        match &self.checked {
            Checked::Bitcoin(psbt) => device.predicted_screens(psbt),
            Checked::Ethereum(request) => device.predicted_ethereum_screens(request),
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
        let signatures = self.ask(device, prompter)?;
        let again = match self.askings(device) {
            Askings::Once => None,
            Askings::Twice => Some(self.ask_again(device, prompter).map_err(NotSigned::again)?),
        };
        Ok(Returned { identity, signatures, again, nonces: device.nonces(), digest: self.digest })
    }

    fn ask(&self, device: &mut dyn Device, prompter: &mut dyn Prompter) -> Result<Signatures, DeviceError> {
        match &self.checked {
            Checked::Bitcoin(psbt) => device.sign_bitcoin(psbt, prompter).map(Signatures::Bitcoin),
            Checked::Ethereum(request) => device.sign_ethereum(request, prompter).map(Signatures::Ethereum),
        }
    }

    fn ask_again(&self, device: &mut dyn Device, prompter: &mut dyn Prompter) -> Result<Signatures, DeviceError> {
        match (prompter.prompt(Prompt::Again), &self.checked) {
            (Answer::Continue, _) => self.ask(device, prompter),
            (_, Checked::Bitcoin(_)) => Err(DeviceError::CancelledHere { at: "SignTx" }),
            (_, Checked::Ethereum(_)) => Err(DeviceError::CancelledHere { at: "EthereumSign" }),
        }
    }
}
