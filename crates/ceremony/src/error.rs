//! What can go wrong, sorted by whose turn it is.

use std::fmt;

use vitrine_bitcoin::{AddressBookError, WalletError};
use vitrine_device::DeviceError;
use vitrine_review::{Digest, Severity};

use crate::Stage;
use crate::chain::{Chain, Malformed, Unusable, Unverified};

/// Why a ceremony folder is not used.
#[derive(Debug)]
pub enum FolderError {
    /// A file that must be there is not.
    Missing(&'static str),
    /// A file that no schema knows.
    UnknownFile(String),
    /// More files than a folder may have, or a file that is too large.
    TooLarge(String),
    /// A file is not UTF-8 text, not TOML, or not of the schema; the reason names line and key.
    Schema {
        /// The file.
        file: String,
        /// What is wrong, with line and key.
        reason: String,
    },
    /// The schema version is not one that this program knows.
    Version {
        /// The file.
        file: String,
        /// The version found.
        found: u32,
    },
    /// A title, name or label has characters that could mislead, is empty or too long.
    Name {
        /// The file.
        file: String,
        /// The name, escaped.
        name: String,
    },
    /// The chain or network is not known.
    Network(String),
    /// A wallet's descriptor is refused.
    Wallet {
        /// The file.
        file: String,
        /// Why.
        error: WalletError,
    },
    /// Two wallets have the same name.
    DuplicateWallet(String),
    /// An exception for a finding that no exception lifts.
    Exception {
        /// The code that it names.
        code: String,
        /// How much that finding weighs; none if there is no such finding.
        severity: Option<Severity>,
        /// The chain of the folder.
        chain: Chain,
    },
    /// The address book is refused.
    AddressBook(AddressBookError),
}

impl fmt::Display for FolderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(file) => write!(f, "the ceremony folder has no {file}"),
            Self::UnknownFile(file) => write!(f, "the ceremony folder has a file that nobody knows: {file}. Remove it"),
            Self::TooLarge(what) => write!(f, "the ceremony folder is too large: {what}"),
            Self::Schema { file, reason } => write!(f, "{file} of the ceremony folder: {reason}"),
            Self::Version { file, found } => {
                write!(f, "{file} of the ceremony folder has version {found}, this program knows version 1")
            }
            Self::Name { file, name } => write!(
                f,
                "{file} of the ceremony folder: “{name}” is not a name. Use 1 to 80 printable ASCII characters"
            ),
            Self::Network(found) => write!(
                f,
                "“{found}” is not a network. Known for chain bitcoin: mainnet, testnet, testnet4, signet, regtest. The \
                 other chain is ethereum"
            ),
            Self::Wallet { file, error } => write!(f, "{file} of the ceremony folder: {error}"),
            Self::DuplicateWallet(name) => write!(f, "two wallets of the ceremony folder are named {name}"),
            Self::Exception { code, severity, chain } => exception(f, code, *severity, *chain),
            Self::AddressBook(error) => write!(f, "addresses.toml of the ceremony folder: {error}"),
        }
    }
}

/// Why nothing is excepted, and what could be: the codes are those of the table of findings.
fn exception(f: &mut fmt::Formatter<'_>, code: &str, severity: Option<Severity>, chain: Chain) -> fmt::Result {
    let why = match severity {
        None => "there is no such finding",
        Some(Severity::Refuse) => "that finding refuses, and nothing lifts it",
        Some(Severity::Fact | Severity::Caution) => "that finding refuses nothing, so it needs no exception",
        Some(Severity::Restricted) => "it cannot be used",
    };
    let restricted = chain.findings().iter().filter(|(_, severity, _)| *severity == Severity::Restricted);
    let codes: Vec<&str> = restricted.map(|(code, ..)| *code).collect();
    write!(f, "ceremony.toml of the ceremony folder, exception for {code}: {why}. Codes that can be excepted: ")?;
    f.write_str(&codes.join(", "))
}

impl std::error::Error for FolderError {}

/// Why a session does not go on.
#[derive(Debug)]
pub enum SessionError {
    /// The step does not follow from where the session is.
    OutOfOrder {
        /// The step asked for.
        step: &'static str,
        /// Where the session is.
        stage: Stage,
    },
    /// The payload is not something that can be signed.
    NotARequest(String),
    /// The request is malformed or of a kind that is not supported.
    Malformed(Malformed),
    /// The request cannot be checked: its numbers make no sense.
    Unusable(Unusable),
    /// The network asked for is not known, or not the folder's.
    Network(String),
    /// A finding or a rule refuses the request; each reason is one sentence.
    Refused(Vec<String>),
    /// The digest that was approved is not this review's.
    OtherDigest {
        /// Digest that was approved.
        approved: Digest,
        /// Digest of this review.
        review: Digest,
    },
    /// Something must still be done before signing; each is one gate's label.
    GatesOpen(Vec<String>),
    /// There is no finding with this number, or it cannot be acknowledged.
    NothingToAcknowledge(usize),
    /// The device did not sign.
    Device(NotSigned),
    /// The codes that were read back carry something else than what was signed.
    OtherPayload,
    /// What the device returned is not a signature over what was reviewed.
    Verification(Unverified),
    /// Asked twice for one signature, the device gave two, though its nonces are said to be deterministic.
    OtherNonce {
        /// Index of the input; none where the request has one signature in all.
        input: Option<usize>,
    },
}

impl fmt::Display for SessionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OutOfOrder { step, stage } => write!(f, "cannot {step} now: the session is {stage}"),
            Self::NotARequest(found) => write!(f, "nothing to sign: this is {found}. Show one unsigned request"),
            Self::Malformed(error) => error.fmt(f),
            Self::Unusable(error) => error.fmt(f),
            Self::Network(reason) => f.write_str(reason),
            Self::Refused(reasons) => write!(f, "refused: {}", reasons.join(" ")),
            Self::OtherDigest { approved, review } => write!(
                f,
                "the approved digest is not this review's: approved {approved}, this review has {review}. Review again"
            ),
            Self::GatesOpen(gates) => write!(f, "signing is locked: {}", gates.join("; ")),
            Self::NothingToAcknowledge(finding) => write!(f, "finding {finding} is no caution of this review"),
            Self::OtherPayload => {
                f.write_str("the codes carry something else than what was signed: they are not shown. Report this")
            }
            Self::Device(error) => error.fmt(f),
            Self::Verification(error) => {
                write!(f, "the device's answer is not used: {error}. Do not sign again before you know why")
            }
            Self::OtherNonce { input } => {
                let of_input = input.map_or(String::new(), |input| format!(" of input {input}"));
                write!(
                    f,
                    "the device's answer is not used: asked twice for the same signature{of_input}, it gave two \
                     different ones. Both are valid, but a device whose nonces are not deterministic can leak its key \
                     through them. Do not sign with it again; find out why, and move its coins with another device"
                )
            }
        }
    }
}

impl std::error::Error for SessionError {}

/// Why a device did not sign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotSigned {
    /// What went wrong.
    pub error: DeviceError,
    /// Whether it had signed when asked first, and failed when asked again.
    pub again: bool,
}

impl NotSigned {
    pub(crate) fn again(error: DeviceError) -> Self {
        Self { error, again: true }
    }
}

impl From<DeviceError> for NotSigned {
    fn from(error: DeviceError) -> Self {
        Self { error, again: false }
    }
}

impl fmt::Display for NotSigned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.again {
            return self.error.fmt(f);
        }
        let (reason, next) = (self.error.reason(), self.error.next_step());
        write!(
            f,
            "asked to sign a second time: {reason}. What it signed the first time was dropped: nothing leaves, and the \
             approval still stands. Next: {next}. The device is then asked twice again"
        )
    }
}

impl std::error::Error for NotSigned {}

/// Why a record is not whole.
#[derive(Debug, PartialEq, Eq)]
pub enum RecordError {
    /// A line is not an entry of the schema.
    Schema {
        /// Line, from 1.
        line: usize,
        /// What is wrong.
        reason: String,
    },
    /// An entry's number does not follow its predecessor's.
    Number {
        /// Number expected.
        expected: u64,
        /// Number found.
        found: u64,
    },
    /// An entry does not continue the chain, or was changed.
    Broken {
        /// The first entry whose head cannot be recomputed.
        number: u64,
    },
    /// Content that an entry names is not there, or was changed.
    Content {
        /// The entry.
        number: u64,
        /// The digest that it names.
        digest: Digest,
    },
    /// No entry at all: a session writes its first when it opens.
    Empty,
    /// An entry "Signed" does not say what was signed, so that nobody can tell whether it is signed again.
    NoMemory {
        /// The entry.
        number: u64,
        /// What is wrong.
        reason: String,
    },
    /// More entries than a record may have.
    TooLong,
}

impl fmt::Display for RecordError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Schema { line, reason } => write!(f, "line {line} of the record is not an entry: {reason}"),
            Self::Number { expected, found } => write!(f, "entry {expected} is missing: the next one is {found}"),
            Self::Broken { number } => {
                write!(f, "entry {number} was changed, or does not follow entry {}", number.saturating_sub(1))
            }
            Self::Content { number, digest } => {
                write!(f, "content {digest} of entry {number} is missing or was changed")
            }
            Self::Empty => f.write_str("the record is empty; a session writes its first entry when it opens"),
            Self::NoMemory { number, reason } => {
                write!(f, "entry {number} does not say what was signed: {}", vitrine_review::escape(reason))
            }
            Self::TooLong => write!(f, "the record has too many entries"),
        }
    }
}

impl std::error::Error for RecordError {}
