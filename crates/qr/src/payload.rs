//! What a transport carried, and which transport it was.

use std::fmt;

/// The first bytes of a PSBT (BIP-174).
pub(crate) const PSBT_MAGIC: &[u8] = b"psbt\xff";

/// UR types that are read and written (BCR-2020-006, ERC-4527, and Keystone's registry for the batches).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UrType {
    /// `crypto-psbt`, tag 310: what most wallets still show.
    CryptoPsbt,
    /// `psbt`, tag 40310: the newer name of the same.
    Psbt,
    /// `bytes`: any bytes.
    Bytes,
    /// `eth-sign-request`, tag 401 (ERC-4527).
    EthSignRequest,
    /// `eth-batch-sign-request`, tag 40404.
    EthBatchSignRequest,
    /// `eth-signature`, tag 402 (ERC-4527).
    EthSignature,
    /// `eth-batch-signature`, tag 40405.
    EthBatchSignature,
}

impl UrType {
    /// Every type, in the order in which messages list them.
    pub const ALL: [Self; 7] = [
        Self::CryptoPsbt,
        Self::Psbt,
        Self::Bytes,
        Self::EthSignRequest,
        Self::EthBatchSignRequest,
        Self::EthSignature,
        Self::EthBatchSignature,
    ];

    /// The type as the UR spells it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::CryptoPsbt => "crypto-psbt",
            Self::Psbt => "psbt",
            Self::Bytes => "bytes",
            Self::EthSignRequest => "eth-sign-request",
            Self::EthBatchSignRequest => "eth-batch-sign-request",
            Self::EthSignature => "eth-signature",
            Self::EthBatchSignature => "eth-batch-signature",
        }
    }

    /// What its bytes are, where the type says it.
    pub(crate) fn kind(self) -> Option<PayloadKind> {
        match self {
            Self::CryptoPsbt | Self::Psbt => Some(PayloadKind::Psbt),
            Self::Bytes => None,
            Self::EthSignRequest => Some(PayloadKind::EthSignRequest),
            Self::EthBatchSignRequest => Some(PayloadKind::EthBatchSignRequest),
            Self::EthSignature => Some(PayloadKind::EthSignature),
            Self::EthBatchSignature => Some(PayloadKind::EthBatchSignature),
        }
    }

    /// Finds the type of this name, already in lower case.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|ur_type| ur_type.name() == name)
    }

    /// What the type says that it holds, in words.
    pub(crate) fn says(self) -> String {
        self.kind().unwrap_or(PayloadKind::Bytes).to_string()
    }
}

/// How BBQr writes bytes as characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BbqrEncoding {
    /// `H`: two hexadecimal digits per byte.
    Hex,
    /// `2`: base32 (RFC 4648) without padding.
    Base32,
    /// `Z`: raw deflate with a window of 1 KiB, then base32. Written only where it is smaller.
    Zlib,
}

/// How a payload travelled, or shall travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// UR 2, one part or fountain parts (BCR-2020-005).
    Ur {
        /// The type in front of the message.
        ur_type: UrType,
    },
    /// BBQr parts.
    Bbqr {
        /// How bytes became characters.
        encoding: BbqrEncoding,
    },
    /// One code with base64, or a file with it.
    Base64,
    /// One code with hexadecimal digits, or a file with them.
    Hex,
    /// The bytes themselves, in one code or a file.
    Binary,
    /// One code with a text, or a file with it.
    Text,
}

impl fmt::Display for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ur { ur_type } => write!(f, "ur:{}", ur_type.name()),
            Self::Bbqr { encoding: BbqrEncoding::Hex } => f.write_str("BBQr, hex"),
            Self::Bbqr { encoding: BbqrEncoding::Base32 } => f.write_str("BBQr, base32"),
            Self::Bbqr { encoding: BbqrEncoding::Zlib } => f.write_str("BBQr, deflate"),
            Self::Base64 => f.write_str("base64"),
            Self::Hex => f.write_str("hex"),
            Self::Binary => f.write_str("binary"),
            Self::Text => f.write_str("text"),
        }
    }
}

/// What the transport says that the bytes are. Only their beginning was looked at; decoding is the chain's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PayloadKind {
    /// A PSBT (BIP-174): the bytes begin with its magic.
    Psbt,
    /// A Bitcoin transaction in network serialization.
    Transaction,
    /// Bytes of no stated meaning.
    Bytes,
    /// A request to sign (ERC-4527): its CBOR.
    EthSignRequest,
    /// Several such requests: their CBOR.
    EthBatchSignRequest,
    /// The answer to a request (ERC-4527): its CBOR.
    EthSignature,
    /// The answers to a batch: their CBOR.
    EthBatchSignature,
    /// An Ethereum transaction, unsigned or signed: one RLP list, with or without a type byte (EIP-2718).
    EthTransaction,
    /// JSON: the text of an object.
    Json,
}

impl PayloadKind {
    /// The UR type that carries it.
    #[must_use]
    pub fn ur_type(self) -> UrType {
        match self {
            Self::Psbt => UrType::CryptoPsbt,
            Self::EthSignRequest => UrType::EthSignRequest,
            Self::EthBatchSignRequest => UrType::EthBatchSignRequest,
            Self::EthSignature => UrType::EthSignature,
            Self::EthBatchSignature => UrType::EthBatchSignature,
            Self::Transaction | Self::Bytes | Self::EthTransaction | Self::Json => UrType::Bytes,
        }
    }
}

impl fmt::Display for PayloadKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Psbt => "Bitcoin PSBT",
            Self::Transaction => "Bitcoin transaction",
            Self::Bytes => "bytes",
            Self::EthSignRequest => "Ethereum signing request",
            Self::EthBatchSignRequest => "batch of Ethereum signing requests",
            Self::EthSignature => "Ethereum signature",
            Self::EthBatchSignature => "batch of Ethereum signatures",
            Self::EthTransaction => "Ethereum transaction",
            Self::Json => "JSON",
        })
    }
}

/// The bytes that were carried: complete, every checksum of the transport verified, not yet decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payload {
    /// What the bytes are said to be.
    pub kind: PayloadKind,
    /// How they came, or shall go.
    pub transport: Transport,
    /// The bytes.
    pub bytes: Vec<u8>,
}
