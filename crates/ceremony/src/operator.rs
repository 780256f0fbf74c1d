//! The operator's side: a response is the request plus signatures, and nothing else.

use std::fmt;

use vitrine_bitcoin::{AddressBook, Network, Surroundings, Verified, VerifyError};
use vitrine_qr::{Payload, PayloadKind};

use crate::error::SessionError;

/// Why a response is not used.
#[derive(Debug)]
pub enum ResponseError {
    /// The request itself is not one that can be read.
    Request(SessionError),
    /// The response is something else than a PSBT.
    NotAResponse(String),
    /// The response is not what the request asks for.
    Response(VerifyError),
}

impl fmt::Display for ResponseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Request(error) => write!(f, "the request: {error}"),
            Self::NotAResponse(found) => write!(f, "the response is {found}. Give the signed PSBT or its QR"),
            Self::Response(error) => write!(f, "the response: {error}"),
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
    let malformed = |error| ResponseError::Request(SessionError::Malformed(error));
    let unusable = |error| ResponseError::Request(SessionError::Unusable(error));
    let checked = vitrine_bitcoin::decode(&request.bytes).map_err(malformed)?.check(&nobody()?).map_err(unusable)?;
    vitrine_bitcoin::verify_response(&checked, &response.bytes).map_err(ResponseError::Response)
}

/// No wallet, no book: the network only decides how addresses would be written, and none is.
fn nobody() -> Result<Surroundings, ResponseError> {
    let network = Network::Mainnet;
    let address_book = AddressBook::new(Vec::new(), network)
        .map_err(|error| ResponseError::Request(SessionError::Network(error.to_string())))?;
    Ok(Surroundings { network, wallets: Vec::new(), address_book })
}
