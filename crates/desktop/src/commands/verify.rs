//! `vitrine verify`: a response is the request plus signatures, and nothing else.

use vitrine_ceremony::{Chain, ResponseError};
use vitrine_qr::Payload;

use crate::cli::Verify;
use crate::failure::{Failure, Kind};
use crate::{input, outputs};

/// Verifies, prints what was verified, writes the finished transaction.
pub(crate) fn run(args: &Verify) -> Result<(), Failure> {
    let request = input::payload(std::slice::from_ref(&args.request))?;
    let response = input::payload(&args.response)?;
    match Chain::of_request(request.kind) {
        Some(Chain::Ethereum) => ethereum(args, &request, &response),
        Some(Chain::Bitcoin) | None => bitcoin(args, &request, &response),
    }
}

fn ethereum(args: &Verify, request: &Payload, response: &Payload) -> Result<(), Failure> {
    let signer = args.signer.as_deref();
    let verified = vitrine_ceremony::verify_ethereum_response(request, response, signer).map_err(failure)?;
    verified.checks().iter().for_each(|check| println!("{check}"));
    outputs::names(verified.names());
    match (&args.tx_out, verified.transactions()) {
        (None, _) => {}
        (Some(_), []) => {
            let none = "--tx-out: the request is no transaction, so there is none to write";
            return Err(Failure::new(Kind::Usage, none));
        }
        (Some(path), transactions) => outputs::transactions(path, transactions)?,
    }
    println!("verified");
    Ok(())
}

fn bitcoin(args: &Verify, request: &Payload, response: &Payload) -> Result<(), Failure> {
    if args.signer.is_some() {
        return Err(Failure::new(Kind::Usage, "--signer is for Ethereum: the request's scripts say whose keys sign"));
    }
    let verified = vitrine_ceremony::verify_response(request, response).map_err(failure)?;
    for check in verified.checks() {
        println!("{check}");
    }
    println!("Transaction id {}", verified.txid());
    outputs::transaction(args.tx_out.as_deref(), verified.transaction(), "Nothing was written")?;
    println!("verified");
    Ok(())
}

fn failure(error: ResponseError) -> Failure {
    let kind = match &error {
        ResponseError::Signer(_) => Kind::Usage,
        error if error.is_malformed() => Kind::Input,
        _ => Kind::Verification,
    };
    Failure::new(kind, error)
}
