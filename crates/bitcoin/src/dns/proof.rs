//! From a chain of DNS records to the URI that the root keys vouch for (RFC 9102, BIP-353).
//!
//! Signatures and proofs of absence are verified by `dnssec-prover`. What it leaves to others is checked here: sizes
//! before any work, keys too short, times of every signature, records that nothing proves, and aliases that could lead
//! to two places.

use std::collections::BTreeSet;

use dnssec_prover::rr::{Name, RR, RRSig, Record as _};
use dnssec_prover::ser::parse_rr_stream;
use dnssec_prover::validation::{ValidationError, VerifiedRRStream, verify_rr_stream};

use crate::limits::{MAX_DNS_PROOF_BYTES, MAX_DNS_RECORDS};

/// Signature algorithms that are verified: RSA with SHA-256 or SHA-512, ECDSA on P-256 or P-384 (RFC 8624).
const VERIFIED_ALGORITHMS: [u8; 4] = [8, 10, 13, 14];
const RSA_ALGORITHMS: [u8; 2] = [8, 10];
/// Algorithms with SHA-1, which BIP-353 forbids: RSASHA1, DSA, and both with NSEC3.
const SHA1_ALGORITHMS: [u8; 4] = [3, 5, 6, 7];
/// Shortest RSA key that BIP-353 allows, in bits.
const MIN_RSA_BITS: usize = 1024;
/// The type of records that sign others; nothing signs these.
const RRSIG: u16 = 46;
/// The type of records that name the keys of the zone below.
const DS: u16 = 43;

/// What a proof proves, as long as its time is not judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Resolved {
    /// The `bitcoin:` URI of the name.
    pub(crate) uri: String,
    /// When the last of its signatures begins, seconds since 1970.
    pub(crate) valid_from: u64,
    /// When the first of its signatures ends, seconds since 1970.
    pub(crate) expires: u64,
}

/// Why a proof proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ProofFault {
    /// It is wrong.
    Wrong(&'static str),
    /// It was not verified: nobody says that it is wrong.
    NotVerified(&'static str),
}

use ProofFault::{NotVerified, Wrong};

/// Verifies a chain up to the root keys, and finds the URI of a name.
pub(crate) fn resolve(name: &str, chain: &[u8]) -> Result<Resolved, ProofFault> {
    if chain.len() > MAX_DNS_PROOF_BYTES {
        return Err(NotVerified("it is longer than any that is verified here"));
    }
    let records = parse_rr_stream(chain).map_err(|()| Wrong("its records cannot be read"))?;
    if records.len() > MAX_DNS_RECORDS {
        return Err(NotVerified("it has more records than are verified here"));
    }
    let name = Name::try_from(name).map_err(|()| Wrong("the name is no name of DNS"))?;
    check_signatures(&records)?;
    let verified = verify_rr_stream(&records).map_err(|error| fault(&error))?;
    check_all_verified(&records, &verified)?;
    check_aliases(&verified)?;
    let (valid_from, expires) = validity(&records, &verified);
    Ok(Resolved { uri: uri(&verified, &name)?, valid_from, expires })
}

fn fault(error: &ValidationError) -> ProofFault {
    match error {
        ValidationError::Invalid => Wrong("its signatures do not lead to the root keys of DNS"),
        ValidationError::UnsupportedAlgorithm => NotVerified("it uses an algorithm that is not verified here"),
        ValidationError::ValidationCountLimited => NotVerified("it has more signatures than are verified here"),
    }
}

/// Algorithms and key lengths that no signature may have, and records that no signature covers.
fn check_signatures(records: &[RR]) -> Result<(), ProofFault> {
    for record in records {
        let RR::RRSig(signature) = record else { continue };
        if signature.ty == RRSIG {
            return Err(Wrong("a signature signs signatures"));
        }
        if SHA1_ALGORITHMS.contains(&signature.alg) {
            return Err(Wrong("a signature uses SHA-1"));
        }
        if !VERIFIED_ALGORITHMS.contains(&signature.alg) {
            return Err(NotVerified("it uses an algorithm that is not verified here"));
        }
        let short = records.iter().any(|record| match record {
            RR::DnsKey(key) => {
                let signs = key.name == signature.key_name && key.key_tag() == signature.key_tag;
                signs && RSA_ALGORITHMS.contains(&key.alg) && rsa_bits(&key.pubkey) < MIN_RSA_BITS
            }
            _ => false,
        });
        if short {
            return Err(Wrong("an RSA key is shorter than 1024 bits"));
        }
    }
    Ok(())
}

/// Bits of the modulus of a key of RFC 3110; 0 if it cannot be read.
fn rsa_bits(key: &[u8]) -> usize {
    let modulus = match key {
        [0, high, low, rest @ ..] => rest.get(usize::from(u16::from_be_bytes([*high, *low]))..),
        [length, rest @ ..] => rest.get(usize::from(*length)..),
        [] => None,
    };
    let modulus = modulus.unwrap_or_default();
    let zeros = modulus.iter().take_while(|byte| **byte == 0).count();
    let modulus = modulus.get(zeros..).unwrap_or_default();
    let first = modulus.first().map_or(0, |byte| byte.leading_zeros());
    modulus.len().saturating_mul(8).saturating_sub(first as usize)
}

/// A record that nothing signs could be anything, and is not needed. So is what stands beside the way from the root: the
/// library passes over it. All signatures on that way are verified, but for spare ones of a zone's own keys.
fn check_all_verified(records: &[RR], verified: &VerifiedRRStream<'_>) -> Result<(), ProofFault> {
    let signatures: Vec<&RRSig> = records.iter().filter_map(signature).collect();
    let zones = zones(&signatures);
    let signs = |signature: &RRSig, record: &RR| {
        let is_key = matches!(record, RR::DnsKey(_));
        let by = if is_key { record.name() } else { &signature.key_name };
        (record.name(), record.ty()) == (&signature.name, signature.ty) && zones.contains(by.as_str())
    };
    let is_proven = |record: &RR| match record {
        RR::RRSig(signature) => records.iter().any(|signed| signs(signature, signed)),
        RR::DnsKey(_) | RR::DS(_) | RR::NSec(_) | RR::NSec3(_) => signatures.iter().any(|s| signs(s, record)),
        _ => verified.verified_rrs.contains(&record),
    };
    if records.iter().all(is_proven) { Ok(()) } else { Err(NotVerified("it holds records that nothing proves")) }
}

fn signature(record: &RR) -> Option<&RRSig> {
    if let RR::RRSig(signature) = record { Some(signature) } else { None }
}

/// The zones that signed delegations lead to from the root.
fn zones<'a>(signatures: &[&'a RRSig]) -> BTreeSet<&'a str> {
    let mut zones = BTreeSet::from(["."]);
    loop {
        let led_to = |s: &&&RRSig| s.ty == DS && s.labels == s.name.labels() && zones.contains(s.key_name.as_str());
        let next: Vec<&str> = signatures.iter().filter(led_to).map(|s| s.name.as_str()).collect();
        let before = zones.len();
        zones.extend(next);
        if zones.len() == before {
            return zones;
        }
    }
}

/// An alias stands alone at its name, and nothing below another alias; else the order of records would decide.
fn check_aliases(verified: &VerifiedRRStream<'_>) -> Result<(), ProofFault> {
    let ambiguous = |alias: &RR, other: &RR| match alias {
        RR::CName(_) => other.name() == alias.name(),
        RR::DName(_) => match other {
            RR::CName(_) | RR::DName(_) | RR::Txt(_) if other.name() != alias.name() => {
                other.name().ends_with_labels(alias.name().as_str())
            }
            RR::DName(_) => true,
            _ => false,
        },
        _ => false,
    };
    let all = &verified.verified_rrs;
    let found = all.iter().any(|alias| all.iter().any(|other| alias != other && ambiguous(alias, other)));
    if found { Err(Wrong("an alias in it leads to more than one place")) } else { Ok(()) }
}

/// From the latest beginning to the earliest end of all signatures, whether needed or not (BIP-353).
fn validity(records: &[RR], verified: &VerifiedRRStream<'_>) -> (u64, u64) {
    let signatures = records.iter().filter_map(|record| match record {
        RR::RRSig(signature) => Some((u64::from(signature.inception), u64::from(signature.expiration))),
        _ => None,
    });
    signatures.fold((verified.valid_from, verified.expires), |(from, until), (begins, ends)| {
        (from.max(begins), until.min(ends))
    })
}

/// The one record of the name that begins with `bitcoin:`.
fn uri(verified: &VerifiedRRStream<'_>, name: &Name) -> Result<String, ProofFault> {
    let texts = verified.resolve_name(name).into_iter().filter_map(|record| match record {
        RR::Txt(txt) => Some(txt.data.as_vec()),
        _ => None,
    });
    let is_uri = |text: &Vec<u8>| text.get(..8).is_some_and(|scheme| scheme.eq_ignore_ascii_case(b"bitcoin:"));
    let mut uris = texts.filter(is_uri);
    match (uris.next(), uris.next()) {
        (Some(uri), None) => String::from_utf8(uri).map_err(|_| Wrong("the record of the name is not text")),
        (Some(_), Some(_)) => Err(Wrong("the name has more than one bitcoin URI")),
        (None, _) => Err(Wrong("it does not lead from the name to a bitcoin URI")),
    }
}

#[cfg(test)]
mod tests;
