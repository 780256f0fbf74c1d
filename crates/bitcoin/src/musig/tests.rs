//! The published vectors of BIP-327 and BIP-328.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test says what it expects by failing")]

use std::str::FromStr as _;
use std::sync::Arc;

use bitcoin::NetworkKind;
use bitcoin::secp256k1::{Message, Secp256k1, VerifyOnly, schnorr};

use super::*;

fn secp() -> Secp256k1<VerifyOnly> {
    Secp256k1::verification_only()
}

fn lines(file: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
    file.lines().filter(|line| !line.starts_with('#')).map(|line| line.split('\t').collect())
}

fn list(column: &str) -> Vec<&str> {
    column.split(' ').filter(|item| *item != "-").collect()
}

fn bytes(hex: &str) -> Vec<u8> {
    data_encoding::HEXUPPER_PERMISSIVE.decode(hex.trim_start_matches('-').as_bytes()).unwrap()
}

fn keys(column: &str) -> Option<Vec<PublicKey>> {
    list(column).into_iter().map(|key| PublicKey::from_str(key).ok()).collect()
}

fn nonces(column: &str) -> Vec<PublicNonce> {
    list(column).into_iter().map(|nonce| bytes(nonce).try_into().unwrap()).collect()
}

/// The aggregate of a column of keys with a column of tweaks.
fn key_agg(keys_column: &str, tweaks: &str) -> Option<KeyAgg> {
    let mut agg = KeyAgg::new(&secp(), keys(keys_column)?)?;
    for tweak in list(tweaks) {
        let (mode, tweak) = tweak.split_once(':').unwrap();
        let mode = if mode == "xonly" { TweakMode::XOnly } else { TweakMode::Plain };
        agg = agg.tweaked(&secp(), &bytes(tweak).try_into().unwrap(), mode)?;
    }
    Some(agg)
}

#[test]
fn published_aggregate_keys_are_computed() {
    let (mut valid, mut invalid) = (0, 0);
    for line in lines(include_str!("../../../../tests/vectors/bip327-key-agg.tsv")) {
        let found = key_agg(line[1], line[2]).map(|agg| agg.key().x_only_public_key().0.to_string());
        if line[0] == "valid" {
            assert_eq!(found, Some(line[3].to_lowercase()));
            valid += 1;
        } else {
            assert_eq!(found, None, "{}", line[3]);
            invalid += 1;
        }
    }
    for line in lines(include_str!("../../../../tests/vectors/bip327-key-sort.tsv")) {
        assert_eq!(key_sort(keys(line[0]).unwrap()), keys(line[1]).unwrap());
    }
    println!("BIP-327: {valid} aggregate keys, {invalid} refused");
    assert_eq!((valid, invalid), (4, 5));
    assert_eq!(KeyAgg::new(&secp(), Vec::new()), None);
}

#[test]
fn published_aggregate_nonces_are_computed() {
    let (mut valid, mut invalid) = (0, 0);
    for line in lines(include_str!("../../../../tests/vectors/bip327-nonce-agg.tsv")) {
        let found = aggregate_nonces(&nonces(line[1]));
        if line[0] == "valid" {
            assert_eq!(found.unwrap().to_vec(), bytes(line[2]));
            valid += 1;
        } else {
            assert_eq!(found, None, "{}", line[2]);
            invalid += 1;
        }
    }
    println!("BIP-327: {valid} aggregate nonces, {invalid} refused");
    assert_eq!((valid, invalid), (2, 3));
}

/// Whether the partial signature of a line verifies; none if there is no session.
fn verifies(line: &[&str]) -> Option<bool> {
    let agg = key_agg(line[1], line[4])?;
    let nonces = nonces(line[2]);
    let of_all = aggregate_nonces(&nonces)?;
    if line[3] != "-" {
        assert_eq!(of_all.to_vec(), bytes(line[3]));
    }
    let signer: usize = line[6].parse().unwrap();
    let session = Session::new(&secp(), Arc::new(agg), &of_all, &bytes(line[5]))?;
    Some(session.verifies(&secp(), &keys(line[1])?[signer], &nonces[signer], &bytes(line[7])))
}

#[test]
fn published_partial_signatures_are_told_apart() {
    let mut counts = [0; 4];
    for line in lines(include_str!("../../../../tests/vectors/bip327-partial-signatures.tsv")) {
        let class =
            ["valid", "wrong", "invalid", "session-invalid"].iter().position(|class| *class == line[0]).unwrap();
        counts[class] += 1;
        if class < 3 {
            let expected = [Some(true), Some(false), None][class];
            assert_eq!(verifies(&line), expected, "{}", line[8]);
            continue;
        }
        let nonce = bytes(line[3]).try_into().unwrap();
        let agg = key_agg(line[1], line[4]).map(Arc::new);
        let session = agg.and_then(|agg| Session::new(&secp(), agg, &nonce, &bytes(line[5])));
        assert!(session.is_none(), "{}", line[8]);
    }
    let [valid, wrong, invalid, sessions] = counts;
    println!(
        "BIP-327: {valid} partial signatures valid, {wrong} wrong, {invalid} of no session, {sessions} no sessions"
    );
    assert_eq!(counts, [11, 3, 3, 4]);
}

#[test]
fn published_signatures_are_made_of_their_parts() {
    let (mut valid, mut invalid) = (0, 0);
    for line in lines(include_str!("../../../../tests/vectors/bip327-sig-agg.tsv")) {
        let agg = Arc::new(key_agg(line[1], line[4]).unwrap());
        let nonces = nonces(line[2]);
        let of_all = aggregate_nonces(&nonces).unwrap();
        assert_eq!(of_all.to_vec(), bytes(line[3]));
        let message = bytes(line[5]);
        let session = Session::new(&secp(), Arc::clone(&agg), &of_all, &message).unwrap();
        let partials: Vec<Vec<u8>> = list(line[6]).into_iter().map(bytes).collect();
        let signature = session.signature(partials.iter().map(Vec::as_slice));
        if line[0] == "invalid" {
            assert_eq!(signature, None, "{}", line[7]);
            invalid += 1;
            continue;
        }
        for ((key, nonce), partial) in keys(line[1]).unwrap().iter().zip(&nonces).zip(&partials) {
            assert!(session.verifies(&secp(), key, nonce, partial));
        }
        assert_eq!(signature.unwrap().to_vec(), bytes(line[7]));
        let signature = schnorr::Signature::from_slice(&signature.unwrap()).unwrap();
        let message = Message::from_digest(message.try_into().unwrap());
        secp().verify_schnorr(&signature, &message, &agg.key().x_only_public_key().0).unwrap();
        valid += 1;
    }
    println!("BIP-327: {valid} signatures made of partial ones, {invalid} refused");
    assert_eq!((valid, invalid), (4, 1));
}

#[test]
fn published_extended_keys_of_aggregates_are_made() {
    let mut count = 0;
    for line in lines(include_str!("../../../../tests/vectors/bip328.tsv")) {
        let agg = KeyAgg::new(&secp(), keys(line[0]).unwrap()).unwrap();
        assert_eq!(agg.key().to_string(), line[1].to_lowercase());
        let xpub = synthetic_xpub(agg.key(), NetworkKind::Main);
        assert_eq!(xpub.to_string(), line[2]);
        let steps = [bitcoin::bip32::ChildNumber::from(1), bitcoin::bip32::ChildNumber::from(7)];
        let child = derived(&secp(), &agg, &steps).unwrap();
        assert_eq!(child.key(), xpub.derive_pub(&secp(), &steps).unwrap().public_key);
        count += 1;
    }
    println!("BIP-328: {count} extended keys");
    assert_eq!(count, 3);
}
