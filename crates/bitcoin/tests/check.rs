//! What is proven, what is claimed, what is ours: one test per way to lie about it.

mod common;

use bitcoin::{Amount, ScriptBuf};
use common::{Form, Maker, Place, all_codes, codes, field, owner, proof, surroundings};
use vitrine_bitcoin::{
    AddressBook, CheckError, FINDINGS, InputAmount, Network, OutputRole, ScriptKind, Surroundings, Wallet, WalletError,
};
use vitrine_review::Severity;

#[test]
fn every_kind_of_wallet_is_recognised_by_its_scripts() {
    for (form, kind) in Form::ALL.into_iter().zip([
        ScriptKind::P2wpkh,
        ScriptKind::P2pkh,
        ScriptKind::P2shP2wpkh,
        ScriptKind::P2tr,
        ScriptKind::P2wsh,
    ]) {
        let checked = Maker::usual(form).check();
        assert!(checked.refusal().is_none(), "{form:?}: {:?}", all_codes(&checked));
        assert_eq!(codes(&checked, Severity::Restricted), [""; 0], "{form:?}");
        assert_eq!(codes(&checked, Severity::Caution), [""; 0], "{form:?}");
        assert_eq!(owner(checked.inputs()[1].own()), Some((false, 1)));
        assert_eq!(checked.inputs()[1].kind(), kind);
        assert_eq!(owner(checked.outputs()[1].own()), Some((true, 3)));
        assert_eq!(checked.outputs()[0].role(), OutputRole::Payee(1));
        assert_eq!(checked.outputs()[1].role(), OutputRole::Change);
        assert_eq!(checked.fee_sat(), Some(10_000));
        let own = checked.inputs()[1].own().unwrap();
        let place = Place::new(form, false, 1);
        assert_eq!(own.script_pubkey(), place.script());
        for key in own.keys() {
            let source = if form == Form::Tr {
                place.origins.values().next()
            } else {
                place.origins.get(&key.public_key().inner)
            };
            assert_eq!(source, Some(&(key.fingerprint(), key.path().clone())));
        }
    }
}

#[test]
fn a_forged_previous_transaction_proves_nothing() {
    let mut maker = Maker::usual(Form::Wpkh);
    maker.psbt.inputs[0].non_witness_utxo.as_mut().unwrap().output[1].value = Amount::from_sat(100_000_000);
    maker.psbt.inputs[0].witness_utxo.as_mut().unwrap().value = Amount::from_sat(100_000_000);
    let checked = maker.check();
    assert_eq!(checked.refusal().unwrap().code, "btc.previous-transaction-forged");
    assert_eq!(checked.inputs()[0].amount(), InputAmount::Claimed(100_000_000));
    assert_eq!(checked.fee_sat(), None);
}

#[test]
fn two_amounts_for_one_input_are_refused() {
    let mut maker = Maker::usual(Form::Wpkh);
    maker.psbt.inputs[0].witness_utxo.as_mut().unwrap().value = Amount::from_sat(299_999);
    assert_eq!(maker.check().refusal().unwrap().code, "btc.amount-contradiction");
}

#[test]
fn an_output_number_past_the_previous_transaction_is_refused() {
    let mut maker = Maker::usual(Form::Wpkh);
    maker.psbt.unsigned_tx.input[0].previous_output.vout = 2;
    let checked = maker.check();
    assert!(codes(&checked, Severity::Refuse).contains(&"btc.previous-output-missing"));
}

#[test]
fn an_amount_without_previous_transaction_is_only_claimed() {
    let mut maker = Maker::usual(Form::Wpkh);
    maker.psbt.inputs[1].non_witness_utxo = None;
    let checked = maker.check();
    assert_eq!(codes(&checked, Severity::Refuse), ["btc.amount-not-proven"]);
    assert_eq!(proof(&checked, "btc.input[1].amount"), "Claimed by the request");
    assert_eq!(proof(&checked, "btc.fee"), "Claimed by the request");
    assert_eq!(checked.fee_sat(), None);
    assert_eq!(common::review(&checked).effects().leaving, None);
    let mut maker = Maker::usual(Form::Pkh);
    maker.psbt.inputs[1].witness_utxo = Some(maker.previous[1].output[1].clone());
    maker.psbt.inputs[1].non_witness_utxo = None;
    assert_eq!(maker.check().refusal().unwrap().code, "btc.witness-utxo-for-legacy");
}

#[test]
fn a_taproot_amount_is_bound_by_our_own_signature() {
    let mut maker = Maker::usual(Form::Tr);
    maker.psbt.inputs[0].non_witness_utxo = None;
    let checked = maker.check();
    assert_eq!(codes(&checked, Severity::Restricted), [""; 0]);
    assert_eq!(checked.inputs()[0].amount(), InputAmount::Bound(300_000));
    assert_eq!(checked.fee_sat(), Some(10_000));
    assert!(proof(&checked, "btc.fee").starts_with("Proven by our own signature"));
}

#[test]
fn change_by_metadata_alone_is_a_payee() {
    let mut maker = Maker::usual(Form::Wpkh);
    maker.psbt.outputs[0].bip32_derivation = Place::new(Form::Wpkh, true, 9).origins;
    let checked = maker.check();
    assert!(codes(&checked, Severity::Caution).contains(&"btc.change-not-proven"));
    assert_eq!(checked.outputs()[0].role(), OutputRole::Payee(1));
    assert_eq!(field(&checked, "btc.output[0].owner"), "not ours");
    let leaving = common::review(&checked).effects().leaving.unwrap();
    assert_eq!(leaving.base_units(), 310_000);
}

#[test]
fn lies_about_fingerprints_change_nothing() {
    let mut maker = Maker::usual(Form::Wpkh);
    for (fingerprint, _) in maker.psbt.inputs[0].bip32_derivation.values_mut() {
        *fingerprint = [0, 0, 0, 0].into();
    }
    maker.psbt.outputs[1].bip32_derivation.clear();
    let checked = maker.check();
    assert_eq!(owner(checked.inputs()[0].own()), Some((false, 0)));
    assert_eq!(checked.outputs()[1].role(), OutputRole::Change);
}

#[test]
fn an_own_input_that_the_request_hides_is_found() {
    let mut maker = Maker::usual(Form::Wpkh);
    maker.psbt.inputs[1].bip32_derivation.clear();
    let checked = maker.check();
    assert_eq!(owner(checked.inputs()[1].own()), Some((false, 1)));
    assert_eq!(codes(&checked, Severity::Caution), ["btc.own-input-hidden"]);
}

/// Past the scripts that are derived when the wallet is registered the window still follows the highest hint.
#[test]
fn an_own_input_hidden_behind_a_high_hint_is_found_for_every_form() {
    for form in Form::ALL {
        let mut maker = Maker::new(form, &[300_000], 300_000, Some((45, 100_000)));
        maker.add_input(form, 30, 200_000);
        let hidden = &mut maker.psbt.inputs[1];
        hidden.bip32_derivation.clear();
        hidden.tap_key_origins.clear();
        let checked = maker.check();
        assert_eq!(owner(checked.inputs()[1].own()), Some((false, 30)), "{form:?}");
        assert!(codes(&checked, Severity::Caution).contains(&"btc.own-input-hidden"), "{form:?}");
        // And an output that the request does not call change.
        maker.psbt.outputs[1].bip32_derivation.clear();
        maker.psbt.outputs[1].tap_key_origins.clear();
        assert_eq!(owner(maker.check().outputs()[1].own()), None, "no hint leads past index 30: {form:?}");
        maker.add_change(40, 1_000);
        assert_eq!(owner(maker.check().outputs()[1].own()), Some((true, 45)), "{form:?}");
    }
}

/// Of two wallets that derive the same script the first one registered has it, hinted at or not.
#[test]
fn of_two_wallets_with_one_script_the_first_has_it() {
    let wallet =
        |name: &str| Wallet::parse(name, &Form::Wpkh.descriptor(Network::Testnet3), Network::Testnet3).unwrap();
    let both = Surroundings { wallets: vec![wallet("A"), wallet("B")], ..surroundings(Form::Wpkh) };
    let mut maker = Maker::usual(Form::Wpkh);
    maker.psbt.inputs[1].bip32_derivation.clear();
    for input in maker.check_in(&both).inputs() {
        assert_eq!(input.own().unwrap().wallet_name(), "A");
    }
}

/// The interpreter reads the whole transaction for each input: more than it can read in time is refused beforehand.
#[test]
fn a_transaction_too_large_to_execute_is_refused_before_it_is_signed() {
    use vitrine_bitcoin::bitcoin::hashes::Hash as _;
    use vitrine_bitcoin::bitcoin::{OutPoint, Psbt, Txid};
    let request = |inputs: u32, outputs: usize| {
        let mut maker = Maker::new(Form::Wpkh, &[300_000], 1_000, None);
        let (txin, txout) = (maker.psbt.unsigned_tx.input[0].clone(), maker.psbt.unsigned_tx.output[0].clone());
        let coin = |n| OutPoint::new(Txid::from_byte_array([3; 32]), n);
        let inputs = (0..inputs).map(|n| bitcoin::TxIn { previous_output: coin(n), ..txin.clone() });
        maker.psbt.unsigned_tx.input = inputs.collect();
        maker.psbt.unsigned_tx.output = vec![txout; outputs];
        maker.psbt = Psbt::from_unsigned_tx(maker.psbt.unsigned_tx).unwrap();
        codes(&maker.check(), Severity::Refuse).contains(&"btc.too-large-to-execute")
    };
    assert!(request(5_000, 5_000));
    assert!(!request(5_000, 200), "as many inputs as are read, and a few outputs");
    assert!(!request(2_000, 5_000));
}

#[test]
fn change_far_away_and_outside_every_window_is_found_by_its_hint() {
    let mut maker = Maker::usual(Form::Wpkh);
    maker.psbt.unsigned_tx.output.pop();
    maker.psbt.outputs.pop();
    maker.add_change(9_999, 190_000);
    let checked = maker.check();
    assert_eq!(owner(checked.outputs()[1].own()), Some((true, 9_999)));
    assert!(codes(&checked, Severity::Caution).contains(&"btc.change-index-far"));
}

#[test]
fn a_request_for_another_network_is_refused() {
    let maker = Maker::usual(Form::Wpkh);
    let main = Wallet::parse("Treasury", &Form::Wpkh.descriptor(Network::Mainnet), Network::Mainnet).unwrap();
    let address_book = AddressBook::default();
    let surroundings = Surroundings { network: Network::Mainnet, wallets: vec![main], address_book };
    let checked = maker.check_in(&surroundings);
    assert!(codes(&checked, Severity::Refuse).contains(&"btc.other-network"));
    let wrong = Surroundings { network: Network::Regtest, ..common::surroundings(Form::Wpkh) };
    let error = vitrine_bitcoin::decode(&maker.bytes()).unwrap().check(&wrong).unwrap_err();
    assert!(matches!(error, CheckError::WalletNetwork { .. }), "{error}");
}

#[test]
fn a_request_that_is_not_for_this_treasury_is_refused() {
    let checked = Maker::usual(Form::Wpkh).check_in(&surroundings(Form::Tr));
    assert_eq!(codes(&checked, Severity::Refuse), ["btc.no-own-input"]);
    let none = Surroundings { wallets: Vec::new(), ..surroundings(Form::Wpkh) };
    let checked = Maker::usual(Form::Wpkh).check_in(&none);
    assert_eq!(codes(&checked, Severity::Refuse), ["btc.no-wallet"]);
    assert_eq!(field(&checked, "btc.fee"), "0.00010000 tBTC");
    assert_eq!(common::review(&checked).effects().leaving, None);
}

#[test]
fn amounts_that_overflow_are_refused() {
    let mut maker = Maker::usual(Form::Wpkh);
    maker.psbt.unsigned_tx.output[0].value = Amount::from_sat(u64::MAX);
    maker.psbt.unsigned_tx.output[1].value = Amount::from_sat(u64::MAX);
    let checked = maker.check();
    assert!(codes(&checked, Severity::Refuse).contains(&"btc.amount-out-of-range"));
    assert_eq!(checked.fee_sat(), None);
    let maker = Maker::new(Form::Wpkh, &[100_000], 100_001, None);
    assert_eq!(maker.check().refusal().unwrap().code, "btc.outputs-exceed-inputs");
}

#[test]
fn the_same_coin_twice_is_refused() {
    let mut maker = Maker::usual(Form::Wpkh);
    maker.psbt.unsigned_tx.input[1] = maker.psbt.unsigned_tx.input[0].clone();
    maker.psbt.inputs[1] = maker.psbt.inputs[0].clone();
    assert_eq!(maker.check().refusal().unwrap().code, "btc.duplicate-input");
}

#[test]
fn sighash_types_that_leave_something_open_are_restricted_or_refused() {
    for (value, code, severity) in [
        (0x02, "btc.sighash-none", Severity::Restricted),
        (0x03, "btc.sighash-single", Severity::Restricted),
        (0x81, "btc.sighash-anyone-can-pay", Severity::Restricted),
        (0x00, "btc.sighash-unknown", Severity::Refuse),
        (0x21, "btc.sighash-unknown", Severity::Refuse),
        (0x101, "btc.sighash-unknown", Severity::Refuse),
    ] {
        let mut maker = Maker::usual(Form::Wpkh);
        maker.psbt.inputs[0].sighash_type = Some(bitcoin::psbt::PsbtSighashType::from_u32(value));
        let checked = maker.check();
        assert_eq!(codes(&checked, severity), [code], "{value:#x}");
        let review = common::review(&checked);
        assert_eq!(review.effects().others_can_change.len(), 1);
        // The most that can be lost is everything that our inputs hold.
        assert_eq!(review.effects().worst_case, vitrine_review::WorstCase::AtMost(amount(500_000)));
    }
    let mut maker = Maker::usual(Form::Wpkh);
    maker.psbt.unsigned_tx.output.pop();
    maker.psbt.outputs.pop();
    maker.psbt.inputs[1].sighash_type = Some(bitcoin::psbt::PsbtSighashType::from_u32(3));
    assert_eq!(maker.check().refusal().unwrap().code, "btc.sighash-single-no-output");
}

fn amount(sat: u64) -> vitrine_review::Amount {
    vitrine_review::Amount::from_sat(sat, "tBTC")
}

#[test]
fn a_script_that_is_not_the_coin_s_is_refused() {
    let mut maker = Maker::usual(Form::ShWpkh);
    maker.psbt.inputs[0].redeem_script = maker.psbt.inputs[1].redeem_script.clone();
    assert_eq!(maker.check().refusal().unwrap().code, "btc.script-mismatch");
    let mut maker = Maker::usual(Form::WshMulti);
    maker.psbt.inputs[0].witness_script = Some(ScriptBuf::from_bytes(vec![0x51]));
    assert_eq!(maker.check().refusal().unwrap().code, "btc.script-mismatch");
}

#[test]
fn inputs_of_others_and_of_two_wallets_are_named() {
    let mut maker = Maker::usual(Form::Wpkh);
    maker.add_input(Form::Tr, 0, 50_000);
    let checked = maker.check();
    assert!(codes(&checked, Severity::Caution).contains(&"btc.foreign-input"));
    // The wallet loses what it always lost; the stranger's coin pays more fee.
    assert_eq!(common::review(&checked).effects().leaving, Some(amount(310_000)));
    let both = Surroundings { wallets: vec![Form::Wpkh.wallet(), Form::Tr.wallet()], ..surroundings(Form::Wpkh) };
    let checked = maker.check_in(&both);
    assert!(codes(&checked, Severity::Caution).contains(&"btc.wallets-mixed"));
    let mut maker = Maker::usual(Form::Wpkh);
    maker.add_input(Form::ShWpkh, 0, 50_000);
    maker.psbt.inputs[2].non_witness_utxo = None;
    let checked = maker.check();
    assert!(codes(&checked, Severity::Caution).contains(&"btc.fee-unknown"));
    assert_eq!(common::review(&checked).effects().leaving, Some(amount(310_000)));
}

#[test]
fn finished_inputs_are_not_signed_again() {
    let mut maker = Maker::usual(Form::Wpkh);
    maker.psbt.inputs[0].final_script_witness = Some(bitcoin::Witness::from_slice(&[[1u8; 71]]));
    assert_eq!(maker.check().refusal().unwrap().code, "btc.already-final");
}

#[test]
fn signatures_that_are_there_already_are_verified() {
    let maker = Maker::usual(Form::Wpkh);
    let signed = maker.signed();
    let mut one = Maker::usual(Form::Wpkh);
    one.psbt.inputs[0] = signed.inputs[0].clone();
    assert!(codes(&one.check(), Severity::Fact).contains(&"btc.signature-present"));
    one.psbt.unsigned_tx.output[0].value = Amount::from_sat(300_001);
    assert_eq!(one.check().refusal().unwrap().code, "btc.signature-wrong");
    // A genuine signature of this very digest, by a key that cannot spend the coin.
    let mut foreign = Maker::usual(Form::Wpkh);
    let other = bitcoin::secp256k1::SecretKey::from_slice(&[7; 32]).unwrap();
    let digest = data_encoding::HEXLOWER.decode(field(&foreign.check(), "btc.input[0].digest").as_bytes()).unwrap();
    let message = bitcoin::secp256k1::Message::from_digest(digest.try_into().unwrap());
    let signature = bitcoin::ecdsa::Signature::sighash_all(common::secp().sign_ecdsa(&message, &other));
    let key = bitcoin::PublicKey::new(other.public_key(&common::secp()));
    foreign.psbt.inputs[0].partial_sigs.insert(key, signature);
    assert_eq!(foreign.check().refusal().unwrap().code, "btc.signature-wrong");
}

#[test]
fn every_finding_points_at_a_field_that_exists() {
    let mut maker = Maker::usual(Form::Wpkh);
    maker.add_output(ScriptBuf::from_bytes(vec![0x6a, 2, 0x68, 0x69]), 500);
    maker.psbt.inputs[0].sighash_type = Some(bitcoin::psbt::PsbtSighashType::from_u32(2));
    maker.psbt.inputs[1].non_witness_utxo = None;
    maker.psbt.inputs[1].bip32_derivation.clear();
    maker.psbt.unsigned_tx.lock_time = bitcoin::absolute::LockTime::from_consensus(1_900_000_000);
    for network in [Network::Testnet3, Network::Mainnet] {
        let wallet = Wallet::parse("T", &Form::Wpkh.descriptor(network), network).unwrap();
        let address_book = AddressBook::default();
        let checked = maker.check_in(&Surroundings { network, wallets: vec![wallet], address_book });
        let review = common::review(&checked);
        for finding in review.findings().iter() {
            assert!(FINDINGS.iter().any(|(code, severity, _)| *code == finding.code && *severity == finding.severity));
            if let Some(field) = &finding.field {
                assert!(review.document().field(field).is_some(), "{} points at {field}", finding.code);
            }
        }
    }
}

#[test]
fn descriptors_that_cannot_serve_are_refused() {
    let parse = |text: &str| Wallet::parse("T", text, Network::Testnet3);
    let main = Form::Wpkh.descriptor(Network::Mainnet);
    assert!(matches!(parse(&main), Err(WalletError::OtherNetwork { .. })));
    let xprv = common::master(Network::Testnet3).to_string();
    let error = parse(&format!("wpkh({xprv}/0/*)")).unwrap_err();
    assert_eq!(error, WalletError::PrivateKey);
    assert!(!error.to_string().contains(&xprv));
    let wif =
        bitcoin::PrivateKey::new(common::master(Network::Testnet3).private_key, bitcoin::NetworkKind::Test).to_wif();
    assert_eq!(parse(&format!("wpkh({wif})")).unwrap_err(), WalletError::PrivateKey);
    let good = Form::Wpkh.descriptor(Network::Testnet3);
    assert!(matches!(parse(&good.replace("/*", "/*h")), Err(WalletError::Hardened { .. })));
    assert!(matches!(parse(&good.replace("<0;1>", "<0;1;2>")), Err(WalletError::Paths { count: 3 })));
    assert!(matches!(parse("wpkh(nonsense)"), Err(WalletError::Descriptor { .. })));
    assert!(matches!(parse(&format!("{good}#aaaaaaaa")), Err(WalletError::Descriptor { .. })));
    let wallet = parse(&good).unwrap();
    assert_eq!(wallet.keys()[0].fingerprint, common::fingerprint());
    assert_eq!(wallet.keys()[0].path.to_string(), "84'/1'/0'");
    assert_eq!(wallet.address(false, 0).unwrap(), "tb1qkvwu9g3k2pdxewfqr7syz89r3gj557l3uuf9r9");
    assert!(parse(&wallet.descriptor()).is_ok());
}

#[test]
fn a_claim_to_our_key_on_a_foreign_coin_is_not_believed() {
    let mut maker = Maker::usual(Form::Wpkh);
    maker.add_input(Form::Tr, 0, 50_000);
    assert!(codes(&maker.check(), Severity::Caution).contains(&"btc.own-input-not-proven"));
}

#[test]
fn what_others_signed_already_is_not_taken_on_trust() {
    let mut maker = Maker::usual(Form::Wpkh);
    maker.add_input(Form::Tr, 0, 50_000);
    maker.psbt.inputs[2].final_script_witness = Some(bitcoin::Witness::from_slice(&[[1u8; 64]]));
    assert!(codes(&maker.check(), Severity::Restricted).contains(&"btc.foreign-input-final"));
    let mut maker = Maker::usual(Form::Wpkh);
    maker.add_input(Form::ShWpkh, 0, 50_000);
    let signature = *maker.signed().inputs[2].partial_sigs.values().next().unwrap();
    let key = *maker.signed().inputs[2].partial_sigs.keys().next().unwrap();
    maker.psbt.inputs[2].partial_sigs.insert(key, signature);
    maker.psbt.inputs[2].witness_utxo = None;
    maker.psbt.inputs[2].non_witness_utxo = None;
    assert!(codes(&maker.check(), Severity::Restricted).contains(&"btc.signature-unverifiable"));
}

#[test]
fn signatures_of_many_legacy_inputs_are_not_hashed_by_the_gigabyte() {
    let key = *Place::new(Form::Pkh, false, 0).origins.keys().next().unwrap();
    let key = bitcoin::PublicKey::new(key);
    let signature = *Maker::usual(Form::Pkh).signed().inputs[0].partial_sigs.values().next().unwrap();
    let stranger = bitcoin::psbt::Input {
        witness_utxo: Some(bitcoin::TxOut {
            value: Amount::from_sat(1_000),
            script_pubkey: ScriptBuf::new_p2pkh(&key.pubkey_hash()),
        }),
        partial_sigs: [(key, signature)].into(),
        ..Default::default()
    };
    let mut maker = Maker::usual(Form::Wpkh);
    for n in 0..40 {
        let mut txin = maker.psbt.unsigned_tx.input[0].clone();
        txin.previous_output.vout = n + 2;
        maker.psbt.unsigned_tx.input.push(txin);
        maker.psbt.inputs.push(stranger.clone());
    }
    assert!(codes(&maker.check(), Severity::Refuse).contains(&"btc.signature-wrong"));
    maker.add_output(ScriptBuf::from_bytes(vec![0x51; 1 << 20]), 1_000);
    let checked = maker.check();
    assert!(!all_codes(&checked).contains(&"btc.signature-wrong"), "40 MiB were hashed");
    assert!(codes(&checked, Severity::Restricted).contains(&"btc.signature-unverifiable"));
}

#[test]
fn hints_that_cost_more_keys_than_are_derived_are_refused() {
    let network = Network::Testnet3;
    let key = |i: usize| format!("{}/<0;1>/*", common::account(&format!("48h/1h/{i}h/2h"), network));
    let keys: Vec<String> = (0..10).map(key).collect();
    let descriptor = format!("wsh(sortedmulti(2,{}))", keys.join(","));
    let big = Wallet::parse("Ten keys", &descriptor, network).unwrap();
    let mut maker = Maker::usual(Form::Wpkh);
    let step = *Place::new(Form::Wpkh, false, 1).origins.keys().next().unwrap();
    let mut key = *Place::new(Form::Wpkh, false, 0).origins.keys().next().unwrap();
    for index in 2_000..6_500 {
        key = key.combine(&step).unwrap();
        let path = format!("m/0/{index}").parse().unwrap();
        maker.psbt.outputs[0].bip32_derivation.insert(key, (common::fingerprint(), path));
    }
    let request = vitrine_bitcoin::decode(&maker.bytes()).unwrap();
    let error = request.check(&Surroundings { wallets: vec![big], ..surroundings(Form::Wpkh) }).unwrap_err();
    assert!(matches!(error, CheckError::TooManyHints { .. }), "{error}");
}

#[test]
fn what_others_will_sign_is_only_claimed() {
    let mut maker = Maker::usual(Form::Wpkh);
    maker.add_input(Form::Tr, 0, 50_000);
    let checked = maker.check();
    for name in ["sighash", "commits", "leaves-open"] {
        assert_eq!(proof(&checked, &format!("btc.input[2].{name}")), "Claimed by the request", "{name}");
        assert!(proof(&checked, &format!("btc.input[0].{name}")).starts_with("Proven"), "{name}");
    }
}

#[test]
fn own_inputs_that_all_carry_their_signatures_leave_nothing_to_sign() {
    for form in Form::ALL {
        let signed = Maker { psbt: Maker::usual(form).signed(), ..Maker::usual(form) };
        let checked = signed.check();
        assert_eq!(codes(&checked, Severity::Refuse), ["btc.nothing-left-to-sign"], "{form:?}");
        let refusal = checked.refusal().unwrap();
        assert!(refusal.action.contains("verify the signed PSBT as it is"), "{}", refusal.action);
        let mut one = Maker::usual(form);
        one.psbt.inputs[0] = signed.psbt.inputs[0].clone();
        let checked = one.check();
        assert_eq!(checked.refusal(), None, "{form:?}");
        assert_eq!(checked.inputs().iter().map(|i| i.needs_signature()).collect::<Vec<_>>(), [false, true]);
        let review = common::review(&checked);
        let present = review.findings().iter().find(|f| f.code == "btc.signature-present").unwrap();
        assert!(present.truth.ends_with("It needs no more."), "{}", present.truth);
        assert!(present.consequence.contains("no other one is taken from a device"), "{}", present.consequence);
    }
}

#[test]
fn who_signed_without_a_registered_wallet_is_said_as_the_request_claims_it() {
    let none = Surroundings { wallets: Vec::new(), ..surroundings(Form::WshMulti) };
    let mut maker = Maker { psbt: Maker::usual(Form::WshMulti).signed(), ..Maker::usual(Form::WshMulti) };
    let key = *maker.psbt.inputs[0].partial_sigs.keys().next().unwrap();
    let (fingerprint, path) = maker.psbt.inputs[0].bip32_derivation[&key.inner].clone();
    let signers = maker.check_in(&none).inputs()[0].signers();
    assert_eq!(signers[0], format!("key {key} (the request claims: {fingerprint}/{path})"));
    assert!(field(&maker.check_in(&none), "btc.input[0].signed-by").starts_with(&signers[0]));
    maker.psbt.inputs[0].bip32_derivation.clear();
    assert_eq!(maker.check_in(&none).inputs()[0].signers()[0], format!("key {key} (of no stated origin)"));
}
