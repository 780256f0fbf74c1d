//! The two chains behind one door: what a ceremony knows of them, and what it made of a request.

use std::fmt;
use std::sync::Arc;

use vitrine_bitcoin::{AddressBook, CheckedPsbt, FINDINGS as BITCOIN_FINDINGS, Network};
use vitrine_device::{Foretold, ScreenModel, foretold_ethereum};
use vitrine_ethereum::interface::{chain_id, chain_name};
use vitrine_ethereum::{CheckedRequests, FINDINGS as ETHEREUM_FINDINGS, RequestForm};
use vitrine_qr::{Payload, PayloadKind};
use vitrine_review::{Context, FindingTable, Review, escape};

use crate::approval::{ApprovalPolicy, EthereumRules};
use crate::error::SessionError;
use crate::memory::Memory;

/// A chain that ceremonies are held for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chain {
    /// Bitcoin: PSBTs.
    Bitcoin,
    /// Ethereum and chains like it: transactions, typed data, Safe bundles, messages.
    Ethereum,
}

impl Chain {
    /// The chain that a payload of this kind is a request for; none for what is no request.
    pub fn of_request(kind: PayloadKind) -> Option<Self> {
        match kind {
            PayloadKind::Psbt => Some(Self::Bitcoin),
            PayloadKind::EthSignRequest
            | PayloadKind::EthBatchSignRequest
            | PayloadKind::EthTransaction
            | PayloadKind::Json => Some(Self::Ethereum),
            PayloadKind::Transaction
            | PayloadKind::Bytes
            | PayloadKind::EthSignature
            | PayloadKind::EthBatchSignature => None,
        }
    }

    /// Its name, as shown.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bitcoin => "Bitcoin",
            Self::Ethereum => "Ethereum",
        }
    }

    /// Every finding that a review of this chain can have.
    pub(crate) const fn findings(self) -> FindingTable {
        match self {
            Self::Bitcoin => BITCOIN_FINDINGS,
            Self::Ethereum => ETHEREUM_FINDINGS,
        }
    }
}

/// What a ceremony knows: of one chain with a folder, of both without.
#[derive(Clone, Debug)]
pub(crate) enum Known {
    /// A Bitcoin folder.
    Bitcoin(Box<vitrine_bitcoin::Surroundings>),
    /// An Ethereum folder.
    Ethereum(Box<vitrine_ethereum::Surroundings>),
    /// No folder: the network asked for, by the chains that have one of that name.
    Nothing { bitcoin: Option<Network>, chain_id: Option<u64> },
}

impl Known {
    /// Without a folder; mainnet of either chain if no network is asked for.
    pub(crate) fn nothing(network: Option<&str>) -> Result<Self, SessionError> {
        let asked = network.unwrap_or("mainnet");
        let (bitcoin, chain_id) = (asked.parse().ok(), ethereum_network(asked));
        if bitcoin.is_none() && chain_id.is_none() {
            return Err(SessionError::Network(format!(
                "“{}” is not a network. Known: mainnet, testnet, testnet4, signet, regtest; for Ethereum mainnet, \
                 sepolia and the other names of chains, or a chain's number",
                escape(asked)
            )));
        }
        Ok(Self::Nothing { bitcoin, chain_id })
    }

    /// Whether the network asked for is this one.
    pub(crate) fn is_network(&self, asked: &str) -> bool {
        match self {
            Self::Bitcoin(known) => asked.parse() == Ok(known.network),
            Self::Ethereum(known) => ethereum_network(asked) == Some(known.chain_id()),
            Self::Nothing { .. } => true,
        }
    }

    /// The chain of the folder; Bitcoin without one, until a request arrives.
    pub(crate) fn chain(&self) -> Chain {
        match self {
            Self::Ethereum(_) | Self::Nothing { bitcoin: None, .. } => Chain::Ethereum,
            Self::Bitcoin(_) | Self::Nothing { .. } => Chain::Bitcoin,
        }
    }

    /// The network as shown.
    pub(crate) fn network(&self) -> String {
        match self {
            Self::Bitcoin(known) => known.network.to_string(),
            Self::Nothing { bitcoin: Some(network), .. } => network.to_string(),
            Self::Ethereum(known) => network_name(known.chain_id()),
            Self::Nothing { bitcoin: None, chain_id } => chain_id.map(network_name).unwrap_or_default(),
        }
    }

    /// Decodes and checks a request of the chain that it is for.
    pub(crate) fn check(&self, payload: &Payload, memory: &Memory) -> Result<Checked, SessionError> {
        match Chain::of_request(payload.kind) {
            Some(Chain::Bitcoin) => self.check_psbt(&payload.bytes, memory),
            Some(Chain::Ethereum) => self.check_ethereum(payload, memory),
            None => Err(SessionError::NotARequest(payload.kind.to_string())),
        }
    }

    fn check_psbt(&self, bytes: &[u8], memory: &Memory) -> Result<Checked, SessionError> {
        let nobody;
        let surroundings = match self {
            Self::Bitcoin(known) => known.as_ref(),
            Self::Nothing { bitcoin: Some(network), .. } => {
                let book = AddressBook::new(Vec::new(), *network);
                let address_book = book.map_err(|error| SessionError::Network(error.to_string()))?;
                nobody = vitrine_bitcoin::Surroundings { network: *network, wallets: Vec::new(), address_book };
                &nobody
            }
            _ => return Err(self.other_chain(Chain::Bitcoin)),
        };
        let request = vitrine_bitcoin::decode(bytes).map_err(|e| SessionError::Malformed(Malformed::Bitcoin(e)))?;
        let checked = request.check(surroundings).map_err(|e| SessionError::Unusable(Unusable::Bitcoin(e)))?;
        Ok(Checked::Bitcoin(Arc::new(checked.with_memory(memory.bitcoin()))))
    }

    fn check_ethereum(&self, payload: &Payload, memory: &Memory) -> Result<Checked, SessionError> {
        let nobody;
        let surroundings = match self {
            Self::Ethereum(known) => known.as_ref(),
            Self::Nothing { chain_id: Some(chain_id), .. } => {
                nobody = vitrine_ethereum::Surroundings::without_folder(*chain_id);
                &nobody
            }
            _ => return Err(self.other_chain(Chain::Ethereum)),
        };
        let checked = check_ethereum(payload, surroundings)?;
        Ok(Checked::Ethereum(Arc::new(checked.with_memory(memory.ethereum()))))
    }

    fn other_chain(&self, asked: Chain) -> SessionError {
        SessionError::Network(format!(
            "this is a request for {}, and the network is {} of {}. Use the ceremony folder that was made for it",
            asked.name(),
            self.network(),
            self.chain().name()
        ))
    }
}

/// Decodes and checks an Ethereum request, or all of a batch, in whatever form it came.
pub(crate) fn check_ethereum(
    payload: &Payload,
    surroundings: &vitrine_ethereum::Surroundings,
) -> Result<CheckedRequests, SessionError> {
    let malformed = |error| SessionError::Malformed(Malformed::Ethereum(error));
    let unusable = |error| SessionError::Unusable(Unusable::Ethereum(error));
    let form = match payload.kind {
        PayloadKind::EthSignRequest => RequestForm::EthSignRequest,
        PayloadKind::EthTransaction => RequestForm::Transaction,
        PayloadKind::Json => RequestForm::Json,
        PayloadKind::EthBatchSignRequest => {
            let batch = vitrine_ethereum::decode_batch(&payload.bytes).map_err(malformed)?;
            return batch.check(surroundings).map_err(unusable);
        }
        other => return Err(SessionError::NotARequest(other.to_string())),
    };
    let request = vitrine_ethereum::decode(&payload.bytes, form).map_err(malformed)?;
    request.check(surroundings).map(CheckedRequests::from).map_err(unusable)
}

/// A chain's number, from its number or its name.
fn ethereum_network(asked: &str) -> Option<u64> {
    asked.parse().ok().filter(|id| *id != 0).or_else(|| chain_id(asked))
}

/// A chain's name, or its number where nobody named it.
fn network_name(chain_id: u64) -> String {
    chain_name(chain_id).map_or_else(|| format!("chain {chain_id}"), str::to_owned)
}

/// A request of either chain, checked. Orders to sign share it.
#[derive(Clone, Debug)]
pub(crate) enum Checked {
    /// A PSBT.
    Bitcoin(Arc<CheckedPsbt>),
    /// An Ethereum request, or all of a batch.
    Ethereum(Arc<CheckedRequests>),
}

impl Checked {
    /// The bytes as received.
    pub(crate) fn bytes(&self) -> &[u8] {
        match self {
            Self::Bitcoin(checked) => checked.bytes(),
            Self::Ethereum(checked) => checked.bytes(),
        }
    }

    /// The review.
    pub(crate) fn review(&self, context: &Context) -> Review {
        match self {
            Self::Bitcoin(checked) => checked.review(context),
            Self::Ethereum(checked) => checked.review(context),
        }
    }

    /// What a device is going to show.
    pub(crate) fn foretold(&self, model: ScreenModel) -> Option<Foretold> {
        match self {
            Self::Bitcoin(_) => None,
            Self::Ethereum(checked) => Some(foretold(model, checked)),
        }
    }

    /// The rules where no folder has any.
    pub(crate) fn without_folder(&self) -> ApprovalPolicy {
        let ethereum = matches!(self, Self::Ethereum(_)).then(EthereumRules::default);
        ApprovalPolicy { ethereum, ..ApprovalPolicy::default() }
    }

    /// What it is, for the record.
    pub(crate) const fn kind(&self) -> &'static str {
        match self {
            Self::Bitcoin(_) => "PSBT",
            Self::Ethereum(_) => "Ethereum request",
        }
    }
}

/// What a device is going to show for each of the requests, in order.
fn foretold(model: ScreenModel, checked: &CheckedRequests) -> Foretold {
    let mut whole = Foretold { screens: Vec::new(), not_shown: Vec::new() };
    for (n, request) in (1_usize..).zip(checked.requests()) {
        let mut one = foretold_ethereum(model, request);
        if checked.is_batch() {
            one.screens.iter_mut().for_each(|screen| screen.step = format!("Request {n}, {}", screen.step));
            one.not_shown.iter_mut().for_each(|what| *what = format!("of request {n}, {what}"));
        }
        whole.screens.append(&mut one.screens);
        whole.not_shown.append(&mut one.not_shown);
    }
    whole
}

/// Why a request is malformed, or of a kind that is not supported.
#[derive(Debug)]
pub enum Malformed {
    /// No PSBT that can be read.
    Bitcoin(vitrine_bitcoin::DecodeError),
    /// No Ethereum request that can be read.
    Ethereum(vitrine_ethereum::DecodeError),
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bitcoin(error) => error.fmt(f),
            Self::Ethereum(error) => error.fmt(f),
        }
    }
}

/// Why a request cannot be checked.
#[derive(Debug)]
pub enum Unusable {
    /// The PSBT's numbers make no sense.
    Bitcoin(vitrine_bitcoin::CheckError),
    /// The calls are too deep or too many.
    Ethereum(vitrine_ethereum::CheckError),
}

impl fmt::Display for Unusable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bitcoin(error) => error.fmt(f),
            Self::Ethereum(error) => error.fmt(f),
        }
    }
}

/// Why what a device returned is not a signature over what was reviewed.
#[derive(Debug)]
pub enum Unverified {
    /// The signatures of a PSBT.
    Bitcoin(vitrine_bitcoin::VerifyError),
    /// The signature of an Ethereum request.
    Ethereum(vitrine_ethereum::VerifyError),
    /// Signatures for a request of the other chain.
    OtherChain,
}

impl fmt::Display for Unverified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bitcoin(error) => error.fmt(f),
            Self::Ethereum(error) => error.fmt(f),
            Self::OtherChain => f.write_str("the signatures are for a request of the other chain"),
        }
    }
}
