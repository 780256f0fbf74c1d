//! Signatures gathered at several places: only what verifies is joined, and only for one and the same request.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test says what it expects by failing")]

mod common;

use bitcoin::psbt::PsbtSighashType;
use bitcoin::{Amount, Psbt, ScriptBuf, Transaction, Witness, consensus};
use common::{Form, Maker, script_of};
use vitrine_bitcoin::{CombineError, MapKind, SignatureFault, Verified, VerifyError};

/// The request, and what each of two cosigners makes of it.
fn gathered() -> (Psbt, [Psbt; 2]) {
    let maker = Maker::usual(Form::WshMulti);
    let both = maker.signed();
    let mut halves = [both.clone(), both];
    let wallets = ["48'/1'/0'/2'", "48'/1'/1'/2'"];
    for (half, account) in halves.iter_mut().zip(wallets) {
        for input in &mut half.inputs {
            let origins = input.bip32_derivation.clone();
            input.partial_sigs.retain(|key, _| origins[&key.inner].1.to_string().starts_with(account));
            assert_eq!(input.partial_sigs.len(), 1);
        }
    }
    (maker.psbt, halves)
}

fn combine(psbts: &[&Psbt]) -> Result<Verified, CombineError> {
    let bytes: Vec<Vec<u8>> = psbts.iter().map(|psbt| psbt.serialize()).collect();
    vitrine_bitcoin::combine(&bytes.iter().map(Vec::as_slice).collect::<Vec<_>>())
}

#[test]
fn two_cosigners_at_two_places_complete_the_transaction_in_any_order() {
    let (request, [a, b]) = gathered();
    let combined = combine(&[&a, &b]).unwrap();
    assert_eq!(Psbt::deserialize(combined.psbt()).unwrap(), Maker::usual(Form::WshMulti).signed());
    let transaction: Transaction = consensus::deserialize(combined.transaction().unwrap()).unwrap();
    assert_eq!(transaction.output, request.unsigned_tx.output);
    for order in [[&b, &a, &b], [&request, &b, &a]] {
        assert_eq!(combine(&order).unwrap().transaction(), combined.transaction());
    }
    assert!(matches!(combine(&[&a]), Err(CombineError::TooFew { .. })));
}

#[test]
fn one_cosigner_alone_says_what_is_missing() {
    let (request, [a, _]) = gathered();
    let combined = combine(&[&request, &a]).unwrap();
    assert_eq!((combined.transaction(), combined.signature_count()), (None, 2));
    let checks = combined.checks().join("; ");
    assert!(checks.contains("2 inputs lack 1 signature each"), "{checks}");
}

#[test]
fn an_answer_trimmed_to_its_signatures_is_joined() {
    let (request, [a, mut b]) = gathered();
    for (input, signed) in b.inputs.iter_mut().zip(gathered().1[1].inputs.clone()) {
        *input = bitcoin::psbt::Input { partial_sigs: signed.partial_sigs, ..Default::default() };
    }
    b.outputs.iter_mut().for_each(|output| *output = Default::default());
    assert!(combine(&[&request, &a, &b]).unwrap().transaction().is_some());
}

#[test]
fn a_psbt_of_another_transaction_is_not_joined() {
    let (_, [a, mut b]) = gathered();
    b.unsigned_tx.output[0].script_pubkey = script_of("tb1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3q0sl5k7");
    let error = combine(&[&a, &b]).unwrap_err();
    let CombineError::Conflict { psbt: 1, error: VerifyError::OtherTransaction { what } } = &error else {
        return assert_eq!(error.to_string(), "another transaction");
    };
    assert_eq!(what, "output 0 differs");
}

#[test]
fn a_sighash_type_that_rises_while_combining_is_not_joined() {
    let (_, [a, mut b]) = gathered();
    b.inputs[0].sighash_type = Some(PsbtSighashType::from_u32(2));
    let added = |error: &CombineError| {
        matches!(
            error,
            CombineError::Conflict {
                psbt: 1,
                error: VerifyError::Added { map: MapKind::Input(0), key: "PSBT_IN_SIGHASH_TYPE", .. }
            }
        )
    };
    let error = combine(&[&a, &b]).unwrap_err();
    assert!(added(&error), "{error}");
    // The same in the signature alone: it is verified over the type that was asked for.
    let (request, _) = gathered();
    let mut loose = request.clone();
    loose.inputs[0].sighash_type = Some(PsbtSighashType::from_u32(2));
    let mut loose = Maker { psbt: loose, ..Maker::usual(Form::WshMulti) }.signed();
    loose.inputs[0].sighash_type = None;
    let fault = SignatureFault::SighashByte { found: Some(2), expected: Some(1) };
    let error = combine(&[&a, &loose]).unwrap_err();
    assert!(matches!(&error, CombineError::Conflict { psbt: 1, error: VerifyError::Changed { .. } }), "{error}");
    let wrong = CombineError::Verification(VerifyError::Signature { input: 0, fault });
    assert_eq!(combine(&[&request, &loose]), Err(wrong));
}

#[test]
fn a_changed_amount_or_a_smuggled_field_is_named() {
    let (_, [a, b]) = gathered();
    let mut changed = b.clone();
    changed.inputs[1].witness_utxo.as_mut().unwrap().value = Amount::from_sat(199_999);
    let error = combine(&[&a, &changed]).unwrap_err();
    let CombineError::Conflict { error: VerifyError::Changed { map, key, offset }, .. } = error else {
        return assert_eq!(error.to_string(), "changed");
    };
    assert_eq!((map, key), (MapKind::Input(1), "PSBT_IN_WITNESS_UTXO"));
    assert!(offset > 0);
    let mut smuggled = b;
    let key = bitcoin::psbt::raw::Key { type_value: 0xf0, key: vec![1] };
    smuggled.outputs[0].unknown.insert(key, b"cargo".to_vec());
    let error = combine(&[&a, &smuggled]).unwrap_err();
    assert!(matches!(error, CombineError::Conflict { psbt: 1, error: VerifyError::Added { .. } }), "{error}");
}

#[test]
fn two_signatures_by_one_key_are_not_chosen_from() {
    let (request, [a, mut b]) = gathered();
    let key = *a.inputs[0].partial_sigs.keys().next().unwrap();
    let other = *a.inputs[1].partial_sigs.values().next().unwrap();
    b.inputs[0].partial_sigs.insert(key, other);
    let error = combine(&[&request, &a, &b]).unwrap_err();
    assert!(matches!(error, CombineError::TwoSignatures { psbt: 2, input: 0, .. }), "{error}");
}

#[test]
fn a_finished_input_is_executed_not_trusted() {
    let (request, [a, b]) = gathered();
    let complete = combine(&[&a, &b]).unwrap();
    let transaction: Transaction = consensus::deserialize(complete.transaction().unwrap()).unwrap();
    let mut finished = request.clone();
    let witness = transaction.input[0].witness.clone();
    finished.inputs[0] = bitcoin::psbt::Input { final_script_witness: Some(witness.clone()), ..Default::default() };
    for order in [[&request, &finished, &a, &b], [&a, &finished, &b, &b]] {
        assert_eq!(combine(&order).unwrap().transaction(), complete.transaction());
    }
    let mut forged: Vec<Vec<u8>> = witness.to_vec();
    forged[1] = forged[2].clone();
    finished.inputs[0].final_script_witness = Some(Witness::from_slice(&forged));
    let error = combine(&[&request, &finished, &a]).unwrap_err();
    assert_eq!(error, CombineError::Verification(VerifyError::FinalField { input: 0 }));
}

#[test]
fn a_finished_input_that_nobody_can_take_apart_is_executed_too() {
    let mut maker = Maker::usual(Form::WshMulti);
    // Anybody who knows a number: OP_ADD 3 OP_EQUAL, as P2WSH.
    let script = ScriptBuf::from_bytes(vec![0x93, 0x53, 0x87]);
    let previous = common::previous(script.to_p2wsh(), 50_000, 77);
    maker.psbt.unsigned_tx.input.push(bitcoin::TxIn {
        previous_output: bitcoin::OutPoint::new(previous.compute_txid(), 1),
        ..Default::default()
    });
    let witness_utxo = Some(previous.output[1].clone());
    let input = bitcoin::psbt::Input { non_witness_utxo: Some(previous), witness_utxo, ..Default::default() };
    maker.psbt.inputs.push(input);
    let mut finished = maker.psbt.clone();
    let mut put = |a: u8, b: u8| {
        let witness = Witness::from_slice(&[vec![a], vec![b], script.to_bytes()]);
        finished.inputs[2].final_script_witness = Some(witness);
        finished.clone()
    };
    let (good, bad) = (put(1, 2), put(1, 1));
    assert!(combine(&[&maker.psbt, &good, &maker.signed()]).unwrap().transaction().is_some());
    let kept = combine(&[&maker.psbt, &good]).unwrap();
    assert!(Psbt::deserialize(kept.psbt()).unwrap().inputs[2].final_script_witness.is_some());
    let error = combine(&[&maker.psbt, &bad]).unwrap_err();
    assert!(matches!(error, CombineError::Verification(VerifyError::Script { input: 2, .. })), "{error}");
}
