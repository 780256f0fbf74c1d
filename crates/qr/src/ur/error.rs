//! Why a UR is refused.

use std::fmt;

use crate::limits::{MESSAGE_BYTES, UR_FRAGMENTS};
use crate::payload::UrType;

/// Says why a UR was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UrError {
    /// A type that is not read.
    UnsupportedType {
        /// The type, escaped.
        found: String,
    },
    /// The older UR, with a digest in every part.
    VersionOne,
    /// Not of the form `ur:type/body` or `ur:type/number-count/body`.
    Form {
        /// What is wrong.
        what: &'static str,
    },
    /// The body is not bytewords, or their checksum does not hold.
    Bytewords {
        /// What is wrong.
        what: &'static str,
    },
    /// The part's CBOR is not what the standard asks for.
    Cbor {
        /// What is wrong.
        what: &'static str,
    },
    /// Number and count in front of the part are not those inside.
    Sequence {
        /// Number and count in front.
        header: (u64, u64),
        /// Number and count inside.
        inside: (u64, u64),
    },
    /// The part claims more fragments than a message may have.
    TooManyFragments {
        /// The claim.
        claimed: u64,
    },
    /// The part claims a message larger than any request.
    TooLarge {
        /// The claim, in bytes.
        claimed: u64,
    },
    /// Fragments of this length are not what a message of this length is cut into.
    FragmentLength {
        /// Bytes of this fragment.
        found: usize,
        /// Fragments claimed.
        count: u32,
        /// Bytes of the message claimed.
        message_len: usize,
    },
    /// The part contradicts what others say: one of them is damaged or forged.
    Contradiction {
        /// The part's number.
        sequence: u32,
    },
    /// All parts are there, but the message is not the one they promise; all were dropped.
    MessageChecksum {
        /// CRC-32 in the parts.
        stated: u32,
        /// CRC-32 of the message.
        found: u32,
    },
    /// The last fragment is filled up with something else than zeros; all parts were dropped.
    Padding,
    /// The message is not the byte string that its type asks for; all parts were dropped.
    Envelope {
        /// The type.
        ur_type: UrType,
        /// What is wrong.
        what: &'static str,
    },
    /// The type promises a PSBT, but the bytes do not begin like one; all parts were dropped.
    NotAPsbt {
        /// The type.
        ur_type: UrType,
    },
}

impl fmt::Display for UrError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnsupportedType { found } => {
                let known = UrType::ALL.map(UrType::name).join(", ");
                write!(f, "this QR is a UR of type {found}, which is not read; these are: {known}")
            }
            Self::VersionOne => f.write_str("this QR is a UR of version 1, which is not read: set the wallet to UR 2"),
            Self::Form { what } => write!(f, "this UR is malformed: {what}"),
            Self::Bytewords { what } => write!(f, "this UR part is damaged: {what}"),
            Self::Cbor { what } => write!(f, "this UR part is malformed: {what}"),
            Self::Sequence { header, inside } => write!(
                f,
                "this UR part calls itself {} of {} outside and {} of {} inside",
                header.0, header.1, inside.0, inside.1
            ),
            Self::TooManyFragments { claimed } => {
                write!(f, "this UR part claims {claimed} fragments; at most {UR_FRAGMENTS} are taken")
            }
            Self::TooLarge { claimed } => {
                write!(f, "this UR part claims a message of {claimed} bytes; 1 to {MESSAGE_BYTES} are taken")
            }
            Self::FragmentLength { found, count, message_len } => write!(
                f,
                "this UR part has a fragment of {found} bytes, but {count} of them do not make a message of {message_len} bytes"
            ),
            other => other.fmt_whole(f),
        }
    }
}

impl UrError {
    /// Says what is wrong with a message rather than with one part.
    fn fmt_whole(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Contradiction { sequence } => {
                write!(f, "UR part {sequence} contradicts the others: one of them is damaged or forged")
            }
            Self::MessageChecksum { stated, found } => write!(
                f,
                "the UR message is damaged: its checksum is {found:08x}, its parts promise {stated:08x}; scan it again from the start"
            ),
            Self::Padding => f.write_str("the UR message is damaged: its last fragment is not filled up with zeros"),
            Self::Envelope { ur_type, what } => {
                write!(f, "the message of this ur:{} is malformed: {what}", ur_type.name())
            }
            Self::NotAPsbt { ur_type } => {
                write!(f, "this ur:{} holds no PSBT: its bytes do not begin like one", ur_type.name())
            }
            _ => f.write_str("this UR cannot be read"),
        }
    }
}

impl std::error::Error for UrError {}
