//! A device that answers with a script, whatever it is asked.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use trezor_client::TrezorMessage;
use trezor_client::protos::{self, MessageType};
use trezor_client::transport::error::Error as LinkError;
use trezor_client::transport::{ProtoMessage, Transport};

/// Messages in order, each with its kind.
pub type Messages = Vec<(MessageType, Vec<u8>)>;

/// What it was sent.
pub type Sent = Arc<Mutex<Messages>>;

/// The device's end of the link.
pub struct Scripted {
    pub replies: VecDeque<(MessageType, Vec<u8>)>,
    pub sent: Sent,
}

impl Transport for Scripted {
    fn session_begin(&mut self) -> Result<(), LinkError> {
        Ok(())
    }

    fn session_end(&mut self) -> Result<(), LinkError> {
        Ok(())
    }

    fn write_message(&mut self, message: ProtoMessage) -> Result<(), LinkError> {
        self.sent.lock().unwrap().push((message.message_type(), message.into_payload()));
        Ok(())
    }

    fn read_message(&mut self) -> Result<ProtoMessage, LinkError> {
        let (kind, payload) = self.replies.pop_front().ok_or(LinkError::DeviceReadTimeout)?;
        Ok(ProtoMessage::new(kind, payload))
    }
}

pub fn reply<M: TrezorMessage>(message: &M) -> (MessageType, Vec<u8>) {
    (M::MESSAGE_TYPE, message.write_to_bytes().unwrap())
}

/// Features of the first model (major version 1) or of a core model (2).
pub fn features(major: u32) -> protos::Features {
    protos::Features {
        major_version: Some(major),
        minor_version: Some(14),
        patch_version: Some(1),
        initialized: Some(true),
        ..Default::default()
    }
}
