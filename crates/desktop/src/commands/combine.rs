//! `vitrine combine`: signatures gathered at several places become one PSBT, and the transaction once it is complete.

use vitrine_ceremony::CombineFailure;

use crate::cli::Combine;
use crate::failure::{Failure, Kind};
use crate::{files, input, outputs};

/// Combines, prints what was verified, writes the PSBT and the finished transaction.
pub(crate) fn run(args: &Combine) -> Result<(), Failure> {
    let psbts = args.psbts.iter().map(|path| input::payload(std::slice::from_ref(path)));
    let psbts = psbts.collect::<Result<Vec<_>, _>>()?;
    let combined = vitrine_ceremony::combine(&psbts).map_err(failure)?;
    for check in combined.checks() {
        println!("{check}");
    }
    println!("Transaction id {}", combined.txid());
    files::write(&args.out, combined.psbt())?;
    println!("combined PSBT: {}", args.out.display());
    outputs::transaction(args.tx_out.as_deref(), combined.transaction(), "Only the PSBT was written")?;
    println!("verified");
    Ok(())
}

fn failure(error: CombineFailure) -> Failure {
    let kind = match &error {
        error if error.is_malformed() => Kind::Input,
        error if error.is_refusal() => Kind::Refused,
        _ => Kind::Verification,
    };
    Failure::new(kind, error)
}
