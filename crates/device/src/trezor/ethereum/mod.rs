//! Ethereum on a Trezor: the messages that say a checked request to it, and what it shows of them.
//!
//! No definitions of networks and tokens are sent: the device knows those that are built into it (`known`).
//! Its protocol is the vendor's: trezor-firmware, `common/protob/messages-ethereum.proto` and `core/src/apps/ethereum`.

pub(crate) mod known;
mod message;
mod plan;
pub(super) mod screens;
mod transaction;
mod typed;
mod typed_dialogue;

use trezor_client::protos::{EthereumAddress, EthereumGetAddress};
use vitrine_ethereum::ReturnedSignature;
use vitrine_ethereum::alloy_primitives::Address;

pub(super) use self::plan::{Asked, Plan};
use super::identity::Model;
use super::wire::{Dialogue, Wire};
use crate::error::DeviceError;

/// Whether the device is to show what it answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Showing {
    Silent,
    Plain,
    Grouped,
}

/// Asks for the address at a path; its checksum (EIP-55) has to be right.
pub(super) fn address(
    wire: &mut Wire,
    path: &[u32],
    showing: Showing,
    dialogue: &mut Dialogue<'_>,
) -> Result<Address, DeviceError> {
    let question = EthereumGetAddress {
        address_n: path.to_vec(),
        show_display: (showing != Showing::Silent).then_some(true),
        chunkify: (showing == Showing::Grouped).then_some(true),
        ..Default::default()
    };
    let answer: EthereumAddress = wire.call(&question, dialogue)?;
    checked_address(answer.address(), "EthereumGetAddress").inspect_err(|error| wire.leave(error))
}

fn checked_address(text: &str, at: &'static str) -> Result<Address, DeviceError> {
    let wrong = DeviceError::Malformed { at, what: "an address that is not 0x and 40 digits with their checksum" };
    Address::parse_checksummed(text, None).map_err(|_| wrong)
}

/// Compares the account of the device with the registered one, before anything is signed.
pub(super) fn check_account(wire: &mut Wire, plan: &Plan<'_>, dialogue: &mut Dialogue<'_>) -> Result<(), DeviceError> {
    let found = address(wire, plan.path, Showing::Silent, dialogue)?;
    if found == plan.signer {
        return Ok(());
    }
    let error = DeviceError::WrongSeed {
        path: plan::path_text(plan.path),
        expected: plan.signer.to_string(),
        found: found.to_string(),
    };
    Err(error)
}

/// Has the device sign what is planned, after its account was compared.
pub(super) fn sign(
    wire: &mut Wire,
    plan: &Plan<'_>,
    model: &Model,
    options: Options,
    dialogue: &mut Dialogue<'_>,
) -> Result<ReturnedSignature, DeviceError> {
    plan.check(model)?;
    match &plan.asked {
        Asked::Transaction(unsigned) => transaction::sign(wire, plan.path, unsigned, options.chunkify, dialogue),
        Asked::Message(bytes) => message::sign(wire, plan, bytes, dialogue),
        Asked::TypedData(data) if model.one => typed_dialogue::sign_hashes(wire, plan, data, dialogue),
        Asked::TypedData(data) => typed_dialogue::sign(wire, plan, data, options.message_hash, dialogue),
    }
}

/// How the device is to show things.
#[derive(Debug, Clone, Copy)]
pub(super) struct Options {
    pub(super) chunkify: Option<bool>,
    /// Whether it is to show the hash of typed data besides its values.
    pub(super) message_hash: bool,
}

/// Takes r, s and v of 65 bytes from an answer that names the account it is by.
fn taken(plan: &Plan<'_>, signature: &[u8], address: &str, at: &'static str) -> Result<ReturnedSignature, DeviceError> {
    let malformed = |what| DeviceError::Malformed { at, what };
    if checked_address(address, at)? != plan.signer {
        return Err(malformed("a signature that is said to be by another account"));
    }
    let signature = <&[u8; 65]>::try_from(signature).map_err(|_| malformed("a signature that is not of 65 bytes"))?;
    ReturnedSignature::from_bytes(signature).map_err(|_| malformed("a signature that is not r, s and v"))
}
