//! What can go wrong with a device, in words, with the next step.

use core::fmt;

use crate::ledger::LedgerApp;

/// A failed exchange with a device.
///
/// `at` is the name of the message to which the device was answering, for example `SignTx`. Text that came from a
/// device is escaped and cut to [`crate::limits::TEXT_CHARS`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeviceError {
    /// USB could not be started on this machine.
    UsbUnavailable {
        /// The operating system's words.
        reason: String,
    },
    /// The device is there, and this user may not open it.
    PermissionDenied {
        /// The device's identifier.
        device: String,
    },
    /// No device of that identifier is plugged in.
    NotFound {
        /// The identifier asked for.
        id: String,
    },
    /// The device went away, or its cable did.
    Unplugged {
        /// The message under way.
        at: &'static str,
    },
    /// The device did not answer in time.
    Timeout {
        /// The message under way.
        at: &'static str,
        /// The limit, in seconds.
        limit_s: u64,
    },
    /// The device answered each question, but all of them took longer than an order may take.
    OrderTimeout {
        /// The message under way.
        at: &'static str,
        /// The limit, in seconds.
        limit_s: u64,
    },
    /// The person refused on the device.
    RefusedOnDevice {
        /// The message under way.
        at: &'static str,
    },
    /// The person cancelled at this machine.
    CancelledHere {
        /// The message under way.
        at: &'static str,
    },
    /// The device is locked and asked for a PIN that it did not get.
    Locked {
        /// The message under way.
        at: &'static str,
    },
    /// The PIN was wrong.
    WrongPin,
    /// The device is occupied with something else that it shows.
    Busy {
        /// The message under way.
        at: &'static str,
    },
    /// The device has no seed.
    NoSeed,
    /// The device shows its bootloader.
    Bootloader,
    /// The device speaks only THP, the protocol of newer models.
    NeedsThp,
    /// The device takes nothing of typed data but its hashes, and the ceremony does not allow that.
    HashesAlone,
    /// The wallet has to be registered with this device before.
    NotRegistered {
        /// Name of the wallet, escaped.
        wallet: String,
        /// Master fingerprint of the device.
        fingerprint: String,
    },
    /// The device's seed or passphrase is not the wallet's.
    WrongSeed {
        /// The derivation path that was compared.
        path: String,
        /// The public key of the wallet, hex; of a multisig its cosigners; for Ethereum the registered address.
        expected: String,
        /// The public key of the device, hex; for Ethereum its address.
        found: String,
    },
    /// The device answered with a failure of its own.
    Failure {
        /// The message under way.
        at: &'static str,
        /// The device's failure code.
        code: i32,
        /// The device's words, escaped.
        text: String,
    },
    /// The device sent a message that does not belong here.
    UnexpectedMessage {
        /// The message under way.
        at: &'static str,
        /// What arrived.
        received: String,
    },
    /// The device sent a message that cannot be read.
    Malformed {
        /// The message under way.
        at: &'static str,
        /// What is wrong.
        what: &'static str,
    },
    /// The device sent more than any honest answer needs.
    TooLarge {
        /// The message under way.
        at: &'static str,
        /// Size of the answer in bytes.
        bytes: usize,
        /// Largest accepted size in bytes.
        limit: usize,
    },
    /// The device asks without end.
    TooManyMessages {
        /// The message under way.
        at: &'static str,
        /// Most messages accepted.
        limit: usize,
    },
    /// The device asked for a part that the transaction does not have.
    NoSuchPart {
        /// Which list, for example `input`.
        part: &'static str,
        /// The index asked for.
        index: usize,
        /// How many there are.
        count: usize,
    },
    /// The device asked for a transaction that this one does not spend from.
    ForeignTransaction {
        /// The identifier asked for, hex.
        txid: String,
    },
    /// The device signed an input twice, or one that is not this wallet's.
    UnaskedSignature {
        /// The input's index.
        input: usize,
    },
    /// The device said it is done and did not sign an input.
    MissingSignature {
        /// The input's index.
        input: usize,
    },
    /// The device has given its MuSig2 nonces, and somebody else has not.
    NoncesMissing {
        /// The input's index.
        input: usize,
    },
    /// The device has no secret halves of the MuSig2 nonces that the request carries for it.
    NoncesForgotten,
    /// The request carries the device's part of the signature already.
    PartSigned {
        /// The input's index.
        input: usize,
    },
    /// A signature has a shape that no signature has.
    MalformedSignature {
        /// The input's index.
        input: usize,
        /// Its length in bytes.
        bytes: usize,
    },
    /// Another app is open on the device, or none.
    WrongApp {
        /// The message under way.
        at: &'static str,
        /// The app that is open, as it calls itself, escaped; empty where the device does not say.
        open: String,
        /// The app that is needed.
        needed: LedgerApp,
    },
    /// The device may not sign what it cannot explain, by a setting of its app.
    BlindSigningOff,
    /// The device did not let this machine have a part in a nonce of ECDSA, as its protocol promises.
    NonceNotShared {
        /// The message under way.
        at: &'static str,
    },
    /// This machine has no randomness to give.
    NoRandomness,
    /// This driver does not do that with this device.
    Unsupported {
        /// What was asked.
        what: String,
    },
}

impl DeviceError {
    /// Says whether a person refused, on the device or here: nothing is broken then.
    pub const fn is_refusal(&self) -> bool {
        matches!(self, Self::RefusedOnDevice { .. } | Self::CancelledHere { .. })
    }

    /// Says whether the device broke its own protocol: then it, or the cable, must not be trusted.
    pub const fn is_breach(&self) -> bool {
        matches!(
            self,
            Self::UnexpectedMessage { .. }
                | Self::Malformed { .. }
                | Self::TooLarge { .. }
                | Self::TooManyMessages { .. }
                | Self::NoSuchPart { .. }
                | Self::ForeignTransaction { .. }
                | Self::UnaskedSignature { .. }
                | Self::MissingSignature { .. }
                | Self::MalformedSignature { .. }
                | Self::NonceNotShared { .. }
        )
    }

    /// Says whether the exchange ended with nothing wrong about the device. What it had signed until then, of a batch or
    /// of several inputs, is dropped: that it signed nothing cannot be said.
    const fn ended_early(&self) -> bool {
        matches!(
            self,
            Self::Unplugged { .. }
                | Self::Timeout { .. }
                | Self::OrderTimeout { .. }
                | Self::RefusedOnDevice { .. }
                | Self::CancelledHere { .. }
                | Self::Busy { .. }
                | Self::Failure { .. }
                | Self::WrongApp { .. }
                | Self::BlindSigningOff
                | Self::NoncesMissing { .. }
                | Self::NoncesForgotten
                | Self::PartSigned { .. }
        )
    }

    /// States what went wrong, without the next step.
    pub fn reason(&self) -> String {
        struct What<'a>(&'a DeviceError);
        impl fmt::Display for What<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.what(f)
            }
        }
        What(self).to_string()
    }

    /// States the next step for the person at the machine.
    pub const fn next_step(&self) -> &'static str {
        match self {
            Self::UsbUnavailable { .. } => "check that this machine has USB and that /dev/bus/usb can be read",
            Self::PermissionDenied { .. } => "install the vendor's udev rules, then plug the device in again",
            Self::NotFound { .. } => "plug the device in, unlock it and list the devices again",
            Self::Unplugged { .. } => "check the cable, plug the device in and start again",
            Self::Timeout { .. } | Self::OrderTimeout { .. } => "wake the device or plug it in again, then start again",
            Self::RefusedOnDevice { .. } => "if the device showed something else, keep it for inspection",
            Self::CancelledHere { .. } => "look at the device until it shows its home screen",
            Self::Locked { .. } => "unlock the device with its PIN and start again",
            Self::WrongPin => "check the PIN; after several wrong ones the device erases itself",
            Self::Busy { .. } => "finish or leave what the device shows, and start again",
            Self::NoSeed => "this device was never set up, or was erased: take the wallet's own device",
            Self::Bootloader => "unplug the device and plug it in without pressing a button",
            Self::NeedsThp => "take another model: this driver speaks the older protocol only",
            Self::HashesAlone => {
                "sign with a model that takes the fields; or, if whoever holds this one will compare both hashes with \
                 the review's, have typed_data = \"hashes\" put under [approval] before the ceremony"
            }
            Self::NotRegistered { .. } => {
                "register it before the ceremony with vitrine wallet register, and put what it prints into the \
                 wallet's file"
            }
            Self::WrongSeed { .. } => "take the wallet's own device, or enter the wallet's passphrase",
            Self::Failure { .. } => "read the device's words and start again",
            Self::WrongApp { needed: LedgerApp::Ethereum, .. } => "open the app Ethereum on the device and start again",
            Self::WrongApp { needed: LedgerApp::Bitcoin, .. } => "open the app Bitcoin on the device and start again",
            Self::WrongApp { needed: LedgerApp::BitcoinTest, .. } => {
                "open the app Bitcoin Test on the device and start again"
            }
            Self::BlindSigningOff => {
                "on the device, in the app Ethereum, choose App settings, Blind signing, Enabled, and start again; \
                 switch it off afterwards"
            }
            Self::NoncesMissing { .. } => {
                "pass the request with its nonces on, and come back with it when all participants have added theirs"
            }
            Self::NoncesForgotten => {
                "it keeps them for one signing of one transaction, for a few transactions only, and makes new ones \
                 whenever it is asked again: begin anew with the request without nonces, together with all participants"
            }
            Self::PartSigned { .. } => "pass the request on to the participants who have not signed",
            Self::NoRandomness => "start this machine again; if it stays so, take another one",
            Self::NonceNotShared { .. } => {
                "the device may be trying to leak its key through its signatures: do not use it again"
            }
            Self::Unsupported { .. } => "sign it with a device or a program that can",
            _ => "nothing was accepted; do not use this device again before it was inspected",
        }
    }

    fn what(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UsbUnavailable { reason } => write!(f, "USB cannot be used: {reason}"),
            Self::PermissionDenied { device } => write!(f, "no permission to open device {device}"),
            Self::NotFound { id } => write!(f, "no device {id} is plugged in"),
            Self::Unplugged { at } => write!(f, "the device was unplugged at {at}"),
            Self::Timeout { at, limit_s } => write!(f, "the device did not answer {at} within {limit_s} s"),
            Self::OrderTimeout { at, limit_s } => {
                write!(f, "the device took longer than {limit_s} s for everything it was asked, and was left at {at}")
            }
            Self::RefusedOnDevice { at } => write!(f, "refused on the device at {at}"),
            Self::CancelledHere { at } => write!(f, "cancelled at this machine at {at}"),
            Self::Locked { at } => write!(f, "the device is locked at {at}"),
            Self::WrongPin => f.write_str("the device says that the PIN is wrong"),
            Self::Busy { at } => write!(f, "the device is busy with something else at {at}"),
            Self::NoSeed => f.write_str("the device has no seed"),
            Self::Bootloader => f.write_str("the device is in its bootloader"),
            Self::NeedsThp => f.write_str("the device speaks THP only"),
            Self::WrongSeed { path, expected, found } => {
                write!(f, "wrong seed or passphrase: at {path} the wallet has {expected}, the device {found}")
            }
            Self::HashesAlone => f.write_str(
                "this model takes no more of typed data than two hashes, cannot show what they stand for, and the \
                 ceremony folder does not allow that",
            ),
            Self::NotRegistered { wallet, fingerprint } => {
                write!(f, "wallet {wallet} is not registered with the device of fingerprint {fingerprint}")
            }
            Self::Failure { at, code, text } => write!(f, "the device failed at {at}, code {code}: {text}"),
            Self::WrongApp { at, open, .. } if open.is_empty() => {
                write!(f, "the device does not know how to answer at {at}")
            }
            Self::WrongApp { at, open, .. } => write!(f, "at {at} the device has “{open}” open"),
            Self::BlindSigningOff => f.write_str("the device cannot explain this request and may not sign it blindly"),
            Self::NoncesMissing { input } => {
                write!(f, "input {input} lacks MuSig2 nonces of other participants; this device has given its own")
            }
            Self::NoncesForgotten => {
                f.write_str("the device has no secret halves of the MuSig2 nonces that the request carries for it")
            }
            Self::PartSigned { input } => write!(f, "the device has signed its part of input {input} already"),
            Self::NoRandomness => f.write_str("this machine has no randomness to give to the device"),
            Self::Unsupported { what } => write!(f, "not supported with this device: {what}"),
            other => other.breach(f),
        }
    }

    fn breach(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnexpectedMessage { at, received } => write!(f, "unexpected answer to {at}: {received}"),
            Self::Malformed { at, what } => write!(f, "malformed answer to {at}: {what}"),
            Self::TooLarge { at, bytes, limit } => write!(f, "answer to {at} has {bytes} bytes, more than {limit}"),
            Self::TooManyMessages { at, limit } => write!(f, "more than {limit} messages from the device at {at}"),
            Self::NoSuchPart { part, index, count } => write!(f, "the device asked for {part} {index} of {count}"),
            Self::ForeignTransaction { txid } => write!(f, "the device asked for foreign transaction {txid}"),
            Self::UnaskedSignature { input } => write!(f, "the device returned an unasked signature for input {input}"),
            Self::MissingSignature { input } => write!(f, "the device returned no signature for input {input}"),
            Self::MalformedSignature { input, bytes } => {
                write!(f, "the signature for input {input} is malformed ({bytes} bytes)")
            }
            Self::NonceNotShared { at } => {
                write!(f, "at {at} the device signed without this machine's part in the nonce")
            }
            _ => Ok(()),
        }
    }
}

impl fmt::Display for DeviceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.what(f)?;
        let dropped = if self.ended_early() { "no signature was kept; " } else { "" };
        write!(f, "; {dropped}{}", self.next_step())
    }
}

impl std::error::Error for DeviceError {}

/// Escapes and cuts text that came from a device.
pub(crate) fn device_text(text: &str) -> String {
    let cut: String = text.chars().take(crate::limits::TEXT_CHARS).collect();
    vitrine_review::escape(&cut)
}
