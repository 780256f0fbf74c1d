//! Trezor: messages in packets of 64 bytes, each in a datagram, as Trezor's emulator has them.
//!
//! Source: trezor-firmware, `docs/common/communication` and `python/src/trezorlib/transport/udp.py`.

use std::io;
use std::net::{SocketAddr, UdpSocket};

use protobuf::{Enum, EnumOrUnknown, Message};
use trezor_client::protos::{Failure, MessageType};
use trezor_client::transport::error::Error as LinkError;
use trezor_client::transport::{ProtoMessage, Transport};
use vitrine_device::limits;
use vitrine_device::sim::{Fault, SafetyChecks, SimModel, SimOptions, SimulatedTrezor};

const PACKET: usize = 64;
const MAGIC: &[u8] = b"?##";
const PING: &[u8] = b"PINGPING";
const PONG: &[u8] = b"PONGPONG";
/// Type and length before a message.
const HEADER: usize = 6;
const UNEXPECTED_MESSAGE: i32 = 1;

/// Runs until it is ended, or until the cable is pulled.
pub(crate) fn run(args: &[String]) -> Option<io::Result<()>> {
    let (address, options) = read_args(args)?;
    Some(listen(address, options))
}

fn read_args(args: &[String]) -> Option<(SocketAddr, SimOptions)> {
    let mut args = args.iter().map(String::as_str);
    let (mut address, mut options) = (None, SimOptions::default());
    while let Some(arg) = args.next() {
        let value = args.next()?;
        match arg {
            "--udp" => address = value.parse().ok().filter(|address: &SocketAddr| address.ip().is_loopback()),
            "--fault" => options.fault = Some(value.parse::<Fault>().ok()?),
            "--model" => options.model = model(value)?,
            "--pin" => options.pin = Some(value.to_owned()).filter(|pin| pin.bytes().all(|c| matches!(c, b'1'..=b'9'))),
            "--safety-checks" if value == "prompt" => options.safety_checks = SafetyChecks::Prompt,
            "--passphrase" => {
                options.passphrase_protection = true;
                value.clone_into(&mut options.typed_passphrase);
            }
            _ => return None,
        }
    }
    Some((address?, options))
}

fn model(name: &str) -> Option<SimModel> {
    match name {
        "safe5" => Some(SimModel::Safe5),
        "one" => Some(SimModel::One),
        _ => None,
    }
}

fn listen(address: SocketAddr, options: SimOptions) -> io::Result<()> {
    let socket = UdpSocket::bind(address)?;
    println!("listening on {}", socket.local_addr()?);
    let mut device = SimulatedTrezor::new(options);
    let mut arriving = Vec::new();
    let mut packet = [0; PACKET + 1];
    loop {
        let (bytes, host) = match socket.recv_from(&mut packet) {
            Ok(received) => received,
            // A host that went away before it was answered.
            Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => continue,
            Err(error) => return Err(error),
        };
        let packet = packet.get(..bytes).unwrap_or_default();
        if packet == PING {
            socket.send_to(PONG, host)?;
            continue;
        }
        gather(&mut arriving, packet);
        let Some((kind, payload)) = whole(&mut arriving) else { continue };
        let Some(replies) = answers(&mut device, kind, payload) else { return Ok(()) };
        for packet in replies.iter().flat_map(packets) {
            socket.send_to(&packet, host)?;
        }
    }
}

/// Adds a packet to the message that is arriving; what is no packet of Trezor's is passed over.
fn gather(arriving: &mut Vec<u8>, packet: &[u8]) {
    let (Some((b'?', more)), PACKET) = (packet.split_first(), packet.len()) else { return };
    match packet.strip_prefix(MAGIC) {
        Some(first) => *arriving = first.to_vec(),
        None if !arriving.is_empty() && arriving.len() <= limits::MESSAGE_BYTES => arriving.extend(more),
        None => {}
    }
}

/// The message that arrived, if all of it did: its type and its bytes.
fn whole(arriving: &mut Vec<u8>) -> Option<(u16, Vec<u8>)> {
    let (header, payload) = arriving.split_at_checked(HEADER)?;
    let (kind, length) = header.split_first_chunk::<2>()?;
    let length = usize::try_from(u32::from_be_bytes(length.try_into().ok()?)).ok()?;
    let message = (u16::from_be_bytes(*kind), payload.get(..length)?.to_vec());
    arriving.clear();
    Some(message)
}

/// What the device says to a message; nothing more once its cable is out.
fn answers(device: &mut SimulatedTrezor, kind: u16, payload: Vec<u8>) -> Option<Vec<ProtoMessage>> {
    let Some(kind) = MessageType::from_i32(i32::from(kind)) else { return Some(vec![unexpected()]) };
    if device.write_message(ProtoMessage::new(kind, payload)).is_err() {
        return None;
    }
    let mut replies = Vec::new();
    loop {
        match device.read_message() {
            Ok(reply) => replies.push(reply),
            Err(LinkError::IO(error)) if error.kind() == io::ErrorKind::TimedOut => return Some(replies),
            Err(_) => return None,
        }
    }
}

fn unexpected() -> ProtoMessage {
    let failure = Failure { code: Some(EnumOrUnknown::from_i32(UNEXPECTED_MESSAGE)), ..Default::default() };
    let bytes = failure.write_to_bytes().unwrap_or_default();
    ProtoMessage::new(MessageType::MessageType_Failure, bytes)
}

fn packets(message: &ProtoMessage) -> Vec<Vec<u8>> {
    let payload = message.payload();
    let kind = u16::try_from(message.message_type().value()).unwrap_or(u16::MAX);
    let length = u32::try_from(payload.len()).unwrap_or(u32::MAX);
    let whole = [b"##", &kind.to_be_bytes()[..], &length.to_be_bytes()[..], payload].concat();
    let packet = |part: &[u8]| {
        let mut packet = [b"?", part].concat();
        packet.resize(PACKET, 0);
        packet
    };
    whole.chunks(PACKET - 1).map(packet).collect()
}
