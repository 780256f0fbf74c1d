//! Transactions as others write them, and every byte of them.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test says what it expects by failing"
)]

mod common;

use common::{assert_owned, bytes, hash, list, name, string, unsigned, values, vectors};
use vitrine_ethereum::alloy_primitives::{Address, U256};
use vitrine_ethereum::transaction::{BLOB_GAS, Fee, TransactionProblem, TransactionType};
use vitrine_ethereum::{Located, Transaction};
use vitrine_review::Span;

/// One of each type.
const EACH_TYPE: [&str; 5] = ["legacy-transfer", "access-list", "dynamic-fee-everything", "blob", "set-code"];

fn owners(transaction: &Transaction) -> Vec<Span> {
    transaction.leaves().into_iter().map(|leaf| leaf.span).chain(transaction.structure().iter().copied()).collect()
}

#[test]
fn transactions_of_ethers_are_read_and_every_byte_has_one_owner() {
    for entry in vectors()["transactions"].as_array().unwrap() {
        let raw = bytes(entry, "unsigned");
        let transaction = Transaction::from_request(&raw).unwrap_or_else(|error| panic!("{}: {error}", name(entry)));
        assert_eq!(transaction.signing_hash(), hash(entry, "signing_hash"), "{}", name(entry));
        assert_owned(owners(&transaction), 0, raw.len(), &name(entry));
        let expected = entry["authorities"].as_array().unwrap().iter().map(|a| a.as_str().unwrap().to_owned());
        let found = transaction.authorization_list().iter().map(|a| format!("{:x}", a.authority.unwrap()));
        assert!(expected.eq(found), "{}", name(entry));
    }
}

#[test]
fn hexadecimal_digits_are_read_with_their_place() {
    for wanted in EACH_TYPE {
        let raw = unsigned(wanted);
        let digits = data_encoding::HEXUPPER.encode(&raw);
        let binary = Transaction::from_request(&raw).unwrap();
        for (before, after) in [("", ""), ("0x", ""), (" \n0x", "\r\n"), ("\t", "\n\n")] {
            let text = format!("{before}{digits}{after}");
            let transaction = Transaction::from_request(text.as_bytes()).unwrap();
            assert_eq!(values(&transaction), values(&binary));
            assert_eq!(transaction.signing_hash(), binary.signing_hash());
            assert_owned(owners(&transaction), 0, text.len(), wanted);
            let to = transaction.to();
            let shown = to.value.map(|to| format!("{to:X}")).unwrap();
            assert_eq!(&text[to.span.start..to.span.end], shown);
        }
    }
}

#[test]
fn a_transaction_within_a_request_keeps_its_place() {
    let raw = unsigned("dynamic-fee");
    let transaction = Transaction::decode(&Located::binary(raw.clone(), 40)).unwrap();
    assert_owned(owners(&transaction), 40, 40 + raw.len(), "dynamic-fee");
    let data = transaction.data();
    assert_eq!(data.value.span(), data.span);
    assert_eq!(data.value.bytes(), &raw[data.span.start - 40..data.span.end - 40]);
}

#[test]
fn fields_are_those_that_were_asked_for() {
    let transaction = Transaction::from_request(&unsigned("blob")).unwrap();
    assert_eq!(transaction.transaction_type(), TransactionType::Blob);
    assert_eq!((transaction.chain_id().value, transaction.nonce().value), (1, 4));
    assert_eq!((transaction.gas_limit().value, transaction.value_wei().value), (50_000, U256::from(5)));
    let Fee::Dynamic { max_priority_fee_per_gas_wei, max_fee_per_gas_wei } = transaction.fee() else { panic!() };
    assert_eq!((max_priority_fee_per_gas_wei.value, max_fee_per_gas_wei.value), (1_500_000_000, 40_000_000_000));
    assert_eq!(transaction.data().value.bytes(), [0]);
    assert_eq!(transaction.access_list()[0].storage_keys[1].value[31], 7);
    assert_eq!(transaction.access_list()[1].address.value, Address::repeat_byte(0x22));
    let blobs = transaction.blobs().unwrap();
    assert_eq!((blobs.blob_versioned_hashes.len(), blobs.max_fee_per_blob_gas_wei.value), (2, 3_000_000_000));
    let fee = 50_000 * 40_000_000_000_u128 + 2 * u128::from(BLOB_GAS) * 3_000_000_000;
    assert_eq!(transaction.worst_case_fee_wei(), U256::from(fee));
    assert_eq!(transaction.worst_case_cost_wei(), U256::from(fee + 5));
    let create = Transaction::from_request(&unsigned("legacy-create")).unwrap();
    assert_eq!((create.to().value, create.to().span.len()), (None, 1));
}

#[test]
fn the_largest_fields_are_read_and_their_cost_does_not_wrap() {
    let max = |bytes: usize| string(&vec![0xff; bytes]);
    let items = |gas_price: usize, value: &[u8]| {
        list(&[
            string(&[1]),
            string(&[9]),
            max(gas_price),
            max(8),
            string(&[0x11; 20]),
            string(value),
            string(&[]),
            list(&[]),
        ])
    };
    let raw = [vec![1], items(16, &[1])].concat();
    let transaction = Transaction::from_request(&raw).unwrap();
    let fee = U256::from(u128::MAX) * U256::from(u64::MAX);
    assert_eq!(transaction.worst_case_fee_wei(), fee);
    let too_much = [vec![1], items(16, &[0xff; 32])].concat();
    let error = Transaction::from_request(&too_much).unwrap_err();
    assert!(error.to_string().contains("more than any account can hold"), "{error}");
}

#[test]
fn a_signature_in_an_authorization_that_no_chain_takes_has_no_authority() {
    let raw = unsigned("set-code");
    let transaction = Transaction::from_request(&raw).unwrap();
    let s = transaction.authorization_list()[0].s;
    let r = transaction.authorization_list()[0].r;
    let order = U256::from_str_radix("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141", 16).unwrap();
    let high: [u8; 32] = (order - s.value).to_be_bytes();
    for (span, bytes) in [(s.span, high), (s.span, order.to_be_bytes()), (r.span, order.to_be_bytes())] {
        let mut other = raw.clone();
        other[span.start..span.end].copy_from_slice(&bytes);
        let transaction = Transaction::from_request(&other).unwrap();
        assert_eq!(transaction.authorization_list()[0].authority, None);
        assert!(transaction.authorization_list()[1].authority.is_some());
    }
    let parity = transaction.authorization_list()[1].y_parity;
    let mut other = raw;
    other[parity.span.start] = 2;
    assert_eq!(Transaction::from_request(&other).unwrap().authorization_list()[1].authority, None);
}

#[test]
fn a_transaction_cut_off_anywhere_or_with_anything_behind_it_is_refused() {
    for entry in vectors()["transactions"].as_array().unwrap() {
        let raw = bytes(entry, "unsigned");
        for length in 0..raw.len() {
            assert!(Transaction::from_request(&raw[..length]).is_err(), "{} {length}", name(entry));
        }
        for byte in 0..=255 {
            let longer = [raw.as_slice(), &[byte]].concat();
            assert!(Transaction::from_request(&longer).is_err(), "{} {byte}", name(entry));
        }
    }
}

/// Refused by our own reading, which must be no more lenient than alloy's, or with another value in a field that a person
/// is shown.
fn refused_or_shown(original: &Transaction, changed: &[u8]) -> bool {
    match Transaction::from_request(changed) {
        Err(error) => !matches!(error.problem, TransactionProblem::SecondReading { .. }),
        Ok(transaction) => {
            values(&transaction) != values(original) && transaction.signing_hash() != original.signing_hash()
        }
    }
}

#[test]
fn every_other_byte_anywhere_is_refused_or_changes_a_named_field() {
    for wanted in EACH_TYPE {
        let raw = unsigned(wanted);
        let original = Transaction::from_request(&raw).unwrap();
        let changes: Vec<u8> = match wanted {
            "set-code" => (0..8).map(|bit| 1 << bit).chain([0xff, 0x80 ^ 0x7f]).collect(),
            _ => (1..=255).collect(),
        };
        for at in 0..raw.len() {
            for change in &changes {
                let mut changed = raw.clone();
                changed[at] ^= change;
                assert!(refused_or_shown(&original, &changed), "{wanted}: byte {at} ^ {change:02x}");
            }
        }
    }
}

#[test]
fn a_byte_more_or_less_anywhere_is_refused_or_changes_a_named_field() {
    for wanted in EACH_TYPE {
        let raw = unsigned(wanted);
        let original = Transaction::from_request(&raw).unwrap();
        for at in 0..raw.len() {
            let mut less = raw.clone();
            let gone = less.remove(at);
            assert!(refused_or_shown(&original, &less), "{wanted}: without byte {at}");
            for byte in [0, 0x80, 0xc0, gone] {
                let mut more = raw.clone();
                more.insert(at, byte);
                assert!(more == raw || refused_or_shown(&original, &more), "{wanted}: {byte:02x} at {at}");
            }
        }
    }
}

/// Numbers that look random and are the same each time.
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }

    fn bytes(&mut self, length: usize) -> Vec<u8> {
        (0..length).map(|_| self.below(256) as u8).collect()
    }

    /// An integer of up to so many bytes, as RLP writes it.
    fn number(&mut self, most: usize) -> Vec<u8> {
        let length = self.below(most as u64 + 1) as usize;
        let digits = self.bytes(length);
        string(&digits.into_iter().skip_while(|digit| *digit == 0).collect::<Vec<u8>>())
    }

    fn some<T>(&mut self, most: u64, mut make: impl FnMut(&mut Self) -> T) -> Vec<T> {
        (0..self.below(most + 1)).map(|_| make(self)).collect()
    }

    /// A transaction of this type with fields of every length.
    fn transaction(&mut self, number: u8) -> Vec<u8> {
        let tip = self.bytes(3);
        let fee = match number {
            0 | 1 => vec![self.number(16)],
            _ => vec![string(&[&[1], &tip[..]].concat()), string(&[&[2], &tip[..]].concat())],
        };
        let to = if number < 3 && self.below(4) == 0 { string(&[]) } else { string(&self.bytes(20)) };
        let length = self.below(300) as usize;
        let data = string(&self.bytes(length));
        let chain_id = string(&[&[1], &self.bytes(5)[..]].concat());
        let common = [vec![self.number(7)], fee, vec![self.number(8), to, self.number(31), data]].concat();
        if number == 0 {
            return list(&[common, vec![chain_id, string(&[]), string(&[])]].concat());
        }
        let access_list = self.some(3, |random| {
            let keys = random.some(3, |random| string(&random.bytes(32)));
            list(&[string(&random.bytes(20)), list(&keys)])
        });
        let mut items = [vec![chain_id], common, vec![list(&access_list)]].concat();
        items.extend(match number {
            3 => {
                let hash = |random: &mut Self| string(&[&[1], &random.bytes(31)[..]].concat());
                let hashes = [vec![hash(self)], self.some(4, hash)].concat();
                vec![self.number(16), list(&hashes)]
            }
            4 => {
                let authorization = |random: &mut Self| {
                    let parity = random.number(1);
                    let signature = [parity, random.number(32), random.number(32)];
                    let signed = [random.number(32), string(&random.bytes(20)), random.number(8)];
                    list(&[signed, signature].concat())
                };
                vec![list(&[vec![authorization(self)], self.some(2, authorization)].concat())]
            }
            _ => vec![],
        });
        [vec![number], list(&items)].concat()
    }
}

#[test]
fn whatever_is_written_canonically_is_read_and_every_byte_has_one_owner() {
    let mut random = Random(0x5eed);
    for round in 0..300 {
        for number in 0..=4 {
            let raw = random.transaction(number);
            let transaction =
                Transaction::from_request(&raw).unwrap_or_else(|e| panic!("{round} {number}: {e} {raw:02x?}"));
            assert_eq!(transaction.transaction_type().number(), number);
            assert_owned(owners(&transaction), 0, raw.len(), &format!("{round} {number}"));
        }
    }
}

#[test]
fn bytes_thrown_together_are_refused_or_read_alike_by_both_readers() {
    let mut random = Random(0xfeed);
    let mut read = 0;
    for round in 0..20_000 {
        let mut raw = random.transaction((round % 4) as u8);
        for _ in 0..=random.below(3) {
            let (at, length) = (random.below(raw.len() as u64) as usize, random.below(4) as usize);
            let bytes = random.bytes(length);
            let end = raw.len().min(at + random.below(4) as usize);
            raw.splice(at..end, bytes);
            if raw.is_empty() {
                break;
            }
        }
        match Transaction::from_request(&raw) {
            Ok(_) => read += 1,
            Err(error) => {
                assert!(!matches!(error.problem, TransactionProblem::SecondReading { .. }), "{error}: {raw:02x?}");
            }
        }
    }
    assert!(read > 500, "only {read} were read");
}
