//! Addresses and personal messages.

use trezor_client::protos::{EthereumAddress, EthereumGetAddress, EthereumMessageSignature, EthereumSignMessage};
use trezor_client::transport::ProtoMessage;

use super::hash::keccak;
use super::script::{Pause, Script, reply};
use super::signer::Signer;
use super::{one, screen};

pub(super) fn address(
    question: &EthereumGetAddress,
    signer: &Signer<'_>,
    script: &mut Script<'_>,
) -> Result<ProtoMessage, Pause> {
    let account = signer.account(&question.address_n)?.to_string();
    if question.show_display() {
        let is_one = script.is_one();
        script.show(|| match is_one {
            true => one::own_address(&account),
            false => screen::own_address(&account, question.chunkify()),
        })?;
    }
    Ok(reply(&EthereumAddress { address: Some(account), ..Default::default() })?)
}

pub(super) fn sign(
    opening: &EthereumSignMessage,
    signer: &Signer<'_>,
    script: &mut Script<'_>,
) -> Result<ProtoMessage, Pause> {
    let account = signer.account(&opening.address_n)?.to_string();
    let questions = match script.is_one() {
        true => [vec![one::account(&account)], one::message(opening.message())].concat(),
        false => vec![screen::signing_account(&account), screen::message(opening.message())],
    };
    for question in questions {
        script.show(|| question)?;
    }
    let mut message = opening.message().to_vec();
    if signer.changes() {
        message.push(b'!');
    }
    let length = message.len().to_string();
    let digest = keccak(&[b"\x19Ethereum Signed Message:\n", length.as_bytes(), &message]);
    let signature = Some(signer.sign(&opening.address_n, digest)?.to_bytes());
    Ok(reply(&EthereumMessageSignature { signature, address: Some(account), ..Default::default() })?)
}
