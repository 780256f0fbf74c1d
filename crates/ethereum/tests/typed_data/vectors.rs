//! Hashes that others found.

use std::collections::BTreeMap;

use crate::{decode, lines};

/// Why some are refused, and how many: eth-sig-util takes values that other programs read differently.
const REFUSED: [(&str, usize); 18] = [
    ("1 bytes are expected, 7 found", 2),
    ("20 bytes are expected, 1 found", 2),
    ("20 bytes are expected, 7 found", 2),
    ("32 bytes are expected, 1 found", 2),
    ("32 bytes are expected, 7 found", 2),
    ("a number stands where a string has to be", 4),
    ("a number stands where a string of 0x and hexadecimal digits has to be", 26),
    ("a string stands where true or false has to be", 2),
    ("null stands where a string has to be", 2),
    ("null stands where an object has to be", 2),
    ("the address has a wrong checksum", 2),
    ("the number is outside the range of int8", 6),
    ("the primary type is the domain", 1),
    ("the value has no “replyTo”", 2),
    ("the value has no “to”", 2),
    ("this is not 0x and two hexadecimal digits for each byte", 24),
    ("“int", 12),
    ("“uint", 10),
];

#[test]
fn vectors_of_eth_sig_util() {
    let (mut agreed, mut refused) = (0, BTreeMap::new());
    for columns in lines(include_str!("../vectors/eth_sig_util.tsv")) {
        let [name, what, hash, json] = columns[..] else { panic!("{columns:?}") };
        match decode(json.as_bytes()) {
            Ok(data) => {
                let found = if what == "message" { data.message_hash() } else { data.digest() };
                assert_eq!(data_encoding::HEXLOWER.encode(found.as_slice()), hash, "{name}");
                agreed += 1;
            }
            Err(error) => {
                let known = REFUSED.iter().find(|(reason, _)| error.starts_with(reason));
                let (reason, _) = known.unwrap_or_else(|| panic!("{name}: {error}"));
                *refused.entry(*reason).or_insert(0) += 1;
            }
        }
    }
    println!("{agreed} hashes agree, {} requests are refused", refused.values().sum::<usize>());
    assert_eq!(agreed, 72);
    assert_eq!(refused, BTreeMap::from(REFUSED));
}

#[test]
fn hashes_that_two_peers_found() {
    let mut count = 0;
    for columns in lines(include_str!("../vectors/typed_data.tsv")) {
        let [name, domain, message, digest, json] = columns[..] else { panic!("{columns:?}") };
        let data = decode(json.as_bytes()).unwrap_or_else(|e| panic!("{name}: {e}"));
        let found = [data.domain_hash(), data.message_hash(), data.digest()];
        assert_eq!(
            found.map(|hash| data_encoding::HEXLOWER.encode(hash.as_slice())),
            [domain, message, digest],
            "{name}"
        );
        assert!(data.not_signed().is_empty(), "{name}");
        count += 1;
    }
    println!("{count} requests have the hashes that eth-account and eth-sig-util found");
    assert_eq!(count, 39);
}
