//! What comes back is the reviewed request plus signatures of it, or an error.

#![allow(clippy::unwrap_used, reason = "helpers of tests stop at the first surprise")]

mod common;

use bitcoin::secp256k1::ecdsa;
use bitcoin::{Amount, Psbt, PublicKey, Transaction, Witness, consensus};
use common::{Form, Maker, secp, surroundings};
use vitrine_bitcoin::{
    CheckedPsbt, MapKind, Network, ReturnedSignature, SignatureFault, Surroundings, Verified, VerifyError, verify,
    verify_response, verify_transaction,
};

/// The signatures of a signed PSBT as a device would return them.
fn returned(signed: &Psbt) -> Vec<ReturnedSignature> {
    let mut out = Vec::new();
    for (input, of_psbt) in signed.inputs.iter().enumerate() {
        for (public_key, signature) in &of_psbt.partial_sigs {
            let signature = signature.signature.serialize_der().to_vec();
            out.push(ReturnedSignature { input, public_key: *public_key, signature });
        }
        if let (Some(signature), Some(key)) = (of_psbt.tap_key_sig, of_psbt.tap_internal_key) {
            let public_key = PublicKey::new(key.public_key(bitcoin::secp256k1::Parity::Even));
            out.push(ReturnedSignature { input, public_key, signature: signature.signature.serialize().to_vec() });
        }
    }
    out
}

fn usual() -> (Maker, CheckedPsbt, Vec<ReturnedSignature>) {
    let maker = Maker::usual(Form::Wpkh);
    let (checked, signatures) = (maker.check(), returned(&maker.signed()));
    (maker, checked, signatures)
}

#[test]
fn signatures_of_every_kind_of_wallet_make_a_transaction_that_executes() {
    for form in Form::ALL {
        let maker = Maker::usual(form);
        let checked = maker.check();
        let verified = verify(&checked, &returned(&maker.signed())).unwrap_or_else(|e| panic!("{form:?}: {e}"));
        let transaction: Transaction = consensus::deserialize(verified.transaction().unwrap()).unwrap();
        assert_eq!(transaction.compute_txid().to_string(), verified.txid());
        assert_eq!(transaction.output, maker.psbt.unsigned_tx.output);
        assert_eq!(verified.signature_count(), if form == Form::WshMulti { 4 } else { 2 });
        // The signed PSBT is what rust-bitcoin would have written.
        assert_eq!(Psbt::deserialize(verified.psbt()).unwrap(), maker.signed());
        let again = verify_response(&checked, verified.psbt()).unwrap();
        assert_eq!(again, verified);
        let vsize = checked_vsize(&checked);
        assert!((transaction.vsize()..=transaction.vsize() + 4).contains(&vsize), "{form:?}: {vsize}");
    }
}

fn checked_vsize(checked: &CheckedPsbt) -> usize {
    let text = common::field(checked, "btc.max-vsize");
    text.strip_suffix(" vB").unwrap().parse().unwrap()
}

#[test]
fn finished_responses_and_transactions_are_taken_apart_and_verified() {
    for form in Form::ALL {
        let maker = Maker::usual(form);
        let checked = maker.check();
        let verified = verify(&checked, &returned(&maker.signed())).unwrap();
        let transaction: Transaction = consensus::deserialize(verified.transaction().unwrap()).unwrap();
        assert_eq!(verify_response(&checked, &finished(&maker, &verified)).unwrap(), verified, "{form:?}");
        let hex = consensus::encode::serialize_hex(&transaction);
        assert_eq!(verify_transaction(&checked, hex.as_bytes()).unwrap(), verified, "{form:?}");
        assert_eq!(verify_transaction(&checked, verified.transaction().unwrap()).unwrap(), verified);
    }
}

/// The request with its inputs finished as in the final transaction.
fn finished(maker: &Maker, verified: &Verified) -> Vec<u8> {
    let transaction: Transaction = consensus::deserialize(verified.transaction().unwrap()).unwrap();
    let mut finished = maker.psbt.clone();
    for (input, txin) in finished.inputs.iter_mut().zip(&transaction.input) {
        input.final_script_sig = Some(txin.script_sig.clone()).filter(|s| !s.is_empty());
        input.final_script_witness = Some(txin.witness.clone()).filter(|w| !w.is_empty());
    }
    finished.serialize()
}

#[test]
fn a_missing_signature_names_its_input() {
    let (_, checked, signatures) = usual();
    assert_eq!(verify(&checked, &signatures[..1]), Err(VerifyError::Missing { input: 1 }));
    assert_eq!(verify(&checked, &[]), Err(VerifyError::Missing { input: 0 }));
}

#[test]
fn a_signature_over_other_outputs_is_not_taken() {
    let (mut maker, checked, _) = usual();
    maker.psbt.unsigned_tx.output[0].value = Amount::from_sat(300_001);
    let other = returned(&maker.signed());
    let wrong = VerifyError::Signature { input: 0, fault: SignatureFault::Wrong };
    assert_eq!(verify(&checked, &other), Err(wrong));
    let error = verify_response(&checked, &maker.signed().serialize()).unwrap_err();
    assert!(matches!(error, VerifyError::Changed { map: MapKind::Global, key: "PSBT_GLOBAL_UNSIGNED_TX", .. }));
    let mut swapped = usual().0.signed();
    let key = *swapped.inputs[0].partial_sigs.keys().next().unwrap();
    let signature = *maker.signed().inputs[0].partial_sigs.values().next().unwrap();
    swapped.inputs[0].partial_sigs.insert(key, signature);
    let wrong = VerifyError::Signature { input: 0, fault: SignatureFault::Wrong };
    assert_eq!(verify_response(&checked, &swapped.serialize()), Err(wrong));
}

#[test]
fn a_changed_amount_in_the_response_names_its_place() {
    let (maker, checked, _) = usual();
    let mut signed = maker.signed();
    signed.inputs[1].witness_utxo.as_mut().unwrap().value = Amount::from_sat(200_001);
    let error = verify_response(&checked, &signed.serialize()).unwrap_err();
    assert!(matches!(error, VerifyError::Changed { map: MapKind::Input(1), key: "PSBT_IN_WITNESS_UTXO", .. }));
    assert!(!error.is_malformed());
}

#[test]
fn a_stale_or_foreign_key_is_not_taken() {
    let (_, checked, mut signatures) = usual();
    signatures[0].public_key = signatures[1].public_key;
    assert!(matches!(verify(&checked, &signatures), Err(VerifyError::ForeignKey { input: 0, .. })));
    let (_, _, mut signatures) = usual();
    signatures[0].input = 7;
    assert_eq!(verify(&checked, &signatures), Err(VerifyError::NoSuchInput { input: 7, inputs: 2 }));
    let (_, _, mut signatures) = usual();
    signatures.push(signatures[0].clone());
    assert_eq!(verify(&checked, &signatures), Err(VerifyError::Duplicate { input: 0 }));
    let mut maker = Maker::usual(Form::Wpkh);
    maker.add_input(Form::Tr, 0, 50_000);
    let foreign = returned(&maker.signed());
    assert_eq!(verify(&maker.check(), &foreign), Err(VerifyError::ForeignInput { input: 2 }));
    let own: Vec<_> = foreign.into_iter().filter(|s| s.input < 2).collect();
    let verified = verify(&maker.check(), &own).unwrap();
    assert_eq!(verified.transaction(), None, "the stranger has not signed");
}

#[test]
fn a_signature_with_s_in_the_upper_half_is_not_taken() {
    let (_, checked, mut signatures) = usual();
    let mut compact = ecdsa::Signature::from_der(&signatures[0].signature).unwrap().serialize_compact();
    let order = bitcoin::secp256k1::constants::CURVE_ORDER;
    let mut borrow = 0i32;
    for i in (0..32).rev() {
        let difference = i32::from(order[i]) - i32::from(compact[32 + i]) - borrow;
        borrow = i32::from(difference < 0);
        compact[32 + i] = (difference + 256 * borrow) as u8;
    }
    let high = ecdsa::Signature::from_compact(&compact).unwrap();
    signatures[0].signature = high.serialize_der().to_vec();
    let error = VerifyError::Signature { input: 0, fault: SignatureFault::HighS };
    assert_eq!(verify(&checked, &signatures), Err(error));
}

#[test]
fn a_sloppily_encoded_signature_is_not_taken() {
    let (_, checked, mut signatures) = usual();
    signatures[0].signature.push(0);
    let error = VerifyError::Signature { input: 0, fault: SignatureFault::Encoding };
    assert_eq!(verify(&checked, &signatures), Err(error));
    signatures[0].signature.clear();
    assert!(verify(&checked, &signatures).is_err());
}

#[test]
fn a_sighash_type_that_was_not_reviewed_is_not_taken() {
    let (mut maker, checked, _) = usual();
    maker.psbt.inputs[0].sighash_type = Some(bitcoin::psbt::PsbtSighashType::from_u32(2));
    let mut signed = maker.signed();
    signed.inputs[0].sighash_type = None;
    let error = verify_response(&checked, &signed.serialize()).unwrap_err();
    let fault = SignatureFault::SighashByte { found: Some(2), expected: Some(1) };
    assert_eq!(error, VerifyError::Signature { input: 0, fault });
}

#[test]
fn fields_smuggled_into_the_response_are_named() {
    let (maker, checked, _) = usual();
    let mut signed = maker.signed();
    let key = bitcoin::psbt::raw::Key { type_value: 0xf0, key: vec![1] };
    signed.outputs[0].unknown.insert(key, b"cargo".to_vec());
    let error = verify_response(&checked, &signed.serialize()).unwrap_err();
    assert!(matches!(error, VerifyError::Added { map: MapKind::Output(0), key: "unknown key", .. }));
    let mut signed = maker.signed();
    signed.inputs[0].bip32_derivation.clear();
    let error = verify_response(&checked, &signed.serialize()).unwrap_err();
    assert!(matches!(error, VerifyError::Removed { map: MapKind::Input(0), key: "PSBT_IN_BIP32_DERIVATION", .. }));
}

#[test]
fn a_refused_request_takes_no_signature() {
    let mut maker = Maker::usual(Form::Wpkh);
    maker.psbt.inputs[0].witness_utxo.as_mut().unwrap().value = Amount::from_sat(299_999);
    let signatures = returned(&Maker::usual(Form::Wpkh).signed());
    let error = verify(&maker.check(), &signatures).unwrap_err();
    assert_eq!(error, VerifyError::Refused { code: "btc.amount-contradiction" });
}

#[test]
fn one_cosigner_of_two_is_verified_but_makes_no_transaction() {
    let maker = Maker::usual(Form::WshMulti);
    let checked = maker.check();
    let mut signatures = returned(&maker.signed());
    let account = "48'/1'/0'/2'";
    signatures.retain(|s| {
        let own = checked.inputs()[s.input].own().unwrap();
        let key = own.keys().iter().find(|k| k.public_key() == s.public_key).unwrap();
        key.path().to_string().starts_with(account)
    });
    let verified = verify(&checked, &signatures).unwrap();
    assert_eq!((verified.signature_count(), verified.transaction()), (2, None));
    // The second cosigner completes what the first one signed.
    let halfway = Maker { psbt: Psbt::deserialize(verified.psbt()).unwrap(), ..Maker::usual(Form::WshMulti) };
    let rest: Vec<_> = returned(&maker.signed()).into_iter().filter(|s| !signatures.contains(s)).collect();
    let complete = verify(&halfway.check(), &rest).unwrap();
    assert!(complete.transaction().is_some());
    assert_eq!(Psbt::deserialize(complete.psbt()).unwrap(), maker.signed());
}

#[test]
fn every_changed_byte_of_a_signed_psbt_is_an_error() {
    for form in Form::ALL {
        let maker = Maker::usual(form);
        let checked = maker.check();
        let signed = verify(&checked, &returned(&maker.signed())).unwrap().psbt().to_vec();
        assert!(verify_response(&checked, &signed).is_ok());
        for offset in 0..signed.len() {
            for flip in [0x01, 0x02, 0x20, 0x80, 0xff] {
                let mut changed = signed.clone();
                changed[offset] ^= flip;
                let result = verify_response(&checked, &changed);
                assert!(result.is_err(), "{form:?}: byte {offset} ^ {flip:#04x} was accepted");
            }
        }
        for end in 0..signed.len() {
            assert!(verify_response(&checked, &signed[..end]).is_err_and(|e| e.is_malformed()));
        }
    }
}

#[test]
fn every_changed_byte_of_a_signed_transaction_is_an_error() {
    for form in Form::ALL {
        let maker = Maker::usual(form);
        let checked = maker.check();
        let signed = verify(&checked, &returned(&maker.signed())).unwrap().transaction().unwrap().to_vec();
        for offset in 0..signed.len() {
            for flip in [0x01, 0x80, 0xff] {
                let mut changed = signed.clone();
                changed[offset] ^= flip;
                assert!(verify_transaction(&checked, &changed).is_err(), "{form:?}: byte {offset} ^ {flip:#04x}");
            }
        }
    }
}

#[test]
fn an_operator_without_wallets_verifies_by_the_scripts() {
    for form in Form::ALL {
        let maker = Maker::usual(form);
        let verified = verify(&maker.check(), &returned(&maker.signed())).unwrap();
        let nobody = Surroundings { wallets: Vec::new(), ..surroundings(form) };
        let checked = maker.check_in(&nobody);
        let by_operator = verify_response(&checked, verified.psbt()).unwrap_or_else(|e| panic!("{form:?}: {e}"));
        assert_eq!(by_operator.psbt(), verified.psbt(), "{form:?}");
        assert_eq!(by_operator.transaction(), verified.transaction(), "{form:?}");
        assert_eq!(verify_transaction(&checked, verified.transaction().unwrap()).as_ref(), Ok(&by_operator));
        assert_eq!(verify_response(&checked, &finished(&maker, &verified)), Ok(by_operator), "{form:?}");
        assert_eq!(verify_response(&checked, &maker.bytes()), Err(VerifyError::NothingSigned));
        assert_eq!(verify(&checked, &returned(&maker.signed())), Err(VerifyError::ForeignInput { input: 0 }));
        for offset in 0..verified.psbt().len() {
            for flip in [0x01, 0x20, 0x80, 0xff] {
                let mut changed = verified.psbt().to_vec();
                changed[offset] ^= flip;
                assert!(verify_response(&checked, &changed).is_err(), "{form:?}: byte {offset} ^ {flip:#04x}");
            }
        }
    }
}

#[test]
fn a_finished_input_that_nothing_vouches_for_is_not_taken() {
    let mut maker = Maker::usual(Form::Wpkh);
    let mut unknown = maker.psbt.unsigned_tx.input[0].clone();
    unknown.previous_output.vout = 7;
    maker.psbt.unsigned_tx.input.push(unknown);
    maker.psbt.inputs.push(bitcoin::psbt::Input::default());
    let mut signed = maker.psbt.clone();
    // The third input cannot be signed: nobody says what it spends.
    signed.sign(&common::master(Network::Testnet3), &secp()).unwrap_err();
    let nobody = Surroundings { wallets: Vec::new(), ..surroundings(Form::Wpkh) };
    let responses = [maker.check(), maker.check_in(&nobody)];
    for checked in &responses {
        verify_response(checked, &signed.serialize()).unwrap();
    }
    signed.inputs[2].final_script_witness = Some(Witness::from_slice(&[b"all all all all all all"]));
    for checked in &responses {
        let error = verify_response(checked, &signed.serialize()).unwrap_err();
        assert_eq!(error, VerifyError::FinalField { input: 2 });
    }
}

#[test]
fn more_signatures_than_keys_in_a_finished_input_are_not_taken() {
    let (maker, checked, signatures) = usual();
    let verified = verify(&checked, &signatures).unwrap();
    let mut response = Psbt::deserialize(&finished(&maker, &verified)).unwrap();
    let witness = response.inputs[0].final_script_witness.as_mut().unwrap();
    let mut items = witness.to_vec();
    items.insert(0, items[0].clone());
    *witness = Witness::from_slice(&items);
    let error = verify_response(&checked, &response.serialize()).unwrap_err();
    assert_eq!(error, VerifyError::FinalField { input: 0 });
}

#[test]
fn a_signature_that_the_request_carries_is_enough_and_no_second_one_is_taken() {
    let maker = Maker::usual(Form::Wpkh);
    let signed = maker.signed();
    let mut half = maker.psbt.clone();
    half.inputs[0] = signed.inputs[0].clone();
    let checked = Maker { psbt: half, ..Maker::usual(Form::Wpkh) }.check();
    let signatures = returned(&signed);
    let error = verify(&checked, &signatures).unwrap_err();
    assert_eq!(error, VerifyError::AlreadySigned { input: 0 });
    assert!(error.to_string().contains("carries a signature by that key already"), "{error}");
    let verified = verify(&checked, &signatures[1..]).unwrap();
    assert_eq!(Psbt::deserialize(verified.psbt()).unwrap(), signed);
    assert!(verified.transaction().is_some());
}

#[test]
fn an_operator_reads_who_signed_as_the_request_claims_it() {
    let maker = Maker::usual(Form::WshMulti);
    let nobody = Surroundings { wallets: Vec::new(), ..surroundings(Form::WshMulti) };
    let checks = |maker: &Maker| {
        let verified = verify_response(&maker.check_in(&nobody), &maker.signed().serialize()).unwrap();
        verified.checks().join("; ")
    };
    for account in ["48'/1'/0'/2'", "48'/1'/1'/2'"] {
        let said = format!("5c9e228d/{account}, as the request claims, made 2 signatures");
        assert!(checks(&maker).contains(&said), "{}", checks(&maker));
    }
    // With its own wallet the ceremony knows better than the request.
    let known = verify_response(&maker.check(), &maker.signed().serialize()).unwrap();
    assert!(!known.checks().join("; ").contains("as the request claims"));
}
