//! `vitrine combine`: signatures gathered at several places become one PSBT, and the transaction once it is complete; or
//! those of a Safe's owners the call that executes its transaction.

use std::path::Path;

use vitrine_ceremony::CombineFailure;
use vitrine_qr::Payload;

use crate::cli::Combine;
use crate::failure::{Failure, Kind};
use crate::{files, input, outputs};

/// Combines, prints what was verified, writes what came of it.
pub(crate) fn run(args: &Combine) -> Result<(), Failure> {
    let inputs = args.inputs.iter().map(|path| input::payload(std::slice::from_ref(path)));
    let inputs = inputs.collect::<Result<Vec<_>, _>>()?;
    match (&args.request, &args.ceremony) {
        (Some(request), Some(ceremony)) => safe(args, request, ceremony, &inputs),
        _ => psbts(args, &inputs),
    }
}

fn psbts(args: &Combine, psbts: &[Payload]) -> Result<(), Failure> {
    if let [_] = psbts {
        let what = "one PSBT is given, and combining takes at least two; the answers of a Safe's owners need --request";
        return Err(Failure::new(Kind::Usage, what));
    }
    let combined = vitrine_ceremony::combine(psbts).map_err(failure)?;
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

fn safe(args: &Combine, request: &Path, ceremony: &Path, answers: &[Payload]) -> Result<(), Failure> {
    if args.tx_out.is_some() {
        let what =
            "--tx-out: whoever executes a Safe's transaction makes and signs his own. Its calldata goes to --out";
        return Err(Failure::new(Kind::Usage, what));
    }
    let folder = files::ceremony_folder(ceremony)?;
    let request = input::payload(&[request.to_owned()])?;
    let combined = vitrine_ceremony::combine_safe(&folder, &request, answers).map_err(failure)?;
    for check in combined.checks() {
        println!("{check}");
    }
    println!("Signatures, as the Safe takes them 0x{}", outputs::hex(combined.signatures()));
    let Some(calldata) = combined.execution() else {
        let missing = combined.missing();
        let what = format!("{missing} more of the Safe's owners must sign. Nothing was written: gather their answers");
        return Err(Failure::new(Kind::Verification, what));
    };
    files::write(&args.out, format!("0x{}\n", outputs::hex(calldata)).as_bytes())?;
    println!("calldata of execTransaction, to be sent to the Safe by anybody: {}", args.out.display());
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
