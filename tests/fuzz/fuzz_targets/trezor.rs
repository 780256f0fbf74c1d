//! The driver of the Trezor against a device that answers as it likes: the simulated one, some of whose messages are
//! edited, exchanged, invented or left out.
#![no_main]

mod common;

use common::{CHECKED, Obedient, SIGNATURES, SURROUNDINGS, edited, take};
use libfuzzer_sys::fuzz_target;
use protobuf::Enum as _;
use trezor_client::protos::MessageType;
use trezor_client::transport::error::Error;
use trezor_client::transport::{ProtoMessage, Transport};
use vitrine_bitcoin::{Network, verify};
use vitrine_device::sim::{SimOptions, SimulatedTrezor};
use vitrine_device::{AddressLayout, Control, Device as _, Trezor};

struct Hostile {
    honest: SimulatedTrezor,
    input: Vec<u8>,
}

impl Hostile {
    /// Takes what the input says about the next message.
    fn next<T>(&mut self, read: impl FnOnce(&mut &[u8]) -> T) -> T {
        let input = std::mem::take(&mut self.input);
        let rest = &mut input.as_slice();
        let taken = read(rest);
        self.input = rest.to_vec();
        taken
    }
}

fn kind(input: &mut &[u8]) -> MessageType {
    const USUAL: [MessageType; 8] = [
        MessageType::MessageType_TxRequest,
        MessageType::MessageType_ButtonRequest,
        MessageType::MessageType_PassphraseRequest,
        MessageType::MessageType_PinMatrixRequest,
        MessageType::MessageType_Failure,
        MessageType::MessageType_Features,
        MessageType::MessageType_PublicKey,
        MessageType::MessageType_Address,
    ];
    let byte = take(input);
    let any = MessageType::from_i32(i32::from(byte) * 4 + i32::from(take(input) & 3));
    any.filter(|_| byte & 1 == 1).unwrap_or(USUAL[usize::from(byte >> 1) % USUAL.len()])
}

impl Transport for Hostile {
    fn session_begin(&mut self) -> Result<(), Error> {
        self.honest.session_begin()
    }

    fn session_end(&mut self) -> Result<(), Error> {
        self.honest.session_end()
    }

    fn write_message(&mut self, message: ProtoMessage) -> Result<(), Error> {
        self.honest.write_message(message)
    }

    fn read_message(&mut self) -> Result<ProtoMessage, Error> {
        let how = self.next(take);
        match how & 7 {
            0..=3 => self.honest.read_message(),
            4 | 5 => {
                let reply = self.honest.read_message()?;
                let payload = self.next(|input| edited(reply.payload(), input));
                Ok(ProtoMessage::new(reply.message_type(), payload))
            }
            6 => {
                let reply = self.honest.read_message()?;
                Ok(ProtoMessage::new(self.next(kind), reply.into_payload()))
            }
            _ => {
                let invented = |input: &mut &[u8]| {
                    let payload = (0..how >> 3).map(|_| take(input)).collect();
                    ProtoMessage::new(kind(input), payload)
                };
                Ok(self.next(invented))
            }
        }
    }
}

fuzz_target!(|input: &[u8]| {
    let input = &mut &*input;
    let order = take(input);
    let link = Hostile { honest: SimulatedTrezor::new(SimOptions::default()), input: input.to_vec() };
    let mut device = Trezor::new(Box::new(link), Control::default(), AddressLayout::default());
    let path = "84h/1h/0h".parse().expect("a path");
    if order & 1 == 1 {
        let _ = device.identify();
    }
    if order & 2 == 2 {
        let _ = device.account_key(&path, Network::Testnet3, &mut Obedient);
    }
    if order & 4 == 4 {
        let _ = device.show_address(&SURROUNDINGS.wallets[0], false, 1, &mut Obedient);
    }
    if let Ok(signatures) = device.sign_bitcoin(&CHECKED, &mut Obedient)
        && verify(&CHECKED, &signatures).is_ok()
    {
        assert_eq!(&signatures, &*SIGNATURES);
    }
});
