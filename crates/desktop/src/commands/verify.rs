//! `vitrine verify`: a response is the request plus signatures, and nothing else.

use vitrine_ceremony::ResponseError;

use crate::cli::Verify;
use crate::failure::{Failure, Kind};
use crate::{input, outputs};

/// Verifies, prints what was verified, writes the finished transaction.
pub(crate) fn run(args: &Verify) -> Result<(), Failure> {
    let request = input::payload(std::slice::from_ref(&args.request))?;
    let response = input::payload(&args.response)?;
    let verified = vitrine_ceremony::verify_response(&request, &response).map_err(failure)?;
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
        ResponseError::Request(_) | ResponseError::NotAResponse(_) => Kind::Input,
        ResponseError::Response(inner) if inner.is_malformed() => Kind::Input,
        ResponseError::Response(_) => Kind::Verification,
    };
    Failure::new(kind, error)
}
