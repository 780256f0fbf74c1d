//! What a session hands to a device, and what it makes of the answer.

use std::sync::Arc;

use vitrine_bitcoin::{CheckedPsbt, EarlierSigning, Nonce, ReturnedSignature, Verified};
use vitrine_device::{Answer, Device, DeviceError, DeviceScreen, Identity, NonceRules, Prompt, Prompter};
use vitrine_qr::{Payload, PayloadKind, Transport, UrType};
use vitrine_review::Digest;

use crate::error::NotSigned;
use crate::nonces::{self, Askings, Evidence};

/// The order to sign one reviewed and approved request. Only a session makes one, only when every gate is passed.
#[derive(Clone, Debug)]
pub struct SignOrder {
    checked: Arc<CheckedPsbt>,
    digest: Digest,
    askings: Askings,
}

/// What a device returned, not verified yet.
#[derive(Debug)]
pub struct Returned {
    pub(crate) identity: Identity,
    pub(crate) signatures: Vec<ReturnedSignature>,
    /// What it returned when asked again.
    pub(crate) again: Option<Vec<ReturnedSignature>>,
    pub(crate) nonces: &'static NonceRules,
    pub(crate) digest: Digest,
}

impl SignOrder {
    pub(crate) fn new(checked: Arc<CheckedPsbt>, digest: Digest, askings: Askings) -> Self {
        Self { checked, digest, askings }
    }

    /// Digest of the review that was approved.
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// What this device is about to show, screen by screen.
    pub fn predicted_screens(&self, device: &dyn Device) -> Vec<DeviceScreen> {
        device.predicted_screens(&self.checked)
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
        let signatures = device.sign_bitcoin(&self.checked, prompter)?;
        let again = match self.askings(device) {
            Askings::Once => None,
            Askings::Twice => Some(self.sign_again(device, prompter).map_err(NotSigned::again)?),
        };
        Ok(Returned { identity, signatures, again, nonces: device.nonces(), digest: self.digest })
    }

    fn sign_again(
        &self,
        device: &mut dyn Device,
        prompter: &mut dyn Prompter,
    ) -> Result<Vec<ReturnedSignature>, DeviceError> {
        match prompter.prompt(Prompt::Again) {
            Answer::Continue => device.sign_bitcoin(&self.checked, prompter),
            _ => Err(DeviceError::CancelledHere { at: "SignTx" }),
        }
    }
}

/// A verified result: the request plus signature fields, rebuilt by us, and the network transaction if it is complete.
#[derive(Clone, Debug)]
pub struct Signed {
    verified: Verified,
    checks: Vec<String>,
    not_checked: Option<String>,
    /// What the device signed when asked again, where that is something else: its nonces are remembered too.
    again: Option<Verified>,
    device: String,
    transport: Transport,
}

impl Signed {
    /// `asked` is how the request came: the answer goes back the same way, where that is a way of animated codes.
    pub(crate) fn new(verified: Verified, again: Option<Verified>, device: String, asked: Transport) -> Self {
        let transport = match asked {
            Transport::Ur { .. } | Transport::Bbqr { .. } => asked,
            _ => Transport::Ur { ur_type: UrType::CryptoPsbt },
        };
        Self { checks: verified.checks().to_vec(), not_checked: None, verified, again, device, transport }
    }

    /// The same, with what was seen of the device's nonces.
    pub(crate) fn with_nonces(mut self, nonces: Evidence) -> Self {
        self.checks.extend(nonces.compared);
        self.not_checked = nonces.not_checked;
        self
    }

    /// The signed PSBT as a payload to show.
    pub fn payload(&self) -> Payload {
        Payload { kind: PayloadKind::Psbt, transport: self.transport, bytes: self.verified.psbt().to_vec() }
    }

    /// The signed PSBT.
    pub fn psbt(&self) -> &[u8] {
        self.verified.psbt()
    }

    /// The network transaction, if every input is complete; its scripts were executed.
    pub fn transaction(&self) -> Option<&[u8]> {
        self.verified.transaction()
    }

    /// Transaction id, as written.
    pub fn txid(&self) -> String {
        self.verified.txid()
    }

    /// What later ceremonies have to remember of it.
    pub(crate) fn to_remember(&self, checked: &CheckedPsbt) -> EarlierSigning {
        let mut signing = checked.to_remember(&self.verified);
        let known: Vec<Nonce> = signing.nonces.clone();
        let again = self.again.iter().flat_map(|again| again.nonces().iter().cloned());
        signing.nonces.extend(again.filter(|nonce| !known.contains(nonce)));
        signing
    }

    /// What was verified, and what was compared of the nonces, one sentence each.
    pub fn checks(&self) -> &[String] {
        &self.checks
    }

    /// What was not checked of the nonces, and why; none if all of them were.
    pub fn not_checked(&self) -> Option<&str> {
        self.not_checked.as_deref()
    }

    /// Model and firmware of the device that signed.
    pub fn device(&self) -> &str {
        &self.device
    }
}
