//! The simulated Trezor: messages in, messages out, as a core model behaves.

use std::collections::VecDeque;
use std::io;

use protobuf::{EnumOrUnknown, Message, MessageField};
use trezor_client::TrezorMessage;
use trezor_client::protos::{self, MessageType, TxRequest};
use trezor_client::transport::error::Error as LinkError;
use trezor_client::transport::{ProtoMessage, Transport};

use super::access::{Access, Lacking};
use super::ethereum::{Arrived, Opening, Pause, Request};
use super::keys::{Coin, Keys};
use super::signing::Signing;
use super::unlocking::is_housekeeping;
use super::{
    Attention, Button, Fault, OTHER_SEED, Refusal, ScreenLog, SimModel, SimOptions, TEST_SEED, TestSeed, address,
};
use crate::limits;

/// A Trezor of the message level: what `trezor-client` would find at the other end of the cable.
///
/// It follows core firmware 2.11.1 on a Safe 5, or legacy 1.14.1 on a One: the same questions in the same order, the
/// same consent, signatures by RFC 6979. It checks previous transactions, amounts and change as they do.
pub struct SimulatedTrezor {
    pub(super) options: SimOptions,
    pub(super) keys: Keys,
    pub(super) access: Access,
    pub(super) screen: ScreenLog,
    pub(super) state: State,
    replies: VecDeque<ProtoMessage>,
    /// Transactions begun so far.
    signings: u32,
    /// Replies read by the host so far.
    read: usize,
    /// The cable is out.
    gone: bool,
}

/// What the device waits for.
pub(super) enum State {
    Idle,
    /// Somebody has to say what is lacking before this message can be answered.
    Locked(ProtoMessage, Lacking),
    /// The person looks at what the host gave as passphrase, or enters it: then this message is answered.
    Passphrase(ProtoMessage, String, Vec<&'static str>),
    /// The person looks at an address, or at what is said before it.
    Address(String, VecDeque<Button>),
    /// The host has to answer a question about the transaction.
    Signing(Box<Signing>),
    /// The person looks at a question about it.
    Asking(Box<Signing>, Button),
    /// The host has to answer a question about an Ethereum request.
    Ethereum(Box<Request>),
    /// The person looks at a question about it.
    AskingEthereum(Box<Request>, Button),
}

impl SimulatedTrezor {
    /// A device with the public test seed.
    pub fn new(options: SimOptions) -> Self {
        Self {
            keys: Keys::of(seed_of(&options), ""),
            access: Access::new(&options),
            options,
            screen: ScreenLog::default(),
            state: State::Idle,
            replies: VecDeque::new(),
            signings: 0,
            read: 0,
            gone: false,
        }
    }

    /// Returns a view of what the screen has shown, which stays valid when the device is driven.
    pub fn screen(&self) -> ScreenLog {
        self.screen.clone()
    }

    pub(super) fn receive(&mut self, message: &ProtoMessage) -> Result<(), Refusal> {
        let state = core::mem::replace(&mut self.state, State::Idle);
        if matches!(state, State::Idle)
            && self.options.fault != Some(Fault::Locked)
            && let Some(lacking) = self.access.lacking(message.message_type())
        {
            let pending = ProtoMessage::new(message.message_type(), message.payload().to_vec());
            return self.lacks(pending, lacking);
        }
        match (message.message_type(), state) {
            (MessageType::MessageType_Initialize, _) => self.initialize(&read(message)?),
            (MessageType::MessageType_GetFeatures, State::Idle) => self.features(None),
            (MessageType::MessageType_Cancel, State::Locked(_, Lacking::PinMatrix | Lacking::Pin)) => {
                Err(Refusal { code: 6, text: "PIN entry cancelled" })
            }
            (MessageType::MessageType_Cancel, _) => Err(Refusal { code: 4, text: "Cancelled" }),
            (_, State::Idle) if self.options.fault == Some(Fault::Locked) => {
                Err(Refusal { code: 5, text: "PIN expected" })
            }
            (kind, State::Idle) if is_housekeeping(kind) => self.keep_house(message),
            (kind, State::Locked(pending, lacking)) => self.told(kind, message, pending, lacking),
            (MessageType::MessageType_ButtonAck, State::Passphrase(pending, passphrase, screens)) => {
                self.opens(pending, passphrase, screens)
            }
            (MessageType::MessageType_GetPublicKey, State::Idle) => self.public_key(&read(message)?),
            (MessageType::MessageType_GetAddress, State::Idle) => self.address(&read(message)?),
            (MessageType::MessageType_SignTx, State::Idle) => self.sign(&read(message)?),
            (kind, State::Idle) if is_ethereum(kind, self.options.model) => self.ethereum(message),
            (_, State::Ethereum(request)) => self.ethereum_answer(request, message),
            (MessageType::MessageType_ButtonAck, State::AskingEthereum(request, button)) => {
                self.ethereum_consent(request, &button)
            }
            (MessageType::MessageType_TxAck, State::Signing(signing)) => self.answer(signing, &read(message)?),
            (MessageType::MessageType_ButtonAck, State::Asking(signing, button)) => self.consent(signing, button),
            (MessageType::MessageType_ButtonAck, State::Address(address, left)) => self.show_address(address, left),
            _ => Err(Refusal { code: 1, text: "Unexpected message" }),
        }
    }

    fn public_key(&mut self, question: &protos::GetPublicKey) -> Result<(), Refusal> {
        let coin = match question.address_n.as_slice() {
            // How hosts find the master key's fingerprint; no coin is at that path.
            [HARDENED] => Coin::Testnet,
            _ => Coin::named(question.coin_name(), self.options.network_guard)?,
        };
        let xpub = self.keys.xpub(&question.address_n, coin)?;
        let node = protos::HDNodeType {
            depth: Some(u32::from(xpub.depth)),
            fingerprint: Some(u32::from_be_bytes(xpub.parent_fingerprint.to_bytes())),
            child_num: Some(u32::from(xpub.child_number)),
            chain_code: Some(xpub.chain_code.to_bytes().to_vec()),
            public_key: Some(xpub.public_key.serialize().to_vec()),
            ..Default::default()
        };
        self.reply(&protos::PublicKey {
            node: MessageField::some(node),
            xpub: Some(xpub.to_string()),
            root_fingerprint: Some(self.keys.fingerprint()),
            ..Default::default()
        })
    }

    fn address(&mut self, question: &protos::GetAddress) -> Result<(), Refusal> {
        let (address, buttons) = address::address(question, &self.keys, &self.options)?;
        self.show_address(address, buttons.into())
    }

    /// Asks the person what is left to ask, then says the address.
    fn show_address(&mut self, address: String, mut left: VecDeque<Button>) -> Result<(), Refusal> {
        let Some(button) = left.pop_front() else {
            return self.reply(&protos::Address { address: Some(address), ..Default::default() });
        };
        self.press(&button)?;
        self.state = State::Address(address, left);
        self.ask(&button)
    }

    fn sign(&mut self, opening: &protos::SignTx) -> Result<(), Refusal> {
        self.signings = self.signings.saturating_add(1);
        let nonces = if self.options.fault == Some(Fault::OtherNonce) { Some(self.signings) } else { None };
        let signing = Signing::begin(opening, &self.options)?.with_nonces(nonces);
        self.go_on(Box::new(signing))
    }

    fn answer(&mut self, mut signing: Box<Signing>, ack: &protos::TxAck) -> Result<(), Refusal> {
        if self.options.fault != Some(Fault::AsksForever) {
            let part = ack.tx.as_ref().ok_or(Refusal::data("Expected a part of the transaction"))?;
            signing.take(part, &self.keys)?;
        }
        self.go_on(signing)
    }

    /// Asks the person what is due, else the host.
    fn go_on(&mut self, mut signing: Box<Signing>) -> Result<(), Refusal> {
        if let Some(button) = signing.button() {
            let asked = self.ask(&button);
            self.state = State::Asking(signing, button);
            return asked;
        }
        let mut question = self.mislead(signing.question());
        if signing.is_finished() && self.options.model == SimModel::One {
            question.details = MessageField::none();
        }
        if !signing.is_finished() {
            self.state = State::Signing(signing);
        }
        self.reply(&question)
    }

    fn consent(&mut self, signing: Box<Signing>, button: Button) -> Result<(), Refusal> {
        self.press(&button)?;
        self.go_on(signing)
    }

    fn ethereum(&mut self, message: &ProtoMessage) -> Result<(), Refusal> {
        let opening = match message.message_type() {
            MessageType::MessageType_EthereumGetAddress => Opening::Address(read(message)?),
            MessageType::MessageType_EthereumSignTx => Opening::Legacy(read(message)?),
            MessageType::MessageType_EthereumSignTxEIP1559 => Opening::Dynamic(read(message)?),
            MessageType::MessageType_EthereumSignMessage => Opening::Message(read(message)?),
            MessageType::MessageType_EthereumSignTypedHash => Opening::TypedHash(read(message)?),
            _ => Opening::TypedData(read(message)?),
        };
        self.signings = self.signings.saturating_add(1);
        let nonces = (self.options.fault == Some(Fault::OtherNonce)).then_some(self.signings);
        self.ethereum_go_on(Box::new(Request::begin(opening, &self.options, nonces)))
    }

    fn ethereum_answer(&mut self, mut request: Box<Request>, message: &ProtoMessage) -> Result<(), Refusal> {
        let arrived = match message.message_type() {
            MessageType::MessageType_EthereumTxAck => {
                Arrived::Data(read::<protos::EthereumTxAck>(message)?.data_chunk().to_vec())
            }
            MessageType::MessageType_EthereumTypedDataStructAck => {
                Arrived::Struct(read::<protos::EthereumTypedDataStructAck>(message)?.members)
            }
            MessageType::MessageType_EthereumTypedDataValueAck => {
                Arrived::Value(read::<protos::EthereumTypedDataValueAck>(message)?.value().to_vec())
            }
            _ => return Err(Refusal { code: 1, text: "Unexpected message" }),
        };
        if self.options.fault != Some(Fault::AsksForever) {
            request.take(arrived);
        }
        self.ethereum_go_on(request)
    }

    fn ethereum_consent(&mut self, mut request: Box<Request>, button: &Button) -> Result<(), Refusal> {
        self.press(button)?;
        request.take(Arrived::Seen);
        self.ethereum_go_on(request)
    }

    fn ethereum_go_on(&mut self, request: Box<Request>) -> Result<(), Refusal> {
        let reply = match request.run(&self.keys) {
            Ok(answer) => request.end(answer)?,
            Err(Pause::Refused(refusal)) => return Err(refusal),
            Err(Pause::Person(button)) => {
                let asked = self.ask(&button);
                self.state = State::AskingEthereum(request, button);
                return asked;
            }
            Err(Pause::Host(question)) => match request.hurried_signature(&self.keys, &question) {
                Some(early) => early?,
                None => {
                    let asked = request.mislead(question).message()?;
                    self.state = State::Ethereum(request);
                    asked
                }
            },
        };
        self.replies.push_back(reply);
        Ok(())
    }

    /// Shows the screens of a question to the person, who may cancel at one of them.
    fn press(&self, button: &Button) -> Result<(), Refusal> {
        let hurried = self.options.attention == Attention::Hurried;
        for shown in button.screens.iter().filter(|shown| !hurried || shown.title != "Fee info") {
            let at = self.screen.count();
            self.screen.show(shown.clone());
            if self.options.fault == Some(Fault::Refuses { at_screen: at }) {
                return Err(Refusal { code: 4, text: "Cancelled" });
            }
        }
        Ok(())
    }

    pub(super) fn ask(&mut self, button: &Button) -> Result<(), Refusal> {
        self.reply(&protos::ButtonRequest {
            code: Some(EnumOrUnknown::from_i32(button.code)),
            pages: Some(button.pages).filter(|pages| *pages > 0),
            name: Some(button.name.to_owned()).filter(|name| !name.is_empty()),
            ..Default::default()
        })
    }

    /// Turns an honest question into a hostile one.
    fn mislead(&self, mut question: TxRequest) -> TxRequest {
        match self.options.fault {
            Some(Fault::AsksBeyond) => question.details.mut_or_insert_default().request_index = Some(u32::MAX),
            Some(Fault::AsksForeign) => question.details.mut_or_insert_default().tx_hash = Some(vec![0x66; 32]),
            Some(Fault::AsksPaymentRequest) => {
                question.request_type = Some(EnumOrUnknown::new(protos::tx_request::RequestType::TXPAYMENTREQ));
            }
            _ => {}
        }
        question
    }

    pub(super) fn reply<M: TrezorMessage>(&mut self, message: &M) -> Result<(), Refusal> {
        let bytes = message.write_to_bytes().map_err(|_| Refusal::process("Reply cannot be written"))?;
        self.replies.push_back(ProtoMessage::new(M::MESSAGE_TYPE, bytes));
        Ok(())
    }

    fn refuse(&mut self, refusal: Refusal) {
        let failure = protos::Failure {
            code: Some(EnumOrUnknown::from_i32(refusal.code)),
            message: Some(refusal.text.to_owned()),
            ..Default::default()
        };
        if self.reply(&failure).is_err() {
            self.gone = true;
        }
    }

    fn disturb(&mut self, reply: ProtoMessage, at: usize) -> Result<ProtoMessage, LinkError> {
        let kind = reply.message_type();
        match self.options.fault {
            Some(fault) if fault.message() != Some(at) => Ok(reply),
            Some(Fault::Unplugged { .. }) => {
                self.gone = true;
                Err(LinkError::DeviceDisconnected)
            }
            Some(Fault::Silence { .. }) => Err(io::Error::from(io::ErrorKind::TimedOut).into()),
            Some(Fault::Truncated { .. }) => {
                let payload = reply.into_payload();
                let half = payload.len().saturating_sub(1);
                Ok(ProtoMessage::new(kind, payload.get(..half).map(<[u8]>::to_vec).unwrap_or_default()))
            }
            Some(Fault::Oversized { .. }) => {
                let mut payload = reply.into_payload();
                payload.resize(limits::MESSAGE_BYTES.saturating_add(1), 0);
                Ok(ProtoMessage::new(kind, payload))
            }
            Some(Fault::WrongMessage { .. }) => Ok(ProtoMessage::new(MessageType::MessageType_Entropy, vec![])),
            _ => Ok(reply),
        }
    }
}

impl Transport for SimulatedTrezor {
    fn session_begin(&mut self) -> Result<(), LinkError> {
        Ok(())
    }

    fn session_end(&mut self) -> Result<(), LinkError> {
        Ok(())
    }

    fn write_message(&mut self, message: ProtoMessage) -> Result<(), LinkError> {
        if self.gone {
            return Err(LinkError::DeviceDisconnected);
        }
        if let Err(refusal) = self.receive(&message) {
            self.refuse(refusal);
        }
        Ok(())
    }

    fn read_message(&mut self) -> Result<ProtoMessage, LinkError> {
        if self.gone {
            return Err(LinkError::DeviceDisconnected);
        }
        let reply = self.replies.pop_front().ok_or_else(|| io::Error::from(io::ErrorKind::TimedOut))?;
        let at = self.read;
        self.read = self.read.saturating_add(1);
        self.disturb(reply, at)
    }
}

/// A step of a path that is hardened and has number 0.
const HARDENED: u32 = 1 << 31;

pub(super) const fn seed_of(options: &SimOptions) -> &'static str {
    let other = matches!(options.fault, Some(Fault::WrongSeed)) || matches!(options.seed, TestSeed::Bip39);
    if other { OTHER_SEED } else { TEST_SEED }
}

/// Whether a message begins an Ethereum request.
const fn is_ethereum(kind: MessageType, model: SimModel) -> bool {
    match kind {
        MessageType::MessageType_EthereumGetAddress
        | MessageType::MessageType_EthereumSignTx
        | MessageType::MessageType_EthereumSignTxEIP1559
        | MessageType::MessageType_EthereumSignMessage => true,
        MessageType::MessageType_EthereumSignTypedData => matches!(model, SimModel::Safe5),
        MessageType::MessageType_EthereumSignTypedHash => matches!(model, SimModel::One),
        _ => false,
    }
}

pub(super) fn read<M: Message>(message: &ProtoMessage) -> Result<M, Refusal> {
    M::parse_from_bytes(message.payload()).map_err(|_| Refusal::data("Message cannot be read"))
}
