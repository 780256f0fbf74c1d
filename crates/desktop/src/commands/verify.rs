//! `vitrine verify`: a response is the request plus signatures, and nothing else.

use vitrine_ceremony::ResponseError;

use crate::cli::Verify;
use crate::failure::{Failure, Kind};
use crate::{files, input, outputs};

/// Verifies, prints what was verified, writes the finished transaction.
pub(crate) fn run(args: &Verify) -> Result<(), Failure> {
    let request = input::payload(std::slice::from_ref(&args.request))?;
    let response = input::payload(&args.response)?;
    let verified = vitrine_ceremony::verify_response(&request, &response).map_err(failure)?;
    for check in verified.checks() {
        println!("{check}");
    }
    println!("Transaction id {}", verified.txid());
    match (&args.tx_out, verified.transaction()) {
        (Some(path), Some(transaction)) => {
            files::write(path, format!("{}\n", outputs::hex(transaction)).as_bytes())?;
            println!("transaction: {}", path.display());
        }
        (Some(_), None) => {
            let what = "the transaction is not complete: more signatures are needed. Nothing was written";
            return Err(Failure::new(Kind::Verification, what));
        }
        (None, _) => {}
    }
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
