//! What the outputs pay, what the fee costs, when the transaction can move: one test per way to lie about it.

mod common;

use bitcoin::{ScriptBuf, Sequence};
use common::{Form, Maker, PAYEE, Place, all_codes, book, codes, field, script_of, surroundings};
use vitrine_bitcoin::{OutputRole, Surroundings};
use vitrine_review::Severity;

#[test]
fn three_limits_catch_an_absurd_fee() {
    let checked = Maker::new(Form::Wpkh, &[3_000_000], 100_000, Some((0, 1_000_000))).check();
    let cautions = codes(&checked, Severity::Caution);
    assert_eq!(cautions, ["btc.fee-high", "btc.fee-share-high", "btc.fee-rate-high"]);
    assert_eq!(field(&checked, "btc.fee-share"), "1900.00 %");
    let checked = Maker::new(Form::Wpkh, &[100_000], 99_999, None).check();
    assert!(all_codes(&checked).contains(&"btc.fee-rate-low"));
    // 110 vB at most: one input, one output.
    assert_eq!(field(&checked, "btc.max-vsize"), "110 vB");
    assert_eq!(field(&checked, "btc.fee-rate"), "0.009 sat/vB");
}

#[test]
fn outputs_are_judged_one_by_one() {
    let mut maker = Maker::usual(Form::Wpkh);
    maker.add_output(ScriptBuf::from_bytes(vec![0x6a, 2, 0x68, 0x69]), 500);
    maker.add_output(script_of(PAYEE), 100);
    maker.add_output(ScriptBuf::from_bytes(vec![0x51]), 600);
    maker.add_output(ScriptBuf::from_bytes([vec![0x51, 0x20], vec![0xff; 32]].concat()), 600);
    maker.add_output(ScriptBuf::from_bytes([vec![0x52, 0x20], vec![0xff; 32]].concat()), 0);
    let checked = maker.check();
    let found = all_codes(&checked);
    for code in [
        "btc.output-burns",
        "btc.data-published",
        "btc.output-dust",
        "btc.output-duplicate",
        "btc.output-unknown-script",
        "btc.output-unspendable",
        "btc.output-anyone-can-spend",
        "btc.output-zero",
    ] {
        assert!(found.contains(&code), "{code} in {found:?}");
    }
    assert_eq!(field(&checked, "btc.output[2].data-text[0]"), "“hi”");
    assert_eq!(field(&checked, "btc.output[2].data[0]"), "6869");
    assert_eq!(checked.outputs()[2].role(), OutputRole::Data);
    assert_eq!(checked.outputs()[3].role(), OutputRole::Payee(2));
}

#[test]
fn payees_are_named_or_cautioned() {
    let named = Surroundings { address_book: book(&[("Halden Freight AS", PAYEE)]), ..surroundings(Form::Wpkh) };
    let checked = Maker::usual(Form::Wpkh).check_in(&named);
    assert_eq!(codes(&checked, Severity::Caution), [""; 0]);
    let sentences: Vec<_> = common::review(&checked).effects().list.iter().map(|e| e.sentence.clone()).collect();
    assert_eq!(
        sentences,
        [
            "Sends 0.00300000 tBTC to Halden Freight AS.",
            "Returns 0.00190000 tBTC to this treasury as change.",
            "Pays the network fee, 0.00010000 tBTC.",
        ]
    );
    let other = Form::Wpkh.wallet().address(false, 40).unwrap();
    let stranger = Surroundings { address_book: book(&[("Other", &other)]), ..surroundings(Form::Wpkh) };
    assert_eq!(codes(&Maker::usual(Form::Wpkh).check_in(&stranger), Severity::Caution), ["btc.payee-unknown"]);
}

#[test]
fn an_address_that_imitates_a_known_payee_is_flagged() {
    // Another key hash whose address starts like the book's: the first four characters after tb1q are the same.
    let like = ScriptBuf::from_bytes([vec![0, 20], vec![0x75, 0x1e, 0x76], vec![7; 17]].concat());
    let mut maker = Maker::usual(Form::Wpkh);
    maker.psbt.unsigned_tx.output[0].script_pubkey = like;
    let named = Surroundings { address_book: book(&[("Halden Freight AS", PAYEE)]), ..surroundings(Form::Wpkh) };
    let checked = maker.check_in(&named);
    assert_eq!(codes(&checked, Severity::Caution), ["btc.payee-look-alike"]);
    let review = common::review(&checked);
    let finding = review.findings().iter().next().unwrap();
    assert_eq!(finding.truth, "Payee 1 looks like Halden Freight AS but is a different address.");
    assert!(finding.consequence.contains("These groups differ: "), "{}", finding.consequence);
}

#[test]
fn lock_times_and_replacement_are_stated() {
    let mut maker = Maker::usual(Form::Wpkh);
    maker.psbt.unsigned_tx.lock_time = bitcoin::absolute::LockTime::from_consensus(921_344);
    maker.psbt.unsigned_tx.input[1].sequence = Sequence::from_height(144);
    let checked = maker.check();
    let facts = codes(&checked, Severity::Fact);
    assert!(facts.contains(&"btc.locktime") && facts.contains(&"btc.relative-locktime"), "{facts:?}");
    assert!(facts.contains(&"btc.replaceable"));
    assert_eq!(field(&checked, "btc.locktime"), "block 921,344");
    assert!(
        field(&checked, "btc.input[1].sequence")
            .ends_with("not before 144 blocks (about 24 hours) after its coin was mined")
    );
    let later = vitrine_review::Context { stated_height: Some(900_000), ..Default::default() };
    let review = checked.review(&later);
    assert!(review.findings().iter().any(|f| f.code == "btc.locktime-future"));
    maker.psbt.unsigned_tx.input.iter_mut().for_each(|i| i.sequence = Sequence::MAX);
    assert!(!codes(&maker.check(), Severity::Fact).contains(&"btc.locktime"));
    assert!(codes(&Maker::usual(Form::Pkh).check(), Severity::Fact).contains(&"btc.txid-malleable"));
}

#[test]
fn transactions_that_pay_nobody_are_named() {
    let mut maker = Maker::usual(Form::Wpkh);
    maker.psbt.unsigned_tx.output.remove(0);
    maker.psbt.outputs.remove(0);
    assert!(codes(&maker.check(), Severity::Fact).contains(&"btc.self-transfer"));
    maker.psbt.unsigned_tx.output.clear();
    maker.psbt.outputs.clear();
    assert!(codes(&maker.check(), Severity::Refuse).contains(&"btc.no-outputs"));
}

#[test]
fn bare_scripts_have_no_address_and_are_cautioned() {
    let key = Place::new(Form::Wpkh, false, 0).origins.keys().next().unwrap().serialize();
    let mut maker = Maker::usual(Form::Wpkh);
    maker.add_output(ScriptBuf::from_bytes([&[33], key.as_slice(), &[0xac]].concat()), 1_000);
    let checked = maker.check();
    assert!(codes(&checked, Severity::Caution).contains(&"btc.output-bare-script"));
    assert_eq!(field(&checked, "btc.output[2].address"), "none");
    let sentence = common::review(&checked).effects().list[2].sentence.clone();
    assert_eq!(sentence, "Sends 0.00001000 tBTC to a script without an address.");
}

#[test]
fn every_input_and_output_of_a_cut_or_crafted_script_is_still_reviewed() {
    for script in [vec![], vec![0x6a, 0x4c], vec![0x6a, 0x4e, 1, 0, 0, 0], vec![0x4d], vec![0x00; 10_000]] {
        let mut maker = Maker::usual(Form::Wpkh);
        maker.add_output(ScriptBuf::from_bytes(script.clone()), 1_000);
        let checked = maker.check();
        assert_eq!(checked.outputs()[2].script_pubkey().as_bytes(), script);
        assert_eq!(common::review(&checked).account().unknown(), 0);
    }
}

#[test]
fn change_to_another_registered_wallet_is_named() {
    let mut maker = Maker::new(Form::Wpkh, &[300_000], 100_000, None);
    maker.form = Form::Tr;
    maker.add_change(3, 190_000);
    let wallets = vec![Form::Wpkh.wallet(), Form::Tr.wallet()];
    let both = Surroundings { wallets, ..surroundings(Form::Wpkh) };
    let checked = maker.check_in(&both);
    assert!(codes(&checked, Severity::Caution).contains(&"btc.change-other-wallet"));
    let checked = Maker::usual(Form::Wpkh).check_in(&both);
    assert!(!all_codes(&checked).contains(&"btc.change-other-wallet"));
}

#[test]
fn a_script_that_an_output_does_not_pay_to_is_refused() {
    let change = Place::new(Form::WshMulti, true, 3);
    let mut maker = Maker::usual(Form::WshMulti);
    maker.psbt.outputs[1].witness_script = Some(change.descriptor.explicit_script().unwrap());
    assert!(maker.check().refusal().is_none());
    maker.psbt.outputs[1].witness_script = Some(ScriptBuf::from_bytes(b"anything at all".to_vec()));
    assert_eq!(maker.check().refusal().unwrap().code, "btc.script-mismatch");
    let mut maker = Maker::usual(Form::ShWpkh);
    maker.psbt.outputs[1].redeem_script = maker.psbt.inputs[0].redeem_script.clone();
    assert_eq!(maker.check().refusal().unwrap().code, "btc.script-mismatch");
}

#[test]
fn a_height_that_nobody_will_see_is_cautioned_without_a_stated_height() {
    let mut maker = Maker::usual(Form::Wpkh);
    maker.psbt.unsigned_tx.lock_time = bitcoin::absolute::LockTime::from_consensus(4_900_000);
    assert!(!all_codes(&maker.check()).contains(&"btc.locktime-future"));
    maker.psbt.unsigned_tx.lock_time = bitcoin::absolute::LockTime::from_consensus(400_000_000);
    assert!(codes(&maker.check(), Severity::Caution).contains(&"btc.locktime-future"));
}

/// What the review says of the transaction id: the finding, the field, and what others can change.
fn said_of_txid(maker: &Maker) -> (Option<&'static str>, String, Option<String>) {
    let checked = maker.check();
    let code = all_codes(&checked).into_iter().find(|code| code.starts_with("btc.txid-"));
    let others = common::review(&checked).effects().others_can_change.clone();
    let of_id = others.into_iter().find(|sentence| sentence.contains("transaction id"));
    (code, field(&checked, "btc.transaction.txid-final"), of_id)
}

#[test]
fn a_claimed_script_of_a_stranger_does_not_make_the_id_final() {
    let mut maker = Maker::usual(Form::Wpkh);
    assert_eq!(said_of_txid(&maker), (None, "yes, signatures are not part of it".to_owned(), None));
    maker.add_input(Form::Tr, 0, 50_000);
    assert_eq!(said_of_txid(&maker).0, None, "its previous transaction proves the script");
    maker.psbt.inputs[2].non_witness_utxo = None;
    let (code, stays, others) = said_of_txid(&maker);
    assert_eq!(code, Some("btc.txid-undetermined"));
    assert_eq!(stays, "cannot be told, nothing proves the script of input 2");
    assert_eq!(
        others.unwrap(),
        "Perhaps the transaction id: nothing proves the script of input 2. Amounts and payees stay."
    );
    maker.psbt.inputs[2].witness_utxo = None;
    assert_eq!(said_of_txid(&maker).0, Some("btc.txid-undetermined"), "no script at all");
    maker.add_input(Form::Pkh, 0, 50_000);
    let (code, stays, _) = said_of_txid(&maker);
    assert_eq!(code, Some("btc.txid-malleable"));
    assert_eq!(stays, "no, others can change it through input 3");
}

#[test]
fn nested_segwit_of_a_stranger_is_final_once_its_script_is_known() {
    let mut maker = Maker::usual(Form::Wpkh);
    maker.add_input(Form::ShWpkh, 0, 50_000);
    let (code, stays, _) = said_of_txid(&maker);
    assert_eq!((code, stays.as_str()), (None, "no, nested inputs change it once, when they are signed"));
    maker.psbt.inputs[2].redeem_script = None;
    assert_eq!(said_of_txid(&maker).0, Some("btc.txid-undetermined"), "what is behind the hash nobody says");
}

#[test]
fn our_own_taproot_signature_proves_the_scripts_of_strangers() {
    let mut maker = Maker::usual(Form::Tr);
    maker.add_input(Form::Wpkh, 0, 50_000);
    maker.psbt.inputs[2].non_witness_utxo = None;
    assert_eq!(said_of_txid(&maker).0, None);
}
