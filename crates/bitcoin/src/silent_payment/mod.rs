//! Silent payments (BIP-352): outputs whose script is made of the payee's address and the inputs' keys.
//!
//! The request states the address and shares of the secret, each with a proof (BIP-374, BIP-375). The proofs are
//! verified, the scripts made anew, and only an output whose script is that one is said to pay the address.

mod address;
mod derive;
mod eligible;
mod shares;

use std::collections::BTreeMap;

use bitcoin::secp256k1::{PublicKey, Secp256k1, VerifyOnly};
use bitcoin::{Psbt, ScriptBuf, psbt};

use crate::bytes::slice;
use crate::decode::keys::SP_V0_INFO;
use crate::findings::{Notes, Says};
use crate::keyvalue::{Map, MapKind, Maps};
use crate::limits::MAX_DLEQ_PROOFS;
use crate::{CheckedInput, CheckedOutput, Network};
pub(crate) use address::SilentAddress;
use address::{address, prefix};
use derive::MAX_PER_SCAN_KEY;
use eligible::{Eligibility, eligibility};
use shares::{ShareFault, Shares};

const DO_NOT_SIGN: &str = "Do not sign. Ask for the request again from the wallet that made it.";

/// One output that the request says to be a silent payment.
struct Payment {
    output: usize,
    spend: PublicKey,
    /// Whether its script is there already.
    computed: bool,
}

/// The payments to one scan key.
#[derive(Default)]
struct Group(Vec<Payment>);

impl Group {
    fn iter(&self) -> std::slice::Iter<'_, Payment> {
        self.0.iter()
    }

    /// The orders in which they may be numbered. The text of BIP-375 sorts by spend key, its reference implementation
    /// and vectors go by place; the payee finds either.
    fn orders(&self) -> [Vec<&Payment>; 2] {
        let by_place: Vec<&Payment> = self.0.iter().collect();
        let mut by_key = by_place.clone();
        by_key.sort_by_key(|payment| (payment.spend.serialize(), payment.output));
        [by_key, by_place]
    }
}

/// Checks every output that states a silent payment address; outputs that are proven to pay it say so from then on.
pub(crate) fn check_silent_payments(
    psbt: &Psbt,
    (bytes, maps): (&[u8], &Maps),
    inputs: &[CheckedInput],
    outputs: &mut [CheckedOutput],
    (network, notes): (Network, &mut Notes),
) {
    check_by(&eligibility, psbt, (bytes, maps), inputs, outputs, (network, notes));
}

/// How the key of an input is found.
type KeyRule = dyn Fn(&Secp256k1<VerifyOnly>, &CheckedInput, &psbt::Input) -> Eligibility;

fn check_by(
    rule: &KeyRule,
    psbt: &Psbt,
    (bytes, maps): (&[u8], &Maps),
    inputs: &[CheckedInput],
    outputs: &mut [CheckedOutput],
    (network, notes): (Network, &mut Notes),
) {
    let mut groups: BTreeMap<PublicKey, Group> = BTreeMap::new();
    for (output, map) in maps.outputs.iter().enumerate() {
        let Some((scan, payment)) = stated(bytes, output, map, psbt) else { continue };
        groups.entry(scan).or_default().0.push(payment);
    }
    if groups.is_empty() {
        return;
    }
    note_sighash(inputs, notes);
    let secp = Secp256k1::verification_only();
    let eligible: Vec<Eligibility> =
        inputs.iter().zip(&psbt.inputs).map(|(input, of_psbt)| rule(&secp, input, of_psbt)).collect();
    let Some(source) = Source::new(&secp, eligible, inputs, Shares::read(bytes, maps), notes) else { return };
    for (scan, group) in groups {
        if group.iter().any(|payment| !payment.computed) {
            continue;
        }
        let Some(shared) = source.shared(&scan, &group, notes) else { continue };
        let wrong = group.orders().map(|order| mismatch(&secp, &shared, &order, outputs));
        if !wrong.contains(&None) {
            wrong.into_iter().next().flatten().into_iter().for_each(|output| note_mismatch(output, notes));
            continue;
        }
        for payment in &group.0 {
            if let Some(output) = outputs.get_mut(payment.output) {
                output.silent_payment = address(prefix(network), &scan, &payment.spend);
            }
        }
    }
}

/// The first payment of a group, numbered in this order, whose script is not the one made for it.
fn mismatch(
    secp: &Secp256k1<VerifyOnly>,
    shared: &PublicKey,
    order: &[&Payment],
    outputs: &[CheckedOutput],
) -> Option<usize> {
    let wrong = (0u32..).zip(order).find(|(k, payment)| {
        let expected = derive::output_script(secp, shared, &payment.spend, *k);
        !outputs.get(payment.output).is_some_and(|output| compare(expected, output))
    });
    wrong.map(|(_, payment)| payment.output)
}

fn compare(expected: Option<ScriptBuf>, output: &CheckedOutput) -> bool {
    expected.is_some_and(|expected| expected.as_script() == output.script_pubkey())
}

/// Scan key, spend key and place of an output that states them.
fn stated(bytes: &[u8], output: usize, map: &Map, psbt: &Psbt) -> Option<(PublicKey, Payment)> {
    let (scan, spend) = slice(bytes, map.single(SP_V0_INFO)?.value).split_at_checked(33)?;
    let (scan, spend) = (PublicKey::from_slice(scan).ok()?, PublicKey::from_slice(spend).ok()?);
    let computed = psbt.unsigned_tx.output.get(output).is_some_and(|output| !output.script_pubkey.is_empty());
    Some((scan, Payment { output, spend, computed }))
}

/// The inputs of a transaction as the source of a secret.
struct Source<'a> {
    secp: &'a Secp256k1<VerifyOnly>,
    shares: Shares<'a>,
    /// Eligible inputs and their keys.
    keys: Vec<(usize, PublicKey)>,
    sum: PublicKey,
    hash: bitcoin::secp256k1::Scalar,
}

impl<'a> Source<'a> {
    fn new(
        secp: &'a Secp256k1<VerifyOnly>,
        eligible: Vec<Eligibility>,
        inputs: &[CheckedInput],
        shares: Shares<'a>,
        notes: &mut Notes,
    ) -> Option<Self> {
        if shares.len() > MAX_DLEQ_PROOFS {
            unproven(None, format!("There are more than {MAX_DLEQ_PROOFS} proofs for silent payments."), notes);
            return None;
        }
        let mut keys = Vec::new();
        for (n, eligibility) in eligible.into_iter().enumerate() {
            match eligibility {
                Eligibility::Key(key) => keys.push((n, key)),
                Eligibility::None => {}
                Eligibility::Forbidden => return note_forbidden(n, notes),
                Eligibility::Unknown(why) => {
                    let truth = format!("Whether input {n} counts for the silent payment cannot be known: {why}.");
                    unproven(Some(MapKind::Input(n)), truth, notes);
                    return None;
                }
            }
        }
        let sum = derive::sum(keys.iter().map(|(_, key)| key));
        let hash = sum.and_then(|sum| derive::input_hash(inputs.iter().map(CheckedInput::outpoint), &sum));
        let Some((sum, hash)) = sum.zip(hash) else {
            unproven(None, "No input has a key that counts for a silent payment.".to_owned(), notes);
            return None;
        };
        Some(Self { secp, shares, keys, sum, hash })
    }

    /// The secret shared with the owner of a scan key, its proofs verified.
    fn shared(&self, scan: &PublicKey, Group(group): &Group, notes: &mut Notes) -> Option<PublicKey> {
        let first = group.first().map(|payment| MapKind::Output(payment.output));
        if group.len() > MAX_PER_SCAN_KEY {
            unproven(first, format!("More than {MAX_PER_SCAN_KEY} outputs pay the same scan key."), notes);
            return None;
        }
        let shared = self.shares.proven(self.secp, scan, &self.keys, &self.sum);
        let shared = shared.and_then(|share| share.mul_tweak(self.secp, &self.hash).map_err(|_| ShareFault::Zero));
        shared.map_err(|fault| note_share(&fault, first, notes)).ok()
    }
}

fn note_share(fault: &ShareFault, output: Option<MapKind>, notes: &mut Notes) {
    let whose = output.map_or_else(|| "an output".to_owned(), |output| output.to_string());
    match fault {
        ShareFault::Missing(map) => {
            unproven(output, format!("The {map} has no share, or no proof, for the silent payment of {whose}."), notes);
        }
        ShareFault::Zero => unproven(output, format!("The shares for {whose} add up to nothing."), notes),
        ShareFault::Wrong(map) => {
            let truth = format!("The proof in the {map} for the silent payment of {whose} proves nothing.");
            let consequence = "The coins may go to somebody else, or be lost.";
            let field = output.map(|output| format!("{}.script", output.code()));
            notes.add("btc.silent-payment-proof-wrong", field, Says(truth, consequence, DO_NOT_SIGN));
        }
    }
}

fn unproven(map: Option<MapKind>, truth: String, notes: &mut Notes) {
    let consequence = "Nobody can say whether the payee would find the coins.";
    let field = map.map(|map| format!("{}.script", map.code()));
    notes.add("btc.silent-payment-unproven", field, Says(truth, consequence, DO_NOT_SIGN));
}

fn note_mismatch(output: usize, notes: &mut Notes) {
    let truth = format!("Output {output} states a silent payment address, and its script is not made for it.");
    let consequence = "The coins would go to somebody else, or be lost.";
    let field = Some(format!("{}.script", MapKind::Output(output).code()));
    notes.add("btc.silent-payment-mismatch", field, Says(truth, consequence, DO_NOT_SIGN));
}

fn note_forbidden<T>(n: usize, notes: &mut Notes) -> Option<T> {
    let truth = format!("Input {n} is of a segwit version with which no silent payment may be made.");
    let field = Some(format!("{}.script", MapKind::Input(n).code()));
    let says = Says(truth, "The payee would not find the coins.", DO_NOT_SIGN);
    notes.add("btc.silent-payment-input", field, says);
    None
}

/// Scripts depend on every input and on the order of outputs: signatures have to fix both.
fn note_sighash(inputs: &[CheckedInput], notes: &mut Notes) {
    let Some(n) = inputs.iter().position(|input| !input.sighash_type().fixes_everything()) else { return };
    let truth = format!("Input {n} asks for a signature that does not fix everything, beside a silent payment.");
    let consequence = "Whoever changes an input or output takes the coins from the payee.";
    let field = Some(format!("{}.sighash", MapKind::Input(n).code()));
    notes.add("btc.silent-payment-sighash", field, Says(truth, consequence, DO_NOT_SIGN));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{AddressBook, CheckedPsbt, Surroundings, decode};

    /// The inputs of the published requests do not hash to the keys beside them; their rule takes the first key stated.
    fn published_rule(secp: &Secp256k1<VerifyOnly>, input: &CheckedInput, of_psbt: &psbt::Input) -> Eligibility {
        match (eligibility(secp, input, of_psbt), of_psbt.bip32_derivation.keys().next()) {
            (Eligibility::Unknown(_), Some(key)) => Eligibility::Key(*key),
            (Eligibility::Unknown(_), None) if of_psbt.tap_internal_key.is_some() => Eligibility::None,
            (other, _) => other,
        }
    }

    fn check(bytes: &[u8]) -> CheckedPsbt {
        let (network, address_book) = (Network::Mainnet, AddressBook::default());
        decode(bytes).unwrap().check(&Surroundings { network, wallets: Vec::new(), address_book }).unwrap()
    }

    /// Findings, and the outputs with and without address among those that state one.
    fn outcome(checked: &CheckedPsbt) -> (Vec<&'static str>, usize, usize) {
        let request = &checked.request;
        let (mut outputs, mut notes) = (checked.outputs().to_vec(), Notes::default());
        let stated = (request.bytes.as_slice(), &request.maps);
        let to = (Network::Mainnet, &mut notes);
        check_by(&published_rule, &request.psbt, stated, checked.inputs(), &mut outputs, to);
        let silent = request.maps.outputs.iter().filter(|map| map.single(SP_V0_INFO).is_some()).count();
        let proven = outputs.iter().filter(|output| output.silent_payment().is_some()).count();
        (notes.into_vec().into_iter().map(|finding| finding.code).collect(), proven, silent - proven)
    }

    fn vectors(class: &str) -> Vec<(&'static str, Vec<u8>)> {
        let rows = include_str!("../../tests/vectors/bip375.tsv").lines().filter(|line| !line.starts_with('#'));
        let rows = rows.map(|row| row.split('\t').collect::<Vec<_>>()).filter(|row| row[0] == class);
        rows.map(|row| (row[1], data_encoding::BASE64.decode(row[2].as_bytes()).unwrap())).collect()
    }

    #[test]
    fn published_requests_with_wrong_proofs_are_refused() {
        let mut count = 0;
        for (description, bytes) in vectors("invalid-proof") {
            let (codes, ..) = outcome(&check(&bytes));
            println!("{description}: {codes:?}");
            let expected = match description {
                d if d.contains("segwit version greater than 1") => "btc.silent-payment-input",
                d if d.contains("non-SIGHASH_ALL") => "btc.silent-payment-sighash",
                d if d.contains("invalid proof") => "btc.silent-payment-proof-wrong",
                d if d.contains("NUMS") => "btc.silent-payment-unproven",
                d if d.starts_with("output scripts") => "btc.silent-payment-mismatch",
                _ => "btc.silent-payment-unproven",
            };
            assert!(codes.contains(&expected), "{description}: {codes:?}");
            count += 1;
        }
        println!("{count} requests with wrong proofs refused");
        assert_eq!(count, 14);
    }

    #[test]
    fn published_requests_with_right_proofs_show_every_address() {
        let (mut count, mut addresses) = (0, 0);
        for (description, bytes) in vectors("valid").into_iter().filter(|(d, _)| !d.contains("bare OP_2")) {
            let (codes, proven, others) = outcome(&check(&bytes));
            println!("{description}: {proven} proven, {others} not yet computed");
            assert_eq!(codes, [""; 0], "{description}");
            assert!(!description.starts_with("can finalize") || (proven > 0 && others == 0), "{description}");
            count += 1;
            addresses += proven;
        }
        println!("{count} requests accepted, {addresses} addresses proven");
        assert_eq!(count, 19);
    }
}
