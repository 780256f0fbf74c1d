//! The operator's side: a response is the request plus signatures, and nothing else.

mod ethereum;

use std::fmt;

use vitrine_bitcoin::{AddressBook, Network, Surroundings, Verified, VerifyError};
use vitrine_qr::{Payload, PayloadKind};

pub(crate) use ethereum::verified;
pub use ethereum::{EthereumResult, verify_ethereum_response};

use crate::chain::{Malformed, Unusable};
use crate::error::SessionError;

/// Why a response is not used.
#[derive(Debug)]
pub enum ResponseError {
    /// The request itself is not one that can be read.
    Request(SessionError),
    /// The response is no signed result.
    NotAResponse(String),
    /// The response is not what the request asks for.
    Response(VerifyError),
    /// The same for Ethereum.
    Ethereum(vitrine_ethereum::VerifyError),
    /// Nobody says who had to sign, or two say different things.
    Signer(String),
}

impl fmt::Display for ResponseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Request(error) => write!(f, "the request: {error}"),
            Self::NotAResponse(found) => write!(f, "the response is {found}. Give the signed result or its QR"),
            Self::Response(error) => error.fmt(f),
            Self::Ethereum(error) => write!(f, "the response is not used: {error}"),
            Self::Signer(reason) => f.write_str(reason),
        }
    }
}

impl std::error::Error for ResponseError {}

/// Verifies a response against its request. Needs no ceremony folder: what is signed is proven by the scripts.
///
/// # Errors
/// [`ResponseError`] if either is malformed, if the response differs in anything but signature fields, or if a
/// signature is not valid for the request.
pub fn verify_response(request: &Payload, response: &Payload) -> Result<Verified, ResponseError> {
    if request.kind != PayloadKind::Psbt {
        return Err(ResponseError::Request(SessionError::NotARequest(request.kind.to_string())));
    }
    if response.kind != PayloadKind::Psbt {
        return Err(ResponseError::NotAResponse(response.kind.to_string()));
    }
    // A PSBT does not name its network, and here nothing depends on it but the coin type that key origins claim.
    match verify_on(Network::Mainnet, request, response) {
        Err(ResponseError::Response(VerifyError::Refused { code: "btc.other-network" })) => {
            verify_on(Network::Testnet3, request, response)
        }
        result => result,
    }
}

fn verify_on(network: Network, request: &Payload, response: &Payload) -> Result<Verified, ResponseError> {
    let malformed = |error| ResponseError::Request(SessionError::Malformed(Malformed::Bitcoin(error)));
    let unusable = |error| ResponseError::Request(SessionError::Unusable(Unusable::Bitcoin(error)));
    let nobody = Surroundings { network, wallets: Vec::new(), address_book: AddressBook::default() };
    let request = vitrine_bitcoin::decode(&request.bytes).map_err(malformed)?;
    let checked = request.check(&nobody).map_err(unusable)?;
    vitrine_bitcoin::verify_response(&checked, &response.bytes).map_err(ResponseError::Response)
}
