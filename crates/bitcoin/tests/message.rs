//! Signed messages (BIP-322) are shown as words, and are never taken for a payment.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test says what it expects by failing")]

mod common;

use bitcoin::absolute::LockTime;
use bitcoin::hashes::{Hash as _, HashEngine as _, sha256};
use bitcoin::psbt::PsbtSighashType;
use bitcoin::psbt::raw::Key;
use bitcoin::script::{Builder, Instruction};
use bitcoin::transaction::Version;
use bitcoin::{Amount, OutPoint, Psbt, Script, ScriptBuf, Sequence, Transaction, TxIn, TxOut, Witness, consensus};
use common::{Form, Maker, PAYEE, Place, all_codes, codes, field, proof, review, script_of, surroundings};
use data_encoding::{BASE64, HEXLOWER};
use vitrine_bitcoin::{
    AddressBook, CheckedPsbt, Network, Surroundings, Verified, VerifyError, bitcoin, decode, verify_response,
    verify_transaction,
};
use vitrine_review::{EffectKind, Severity, WorstCase, to_text};

/// Vectors of one class: their columns.
fn vectors(class: &str) -> Vec<Vec<String>> {
    let file = include_str!("../../../tests/vectors/bip322.tsv");
    let rows = file.lines().filter(|line| !line.starts_with('#'));
    let rows = rows.map(|row| row.split('\t').map(str::to_owned).collect::<Vec<_>>());
    rows.filter(|row| row[0] == class).collect()
}

/// `to_spend`, made here without the crate under test.
fn to_spend(message: &[u8], challenge: &Script) -> Transaction {
    let tag = sha256::Hash::hash(b"BIP0322-signed-message");
    let mut engine = sha256::Hash::engine();
    [&tag[..], &tag[..], message].into_iter().for_each(|part| engine.input(part));
    let hash = sha256::Hash::from_engine(engine).to_byte_array();
    let input = TxIn {
        previous_output: OutPoint::null(),
        script_sig: Builder::new().push_int(0).push_slice(hash).into_script(),
        sequence: Sequence::ZERO,
        witness: Witness::new(),
    };
    let output = TxOut { value: Amount::ZERO, script_pubkey: challenge.to_owned() };
    Transaction { version: Version(0), lock_time: LockTime::ZERO, input: vec![input], output: vec![output] }
}

fn to_sign(message: &[u8], challenge: &Script) -> Transaction {
    let input = TxIn {
        previous_output: OutPoint::new(to_spend(message, challenge).compute_txid(), 0),
        script_sig: ScriptBuf::new(),
        sequence: Sequence::ZERO,
        witness: Witness::new(),
    };
    let output = TxOut { value: Amount::ZERO, script_pubkey: ScriptBuf::from_bytes(vec![0x6a]) };
    Transaction { version: Version(0), lock_time: LockTime::ZERO, input: vec![input], output: vec![output] }
}

fn state(psbt: &mut Psbt, message: &[u8]) {
    psbt.unknown.insert(Key { type_value: 9, key: Vec::new() }, message.to_vec());
}

/// A request of the treasury's first address to sign `message`.
fn request(form: Form, message: &[u8]) -> Maker {
    let mut maker = Maker::new(form, &[1], 1, None);
    let challenge = Place::new(form, false, 0).script();
    maker.psbt.unsigned_tx = to_sign(message, &challenge);
    let spent = to_spend(message, &challenge);
    let input = &mut maker.psbt.inputs[0];
    input.non_witness_utxo = (form == Form::Pkh).then(|| spent.clone());
    input.witness_utxo = (form != Form::Pkh).then(|| spent.output[0].clone());
    state(&mut maker.psbt, message);
    maker
}

/// Adds a coin whose control is proven too.
fn add_coin(maker: &mut Maker, form: Form, index: u32, sat: u64) {
    maker.add_input(form, index, sat);
    maker.psbt.unsigned_tx.input.last_mut().unwrap().sequence = Sequence::ZERO;
}

/// The same request without the message.
fn silent(mut maker: Maker) -> Maker {
    maker.psbt.unknown.clear();
    maker
}

fn refusals(maker: &Maker) -> Vec<&'static str> {
    let checked = maker.check();
    assert_eq!(checked.message(), None);
    codes(&checked, Severity::Refuse)
}

/// What an operator without any wallet knows.
fn nothing_known() -> Surroundings {
    Surroundings { network: Network::Mainnet, wallets: Vec::new(), address_book: AddressBook::default() }
}

/// The last push of a script signature.
fn last_push(script: &Script) -> Option<ScriptBuf> {
    match script.instructions().last()?.ok()? {
        Instruction::PushBytes(bytes) => Some(ScriptBuf::from_bytes(bytes.as_bytes().to_vec())),
        Instruction::Op(_) => None,
    }
}

/// The scripts behind hashes, as the finished input shows them.
fn add_scripts(input: &mut bitcoin::psbt::Input, script: &Script, finished: &TxIn) {
    if script.is_p2sh() {
        input.redeem_script = last_push(&finished.script_sig);
    }
    let program = input.redeem_script.clone().unwrap_or_else(|| script.to_owned());
    if program.is_p2wsh() {
        input.witness_script = finished.witness.last().map(|item| ScriptBuf::from_bytes(item.to_vec()));
    }
}

/// The signed transaction of a published signature, and the outputs that its further inputs spend.
fn parse(signature: &str, message: &[u8], challenge: &Script) -> Option<(Transaction, Vec<bitcoin::psbt::Input>)> {
    let bytes = |text: &str| BASE64.decode(text.as_bytes()).ok();
    let (variant, rest) = signature.split_at_checked(3)?;
    match variant {
        "ful" => Some((consensus::deserialize(&bytes(rest)?).ok()?, Vec::new())),
        "pof" => {
            let psbt = Psbt::deserialize(&bytes(rest)?).ok()?;
            let inputs = psbt.inputs.clone();
            Some((psbt.extract_tx_unchecked_fee_rate(), inputs))
        }
        _ => {
            let rest = if variant == "smp" { rest } else { signature };
            let mut transaction = to_sign(message, challenge);
            transaction.input[0].witness = consensus::deserialize(&bytes(rest)?).ok()?;
            Some((transaction, Vec::new()))
        }
    }
}

/// Checks a published signature as the answer to a request for it.
fn answer(row: &[String]) -> Option<(CheckedPsbt, Result<Verified, VerifyError>)> {
    let message = HEXLOWER.decode(row[2].as_bytes()).unwrap();
    let challenge = script_of(&row[3]);
    let (signed, given) = parse(&row[4], &message, &challenge)?;
    let mut unsigned = signed.clone();
    unsigned.input.iter_mut().for_each(|i| (i.script_sig, i.witness) = (ScriptBuf::new(), Witness::new()));
    let mut psbt = Psbt::from_unsigned_tx(unsigned).unwrap();
    state(&mut psbt, &message);
    let transactions: Vec<Transaction> = given.iter().filter_map(|input| input.non_witness_utxo.clone()).collect();
    for (n, input) in psbt.inputs.iter_mut().enumerate() {
        let spent = to_spend(&message, &challenge);
        match given.get(n) {
            Some(given) if n > 0 => {
                // The BIP lets a previous transaction be given once for all inputs that spend it.
                let id = signed.input[n].previous_output.txid;
                let previous = transactions.iter().find(|tx| tx.compute_txid() == id).cloned();
                input.non_witness_utxo = previous.filter(|_| given.witness_utxo.is_none());
                input.witness_utxo = given.witness_utxo.clone();
            }
            _ if signed.input[n].witness.is_empty() => input.non_witness_utxo = Some(spent),
            _ => input.witness_utxo = Some(spent.output[0].clone()),
        }
        let previous = |tx: &Transaction| tx.output[signed.input[n].previous_output.vout as usize].clone();
        let spent = input.witness_utxo.clone().or_else(|| input.non_witness_utxo.as_ref().map(previous));
        add_scripts(input, &spent?.script_pubkey, &signed.input[n]);
    }
    let checked = decode(&psbt.serialize()).unwrap().check(&nothing_known()).unwrap();
    let verified = verify_transaction(&checked, &consensus::serialize(&signed));
    Some((checked, verified))
}

#[test]
fn published_signatures_verify_and_are_written_the_same() {
    let (mut recognised, mut verified, mut unread) = (0, 0, Vec::new());
    for row in vectors("valid") {
        let Some((checked, result)) = answer(&row) else { continue };
        let message =
            checked.message().unwrap_or_else(|| panic!("{}: {:?}", row[1], codes(&checked, Severity::Refuse)));
        assert_eq!(HEXLOWER.encode(message.text().as_bytes()), row[2]);
        assert_eq!(message.address(), Some(row[3].as_str()));
        recognised += 1;
        println!("{} {}: {:?}", &row[4][..3], row[1], result.as_ref().map(|_| ()).map_err(ToString::to_string));
        let result = match result {
            Ok(result) => result,
            Err(error) => {
                assert_eq!(error, VerifyError::FinalField { input: 0 }, "{}", row[1]);
                unread.push(row[1].clone());
                continue;
            }
        };
        assert_eq!(result.transaction(), None, "a message is no transaction");
        let Some(signature) = result.message_signature() else { continue };
        if !signature.starts_with("pof") {
            assert_eq!(signature.trim_start_matches("smp"), row[4].trim_start_matches("smp"));
        }
        verified += 1;
    }
    println!("{recognised} messages recognised, {verified} signatures verified");
    assert_eq!((recognised, verified), (23, 21));
    // Their scripts, IF key ELSE n CSV DROP key ENDIF CHECKSIG, are no miniscript: nobody can say which key signed what,
    // and that a script executes does not show that its signatures fix everything, which the BIP asks for.
    assert_eq!(unread, ["p2tr-time-lock", "p2wsh-time-lock"]);
}

#[test]
fn published_signatures_of_others_or_of_other_messages_do_not_verify() {
    let mut count = 0;
    for row in vectors("invalid") {
        let Some((checked, result)) = answer(&row) else {
            println!("not even encoded: {}", row[1]);
            continue;
        };
        match result {
            Err(error) => println!("{}: {error}", row[1]),
            Ok(verified) => assert_eq!(verified.message_signature(), None, "{}", row[1]),
        }
        if row[4].starts_with("ful") {
            assert_eq!(checked.message(), None, "{}", row[1]);
            assert!(codes(&checked, Severity::Refuse).contains(&"btc.message-mismatch"), "{}", row[1]);
        }
        count += 1;
    }
    println!("{count} wrong signatures refused");
    assert_eq!(count, 28 + 8 - 4);
}

#[test]
fn a_message_is_shown_as_words_and_not_as_a_payment() {
    for form in Form::ALL {
        let checked = request(form, "I own this. \u{202e}♥".as_bytes()).check();
        assert_eq!(codes(&checked, Severity::Refuse), [""; 0], "{form:?}");
        assert_eq!(codes(&checked, Severity::Restricted), [""; 0], "{form:?}");
        assert_eq!(codes(&checked, Severity::Caution), ["btc.message-signed"], "{form:?}");
        assert_eq!(field(&checked, "btc.message.meaning"), "This signs a message, it pays nobody");
        assert_eq!(field(&checked, "btc.message.text"), "“I own this. \\u{202e}\\u{2665}”");
        assert!(proof(&checked, "btc.message.text").contains("made anew from message and address"));
        assert!(proof(&checked, "btc.input[0].amount").contains("previous transaction"));
        let review = review(&checked);
        let kinds: Vec<_> = review.effects().list.iter().map(|effect| effect.kind).collect();
        assert_eq!(kinds, [EffectKind::SignsMessage]);
        assert_eq!(review.effects().leaving.unwrap().base_units(), 0);
        assert!(matches!(&review.effects().worst_case, WorstCase::AtMost(amount) if amount.base_units() == 0));
        assert!(!to_text(&review).contains("Fee"), "{}", to_text(&review));
        assert_eq!(review.account().unknown(), 0);
        for field in &review.effects().list[0].fields {
            assert!(review.document().field(field).is_some(), "{field}");
        }
        for owner in review.account().owners() {
            assert!(
                owner.field.as_ref().is_none_or(|field| review.document().field(field).is_some()),
                "{}",
                owner.label
            );
        }
    }
}

#[test]
fn the_answer_to_a_message_is_never_a_network_transaction() {
    for (form, variant) in [(Form::Wpkh, "smp"), (Form::Tr, "smp"), (Form::Pkh, "ful"), (Form::ShWpkh, "ful")] {
        let maker = request(form, b"Vitrine");
        let verified = verify_response(&maker.check(), &maker.signed().serialize()).unwrap();
        assert_eq!(verified.transaction(), None, "{form:?}");
        let signature = verified.message_signature().unwrap();
        assert!(signature.starts_with(variant), "{form:?}: {signature}");
        assert!(verified.checks().iter().any(|check| check.ends_with(signature)));
    }
}

#[test]
fn further_coins_are_named_and_none_of_them_is_a_fee() {
    let mut maker = request(Form::Wpkh, b"solvent");
    add_coin(&mut maker, Form::Wpkh, 1, 70_000);
    add_coin(&mut maker, Form::Wpkh, 2, 5_000_000);
    let checked = maker.check();
    assert_eq!(codes(&checked, Severity::Refuse), [""; 0]);
    assert_eq!(codes(&checked, Severity::Caution), ["btc.message-signed", "btc.message-shows-funds"]);
    assert_eq!(field(&checked, "btc.message.further-coins"), "2 coins");
    assert_eq!(checked.fee_sat(), None);
    let verified = verify_response(&checked, &maker.signed().serialize()).unwrap();
    assert_eq!(verified.transaction(), None);
    let psbt = BASE64.decode(verified.message_signature().unwrap().strip_prefix("pof").unwrap().as_bytes()).unwrap();
    let psbt = Psbt::deserialize(&psbt).unwrap();
    assert!(psbt.inputs.iter().all(|input| input.final_script_witness.is_some() && input.witness_utxo.is_some()));
}

#[test]
fn a_message_that_is_not_stated_is_not_signed_blindly() {
    for form in Form::ALL {
        let blind = silent(request(form, b"I owe you a house"));
        assert!(refusals(&blind).contains(&"btc.message-missing"), "{form:?}");
    }
    // The shape may be hidden by further outputs; the transaction that is spent still shows it.
    let mut hidden = silent(request(Form::Pkh, b"I owe you a house"));
    hidden.add_output(script_of(PAYEE), 0);
    assert!(refusals(&hidden).contains(&"btc.message-missing"));
}

#[test]
fn one_message_cannot_be_shown_and_another_be_signed() {
    for form in Form::ALL {
        let mut maker = request(form, b"I owe you a house");
        state(&mut maker.psbt, b"I owe you a coffee");
        assert!(refusals(&maker).contains(&"btc.message-mismatch"), "{form:?}");
    }
}

#[test]
fn a_message_cannot_disguise_a_payment() {
    let mut payment = Maker::usual(Form::Wpkh);
    state(&mut payment.psbt, b"Only a message");
    assert_eq!(refusals(&payment), ["btc.message-mismatch"]);
    let mut paying = request(Form::Wpkh, b"Only a message");
    paying.add_output(script_of(PAYEE), 1_000);
    assert!(refusals(&paying).contains(&"btc.message-mismatch"));
    let mut burning = request(Form::Wpkh, b"Only a message");
    burning.psbt.unsigned_tx.output[0].value = Amount::from_sat(1);
    assert!(refusals(&burning).contains(&"btc.message-mismatch"));
    let mut version = request(Form::Wpkh, b"Only a message");
    version.psbt.unsigned_tx.version = Version(3);
    assert!(refusals(&version).contains(&"btc.message-mismatch"));
    let mut with_data = request(Form::Wpkh, b"Only a message");
    with_data.psbt.unsigned_tx.output[0].script_pubkey = ScriptBuf::from_bytes(vec![0x6a, 0x01, 0x41]);
    assert!(refusals(&with_data).contains(&"btc.message-mismatch"));
}

#[test]
fn a_second_message_cannot_hide_behind_the_first() {
    let mut maker = request(Form::Pkh, b"The first");
    let second = to_spend(b"The second", &Place::new(Form::Pkh, false, 1).script());
    add_coin(&mut maker, Form::Pkh, 1, 0);
    maker.psbt.unsigned_tx.input[1].previous_output = OutPoint::new(second.compute_txid(), 0);
    maker.psbt.inputs[1].non_witness_utxo = Some(second);
    assert!(refusals(&maker).contains(&"btc.message-mismatch"));
}

#[test]
fn a_signature_of_a_message_cannot_be_carried_into_a_payment() {
    for kind in [0x02, 0x03, 0x81, 0x82, 0x83] {
        let mut maker = request(Form::Wpkh, b"solvent");
        add_coin(&mut maker, Form::Wpkh, 1, 70_000);
        maker.psbt.inputs[1].sighash_type = Some(PsbtSighashType::from_u32(kind));
        assert!(refusals(&maker).contains(&"btc.message-sighash"), "{kind:#x}");
    }
}

#[test]
fn words_that_nobody_can_read_are_refused() {
    assert!(refusals(&request(Form::Tr, &[0xff; 32])).contains(&"btc.message-unreadable"));
    assert!(refusals(&request(Form::Tr, "a".repeat(10_001).as_bytes())).contains(&"btc.message-unreadable"));
    assert!(request(Form::Tr, "a".repeat(10_000).as_bytes()).check().message().is_some());
    assert!(request(Form::Tr, b"").check().message().is_some());
}

#[test]
fn an_amount_claimed_for_the_message_is_a_contradiction() {
    let mut maker = request(Form::Wpkh, b"Vitrine");
    maker.psbt.inputs[0].witness_utxo.as_mut().unwrap().value = Amount::from_sat(5);
    assert!(all_codes(&maker.check_in(&surroundings(Form::Wpkh))).contains(&"btc.amount-contradiction"));
}

#[test]
fn no_changed_byte_shows_another_message() {
    let maker = request(Form::Wpkh, b"I own this");
    let bytes = maker.bytes();
    let known = surroundings(Form::Wpkh);
    let mut shown = 0;
    for at in 0..bytes.len() {
        for flip in [0x01, 0x20, 0x80] {
            let mut changed = bytes.clone();
            changed[at] ^= flip;
            let Ok(checked) = decode(&changed).map(|request| request.check(&known).unwrap()) else { continue };
            let review = review(&checked);
            let Some(message) = checked.message() else {
                let refused = review.findings().count(Severity::Refuse) + review.findings().count(Severity::Restricted);
                assert!(refused > 0, "byte {at}: no message, and nothing refuses it");
                continue;
            };
            assert_eq!(message.text(), "I own this", "byte {at}");
            shown += 1;
        }
    }
    assert!(shown > 0);
}
