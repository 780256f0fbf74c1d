//! What a session hands to a device, and what it makes of the answer.

use std::sync::Arc;

use vitrine_bitcoin::{CheckedPsbt, EarlierSigning, ReturnedSignature, Verified};
use vitrine_device::{Device, DeviceError, DeviceScreen, Identity, Prompter};
use vitrine_qr::{Payload, PayloadKind, Transport, UrType};
use vitrine_review::Digest;

/// The order to sign one reviewed and approved request. Only a session makes one, only when every gate is passed.
#[derive(Clone, Debug)]
pub struct SignOrder {
    checked: Arc<CheckedPsbt>,
    digest: Digest,
}

/// What a device returned, not verified yet.
#[derive(Debug)]
pub struct Returned {
    pub(crate) identity: Identity,
    pub(crate) signatures: Vec<ReturnedSignature>,
    pub(crate) digest: Digest,
}

impl SignOrder {
    pub(crate) fn new(checked: Arc<CheckedPsbt>, digest: Digest) -> Self {
        Self { checked, digest }
    }

    /// Digest of the review that was approved.
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// What this device is about to show, screen by screen.
    pub fn predicted_screens(&self, device: &dyn Device) -> Vec<DeviceScreen> {
        device.predicted_screens(&self.checked)
    }

    /// Has a device sign. Blocks until the person at the device has answered.
    ///
    /// # Errors
    /// [`DeviceError`] if the device refuses, is unplugged, holds another seed or answers nonsense.
    pub fn sign(&self, device: &mut dyn Device, prompter: &mut dyn Prompter) -> Result<Returned, DeviceError> {
        let identity = device.identify()?;
        let signatures = device.sign_bitcoin(&self.checked, prompter)?;
        Ok(Returned { identity, signatures, digest: self.digest })
    }
}

/// A verified result: the request plus signature fields, rebuilt by us, and the network transaction if it is complete.
#[derive(Clone, Debug)]
pub struct Signed {
    verified: Verified,
    device: String,
    transport: Transport,
}

impl Signed {
    /// `asked` is how the request came: the answer goes back the same way, where that is a way of animated codes.
    pub(crate) fn new(verified: Verified, device: String, asked: Transport) -> Self {
        let transport = match asked {
            Transport::Ur { .. } | Transport::Bbqr { .. } => asked,
            _ => Transport::Ur { ur_type: UrType::CryptoPsbt },
        };
        Self { verified, device, transport }
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
        checked.to_remember(&self.verified)
    }

    /// What was verified, one sentence each.
    pub fn checks(&self) -> &[String] {
        self.verified.checks()
    }

    /// Model and firmware of the device that signed.
    pub fn device(&self) -> &str {
        &self.device
    }
}
