//! The device's side of Ethereum requests, as core firmware 2.11.1 has it on a Safe 5.
//!
//! It hashes what arrived over the link, with its own RLP and its own walk over typed data: a driver that says something
//! else than was reviewed gets a signature that does not verify.

mod call;
mod hash;
mod message;
mod one;
mod screen;
mod script;
mod signer;
mod transaction;
mod typed;

use trezor_client::protos;
use trezor_client::transport::ProtoMessage;

pub(super) use self::script::{Arrived, Pause, Question};
use self::script::{Script, reply};
use self::signer::Signer;
use super::keys::Keys;
use super::{Attention, Fault, NetworkGuard, Refusal, SimModel, SimOptions};

/// Chains whose coins are worth nothing.
const TEST_CHAINS: [u64; 5] = [1337, 17_000, 31_337, 560_048, 11_155_111];

/// What began a request.
pub(super) enum Opening {
    Address(protos::EthereumGetAddress),
    Legacy(protos::EthereumSignTx),
    Dynamic(protos::EthereumSignTxEIP1559),
    Message(protos::EthereumSignMessage),
    TypedData(protos::EthereumSignTypedData),
    TypedHash(protos::EthereumSignTypedHash),
}

/// A request under way: what began it, and all that arrived since.
pub(super) struct Request {
    opening: Opening,
    arrived: Vec<Arrived>,
    fault: Option<Fault>,
    guard: NetworkGuard,
    attention: Attention,
    model: SimModel,
    /// Mixed into the nonce, where it is not deterministic.
    nonces: Option<u32>,
}

impl Request {
    pub(super) fn begin(opening: Opening, options: &SimOptions, nonces: Option<u32>) -> Self {
        let SimOptions { fault, network_guard: guard, attention, model, .. } = *options;
        Self { opening, arrived: Vec::new(), fault, guard, attention, model, nonces }
    }

    pub(super) fn take(&mut self, arrived: Arrived) {
        self.arrived.push(arrived);
    }

    /// Runs until the person or the host has to do something, or to the answer.
    ///
    /// The dialogue is written straight down, and is run again from its start each time something arrived.
    pub(super) fn run(&self, keys: &Keys) -> Result<ProtoMessage, Pause> {
        let mut script = Script::new(&self.arrived, self.attention, self.model);
        let signer = Signer { keys, fault: self.fault, nonces: self.nonces };
        match &self.opening {
            Opening::Address(question) => message::address(question, &signer, &mut script),
            Opening::Message(opening) => message::sign(opening, &signer, &mut script),
            Opening::Legacy(opening) => {
                self.guard.chain(Some(opening.chain_id()))?;
                transaction::legacy(opening, &signer, &mut script)
            }
            Opening::Dynamic(opening) => {
                self.guard.chain(Some(opening.chain_id()))?;
                transaction::dynamic(opening, &signer, &mut script)
            }
            Opening::TypedHash(opening) => {
                // Two hashes name no chain.
                self.guard.chain(None)?;
                one::typed_hashes(opening, &signer, &mut script)
            }
            Opening::TypedData(opening) => typed::sign(opening, self.guard, &signer, &mut script),
        }
    }

    /// Turns an honest question into a hostile one.
    pub(super) fn mislead(&self, question: Question) -> Question {
        match (self.fault, question) {
            (Some(Fault::AsksBeyond), Question::Data(length)) => Question::Data(length.saturating_add(1)),
            (Some(Fault::AsksBeyond), Question::Value(mut path)) => {
                if let Some(last) = path.last_mut() {
                    *last = u32::MAX;
                }
                Question::Value(path)
            }
            (Some(Fault::AsksForeign), Question::Data(_)) => Question::Data(0),
            (Some(Fault::AsksForeign), Question::Struct(_)) => Question::Struct("Foreign".to_owned()),
            (Some(Fault::AsksPaymentRequest), _) => Question::Definitions,
            (_, question) => question,
        }
    }

    /// Turns an honest end into a hostile one.
    pub(super) fn end(&self, answer: ProtoMessage) -> Result<ProtoMessage, Refusal> {
        let is_transaction = matches!(self.opening, Opening::Legacy(_) | Opening::Dynamic(_));
        match self.fault {
            Some(Fault::AsksBeyond | Fault::AsksForever) if is_transaction => Question::Data(32).message(),
            Some(Fault::SkipsSignature) if is_transaction => reply(&protos::EthereumTxRequest::new()),
            Some(Fault::SkipsSignature) => Ok(ProtoMessage::new(answer.message_type(), Vec::new())),
            _ => Ok(answer),
        }
    }

    /// Signs before all data arrived, where that is the fault.
    pub(super) fn hurried_signature(&self, keys: &Keys, question: &Question) -> Option<Result<ProtoMessage, Refusal>> {
        let early = self.fault == Some(Fault::SignsTwice) && matches!(question, Question::Data(_));
        let signer = Signer { keys, fault: self.fault, nonces: self.nonces };
        early.then(|| transaction::signature_of_nothing(&signer))
    }
}

impl NetworkGuard {
    /// Refuses a chain of value, and a signature that would be good on every chain.
    fn chain(self, chain_id: Option<u64>) -> Result<(), Refusal> {
        match (self, chain_id) {
            (Self::AnyForTests, _) => Ok(()),
            (Self::TestNetworks, Some(chain_id)) if TEST_CHAINS.contains(&chain_id) => Ok(()),
            _ => Err(Refusal::process("A simulated device works for test networks only")),
        }
    }
}
