//! A dialogue that is written straight down, although the device has to wait within it.

use trezor_client::TrezorMessage;
use trezor_client::protos::ethereum_typed_data_struct_ack::EthereumStructMember;
use trezor_client::protos::{
    EthereumDefinitionRequest, EthereumTxRequest, EthereumTypedDataStructRequest, EthereumTypedDataValueRequest,
};
use trezor_client::transport::ProtoMessage;

use super::super::{Attention, Button, Refusal, SimModel};

/// What came in since the request began.
pub(in crate::sim) enum Arrived {
    /// The person agreed to a question.
    Seen,
    Data(Vec<u8>),
    Struct(Vec<EthereumStructMember>),
    Value(Vec<u8>),
}

/// Why the dialogue stops here.
pub(in crate::sim) enum Pause {
    Person(Button),
    Host(Question),
    Refused(Refusal),
}

impl From<Refusal> for Pause {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// A question to the host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::sim) enum Question {
    /// So many bytes of data.
    Data(u32),
    Struct(String),
    Value(Vec<u32>),
    /// Nobody announced that.
    Definitions,
}

impl Question {
    pub(in crate::sim) fn message(&self) -> Result<ProtoMessage, Refusal> {
        match self {
            Self::Data(length) => reply(&EthereumTxRequest { data_length: Some(*length), ..Default::default() }),
            Self::Struct(name) => {
                reply(&EthereumTypedDataStructRequest { name: Some(name.clone()), ..Default::default() })
            }
            Self::Value(path) => {
                reply(&EthereumTypedDataValueRequest { member_path: path.clone(), ..Default::default() })
            }
            Self::Definitions => reply(&EthereumDefinitionRequest {
                chain_id: Some(1),
                token_address: Some(vec![0x66; 20]),
                func_sig: Some(vec![0x66; 4]),
                ..Default::default()
            }),
        }
    }
}

pub(super) fn reply<M: TrezorMessage>(message: &M) -> Result<ProtoMessage, Refusal> {
    let bytes = message.write_to_bytes().map_err(|_| Refusal::process("Reply cannot be written"))?;
    Ok(ProtoMessage::new(M::MESSAGE_TYPE, bytes))
}

/// What arrived, taken in order.
pub(super) struct Script<'a> {
    arrived: core::slice::Iter<'a, Arrived>,
    attention: Attention,
    model: SimModel,
}

impl<'a> Script<'a> {
    pub(super) fn new(arrived: &'a [Arrived], attention: Attention, model: SimModel) -> Self {
        Self { arrived: arrived.iter(), attention, model }
    }

    /// Whether it is the first model's dialogue.
    pub(super) fn is_one(&self) -> bool {
        self.model == SimModel::One
    }

    /// Whether the person looks at everything.
    pub(super) fn looks(&self) -> bool {
        self.attention == Attention::Full
    }

    /// Asks the person.
    pub(super) fn show(&mut self, button: impl FnOnce() -> Button) -> Result<(), Pause> {
        match self.arrived.next() {
            Some(Arrived::Seen) => Ok(()),
            Some(_) => Err(unexpected()),
            None => Err(Pause::Person(button())),
        }
    }

    /// Asks the person whether to show more.
    pub(super) fn offer(&mut self, button: impl FnOnce() -> Button) -> Result<bool, Pause> {
        self.show(button)?;
        Ok(self.looks())
    }

    pub(super) fn data(&mut self, length: usize) -> Result<&'a [u8], Pause> {
        let asked = u32::try_from(length).map_err(|_| Refusal::data("Too much data"))?;
        match self.arrived.next() {
            Some(Arrived::Data(data)) if data.len() <= length && !data.is_empty() => Ok(data),
            Some(_) => Err(unexpected()),
            None => Err(Pause::Host(Question::Data(asked))),
        }
    }

    pub(super) fn members(&mut self, name: &str) -> Result<&'a [EthereumStructMember], Pause> {
        match self.arrived.next() {
            Some(Arrived::Struct(members)) => Ok(members),
            Some(_) => Err(unexpected()),
            None => Err(Pause::Host(Question::Struct(name.to_owned()))),
        }
    }

    pub(super) fn value(&mut self, path: &[u32]) -> Result<&'a [u8], Pause> {
        match self.arrived.next() {
            Some(Arrived::Value(value)) => Ok(value),
            Some(_) => Err(unexpected()),
            None => Err(Pause::Host(Question::Value(path.to_vec()))),
        }
    }
}

fn unexpected() -> Pause {
    Pause::Refused(Refusal { code: 1, text: "Unexpected message" })
}
