//! The review says everything, in the words that people compare.

#![allow(clippy::unwrap_used, reason = "helpers of tests stop at the first surprise")]

mod common;

use common::{Form, Maker, PAYEE, book, surroundings};
use vitrine_bitcoin::{Surroundings, bitcoin};
use vitrine_review::{Context, Ownership, WorstCase, to_json, to_text};

#[test]
fn every_byte_of_every_kind_of_request_has_an_owner() {
    for form in Form::ALL {
        for maker in [Maker::usual(form), { Maker { psbt: Maker::usual(form).signed(), ..Maker::usual(form) } }] {
            let checked = maker.check();
            let review = common::review(&checked);
            assert_eq!(review.account().total(), maker.bytes().len());
            assert_eq!(review.account().unknown(), 0, "{form:?}");
            for owner in review.account().owners() {
                match (&owner.field, owner.ownership) {
                    (Some(field), _) => assert!(review.document().field(field).is_some(), "{field}"),
                    (None, ownership) => assert_eq!(ownership, Ownership::Structure, "{}", owner.label),
                }
            }
        }
    }
}

#[test]
fn the_bytes_of_a_field_are_its_value() {
    let maker = Maker::usual(Form::Wpkh);
    let checked = maker.check();
    let review = common::review(&checked);
    let bytes = maker.bytes();
    let spans: Vec<_> = review.account().spans_of("btc.output[0].amount").collect();
    assert_eq!(spans.len(), 1);
    assert_eq!(bytes[spans[0].start..spans[0].end], 300_000u64.to_le_bytes());
    // The amount of an input stands in the previous transaction and in the witness UTXO.
    let spans: Vec<_> = review.account().spans_of("btc.input[0].amount").collect();
    assert_eq!(spans.len(), 2);
    for span in spans {
        assert_eq!(bytes[span.start..span.end], 300_000u64.to_le_bytes());
    }
}

/// A transaction id commits to no witness: whoever makes the request can put any bytes there.
#[test]
fn witnesses_of_a_previous_transaction_are_counted_apart() {
    let maker = Maker::usual(Form::Wpkh);
    let review = common::review(&maker.check());
    let witness = maker.previous[0].input[0].witness.size() + 2;
    assert_eq!(review.account().unbound(), 2 * witness);
    assert_eq!(review.account().explained(), maker.bytes().len());
    let finding = review.findings().iter().find(|finding| finding.code == "btc.previous-witness").unwrap();
    assert_eq!(finding.truth, format!("Previous transactions come with {} bytes of witnesses.", 2 * witness));
    let mut changed = Maker::usual(Form::Wpkh);
    for input in &mut changed.psbt.inputs {
        let previous = input.non_witness_utxo.as_mut().unwrap();
        previous.input[0].witness = vitrine_bitcoin::bitcoin::Witness::from_slice(&[[7; 300]]);
    }
    assert!(changed.check().refusal().is_none(), "the ids are the same");
    assert!(common::review(&changed.check()).account().unbound() > 600);
    let text = to_text(&review);
    assert!(text.contains(&format!("{} of them bound by nothing", 2 * witness)), "{text}");
}

#[test]
fn a_previous_transaction_with_another_id_vouches_for_none_of_its_bytes() {
    let mut maker = Maker::usual(Form::Wpkh);
    let forged = maker.psbt.inputs[0].non_witness_utxo.as_mut().unwrap();
    forged.output[1].value += bitcoin::Amount::from_sat(1);
    let size = forged.total_size();
    let review = common::review(&maker.check());
    let spans: Vec<_> = review.account().owners().iter().filter(|o| o.label.ends_with("with another id")).collect();
    assert_eq!((spans.len(), spans[0].span.len(), spans[0].ownership), (1, size, Ownership::Unbound));
}

#[test]
fn what_leaves_is_stated_with_its_worst_case() {
    let checked = Maker::usual(Form::Wpkh).check();
    let review = common::review(&checked);
    let leaving = review.effects().leaving.unwrap();
    assert_eq!(leaving.to_string(), "0.00310000 tBTC");
    assert_eq!(review.effects().worst_case, WorstCase::AtMost(leaving));
    assert!(review.effects().others_can_change.is_empty());
    let roles: Vec<_> = review.effects().list.iter().map(|e| e.role.as_str()).collect();
    assert_eq!(roles, ["Payee 1", "Change", "Fee"]);
    for effect in &review.effects().list {
        for field in &effect.fields {
            assert!(review.document().field(field).is_some(), "{field}");
        }
    }
}

#[test]
fn groups_stand_in_the_order_of_consequence() {
    let checked = Maker::usual(Form::Tr).check();
    let review = common::review(&checked);
    let groups: Vec<_> = review.document().groups().into_iter().map(|(name, _)| name).collect();
    assert_eq!(groups, ["Outputs", "Inputs", "Fee", "Time locks", "Commitments", "Raw bytes"]);
}

#[test]
fn the_digest_depends_on_the_request_and_on_what_is_known() {
    let maker = Maker::usual(Form::Wpkh);
    let a = common::review(&maker.check());
    let again = common::review(&maker.check());
    assert_eq!(a.digest(), again.digest());
    let named = Surroundings { address_book: book(&[("Halden", PAYEE)]), ..surroundings(Form::Wpkh) };
    let b = common::review(&maker.check_in(&named));
    assert_eq!(a.request_digest(), b.request_digest());
    assert_ne!(a.digest(), b.digest());
    let later = maker.check().review(&Context { stated_height: Some(1), ..Default::default() });
    assert_ne!(a.digest(), later.digest());
}

#[test]
fn text_and_json_hold_every_field() {
    let checked = Maker::usual(Form::WshMulti).check();
    let review = common::review(&checked);
    let (text, json) = (to_text(&review), to_json(&review));
    for field in review.document().fields() {
        assert!(text.contains(&field.value.to_text()), "{}", field.code);
        assert!(json.contains(&field.code), "{}", field.code);
    }
}

#[test]
fn a_thousand_inputs_are_reviewed_whole() {
    let mut maker = Maker::new(Form::Wpkh, &vec![100_000; 1_000], 100_000, Some((0, 1_000)));
    // The maker's previous transactions repeat; each coin gets one of its own here.
    for (n, (input, of_psbt)) in maker.psbt.unsigned_tx.input.iter_mut().zip(&mut maker.psbt.inputs).enumerate() {
        let previous = of_psbt.non_witness_utxo.as_mut().unwrap();
        previous.input[0].previous_output.vout = n as u32;
        input.previous_output.txid = previous.compute_txid();
    }
    let checked = vitrine_bitcoin::decode(&maker.bytes()).unwrap().check(&surroundings(Form::Wpkh)).unwrap();
    assert!(checked.refusal().is_none());
    assert_eq!(checked.inputs().iter().filter(|input| input.own().is_some()).count(), 1_000);
    assert_eq!(common::review(&checked).account().unknown(), 0);
}

fn bytes_of(checked: &vitrine_bitcoin::CheckedPsbt, code: &str) -> Vec<u8> {
    data_encoding::HEXLOWER.decode(common::field(checked, code).as_bytes()).unwrap()
}

#[test]
fn what_is_signed_is_shown_whole_and_hashes_to_the_digest() {
    use bitcoin::hashes::{Hash as _, sha256d};
    for form in Form::ALL {
        let checked = Maker::usual(form).check();
        for n in 0..2 {
            let preimage = bytes_of(&checked, &format!("btc.input[{n}].preimage"));
            let digest = bytes_of(&checked, &format!("btc.input[{n}].digest"));
            let expected = match form {
                Form::Tr => bitcoin::TapSighash::hash(&preimage).to_byte_array(),
                _ => sha256d::Hash::hash(&preimage).to_byte_array(),
            };
            assert_eq!(digest, expected, "{form:?}");
        }
    }
}

#[test]
fn legacy_preimages_of_large_transactions_are_described() {
    let mut maker = Maker::new(Form::Pkh, &[100_000; 40], 100_000, None);
    for n in 0..2_000u32 {
        let script = [vec![0, 20], n.to_le_bytes().repeat(5)].concat();
        maker.add_output(bitcoin::ScriptBuf::from_bytes(script), 600);
    }
    let text = common::field(&maker.check(), "btc.input[3].preimage");
    assert!(text.contains("the unsigned transaction, with the script 76a914"), "{text}");
}

#[test]
fn the_matrix_says_what_each_signature_fixes() {
    let checked = Maker::usual(Form::Wpkh).check();
    let row = |code: &str| common::field(&checked, &format!("btc.commitments.{code}"));
    assert_eq!(row("outputs"), "all fixed by each of our 2 signatures");
    assert_eq!(row("amounts"), "input 0 fixes only its own, input 1 fixes only its own");
    let mut maker = Maker::usual(Form::Tr);
    maker.psbt.inputs[1].sighash_type = Some(bitcoin::psbt::PsbtSighashType::from_u32(0x82));
    let checked = maker.check();
    let row = |code: &str| common::field(&checked, &format!("btc.commitments.{code}"));
    assert_eq!(row("inputs"), "input 1 fixes only its own");
    assert_eq!(row("sequences"), "input 1 fixes only its own");
    assert_eq!(row("outputs"), "input 1 fixes none");
    assert_eq!(row("lock-time"), "all fixed by each of our 2 signatures");
    let fixes = common::field(&checked, "btc.input[0].commits");
    assert_eq!(fixes, "inputs: all; amounts: all; sequences: all; outputs: all; lock time: fixed");
}

#[test]
fn the_fee_rate_lies_between_the_smallest_and_the_largest_size() {
    let checked = Maker::usual(Form::Wpkh).check();
    assert_eq!(common::field(&checked, "btc.fee-worst"), "0.00010000 tBTC");
    let size = |code: &str| common::field(&checked, code).trim_end_matches(" vB").parse::<u64>().unwrap();
    let signed = Maker::usual(Form::Wpkh).signed();
    let real = signed.unsigned_tx.weight().to_wu() + 2 + 2 * (1 + 1 + 71 + 1 + 33);
    assert!(size("btc.min-vsize") <= real.div_ceil(4) && real.div_ceil(4) <= size("btc.max-vsize"));
    let mut maker = Maker::usual(Form::Wpkh);
    maker.psbt.inputs[1].sighash_type = Some(bitcoin::psbt::PsbtSighashType::from_u32(2));
    assert_eq!(common::field(&maker.check(), "btc.fee-worst"), "0.00500000 tBTC");
    maker.psbt.inputs[1].non_witness_utxo = None;
    assert!(common::field(&maker.check(), "btc.fee-worst").starts_with("no bound"));
    let limits =
        common::field(&Maker::new(Form::Wpkh, &[3_000_000], 100_000, Some((0, 1_000_000))).check(), "btc.fee-limits");
    assert_eq!(limits.matches("ABOVE").count(), 3, "{limits}");
}
