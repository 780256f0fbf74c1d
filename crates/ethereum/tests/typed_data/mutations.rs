//! What a changed byte does.

use std::collections::BTreeMap;

use vitrine_ethereum::typed_data::{TypedData, TypedPartOwner};

use crate::{ORDER, decode, lines};

/// The order with members that are not signed, at each place where they can be.
fn order_with_leftovers() -> String {
    let extra = [
        (r#"{"types":{"#, r#"{"$schema":[1,{"a":"b"}],"types":{"Unused":[{"name":"x","type":"y"}],"#),
        (r#"{"name":"wallet","type":"address"}"#, r#"{"name":"wallet","type":"address","comment":"safe"}"#),
        (r#""amount":"1000""#, r#""amount":"1000","tip":null"#),
        (r#""name":"Bob""#, r#""name":"B\u00f6b","label" : "friend""#),
    ];
    extra.iter().fold(ORDER.to_owned(), |order, (from, to)| order.replacen(from, to, 1))
}

#[test]
fn what_is_not_signed_is_listed() {
    let data = decode(order_with_leftovers().as_bytes()).unwrap();
    let paths: Vec<_> = data.not_signed().iter().map(|left| left.path.as_str()).collect();
    assert_eq!(paths, ["$schema", "types.Unused", "types.Person[1].comment", "message.to[0].label", "message.tip"]);
    assert_eq!(data.digest(), decode(ORDER.replacen("Bob", "Böb", 1).as_bytes()).unwrap().digest());
    assert_eq!(data.message().member("tip"), None);
}

/// What may happen to one byte without a change of what is signed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Harmless {
    NotSigned,
    WhiteSpace,
    /// `a` for `A` in a number, in bytes, or in an escape: the same value.
    CaseOfHexDigit,
}

/// Why a change that altered no hash is harmless; stops if it is not.
fn harmless(before: &TypedData, json: &[u8], at: usize, byte: u8) -> Harmless {
    let part = before.parts().into_iter().find(|part| part.span.start <= at + 1_000 && at + 1_000 < part.span.end);
    let part = part.unwrap();
    let is_space = |b: u8| b" \t\n\r".contains(&b);
    match part.owner {
        TypedPartOwner::NotSigned => Harmless::NotSigned,
        TypedPartOwner::Structure if is_space(json[at]) && is_space(byte) => Harmless::WhiteSpace,
        TypedPartOwner::Value
            if json[at].eq_ignore_ascii_case(&byte) && json[at].is_ascii_hexdigit() && byte.is_ascii_hexdigit() =>
        {
            Harmless::CaseOfHexDigit
        }
        owner => panic!("byte {at} of {:?} ({owner:?}): {} for {}", part.path, byte as char, json[at] as char),
    }
}

/// Values without their places.
fn values(data: &TypedData) -> Vec<(String, String)> {
    let roots = [("domain", &data.domain().node), ("message", data.message())];
    let leaves = roots.into_iter().flat_map(|(name, root)| root.leaves(name));
    leaves.map(|(path, leaf)| (path, format!("{:?} {:?}", leaf.kind, without_places(&leaf.value)))).collect()
}

fn without_places(value: &vitrine_ethereum::typed_data::TypedValue) -> String {
    use vitrine_ethereum::typed_data::TypedValue::{Bytes, FixedBytes};
    match value {
        Bytes(bytes) | FixedBytes(bytes) => format!("{:?}", bytes.bytes()),
        other => format!("{other:?}"),
    }
}

#[test]
fn a_changed_byte_is_refused_or_changes_the_digest_or_is_not_signed() {
    let mut requests = vec![order_with_leftovers()];
    requests.extend(
        lines(include_str!("../vectors/typed_data.tsv")).step_by(6).map(|columns| columns[4].replacen(':', ": ", 9)),
    );
    let (mut refused, mut changed, mut unchanged) = (0, 0, BTreeMap::new());
    for request in &requests {
        let before = decode(request.as_bytes()).unwrap();
        for at in 0..request.len() {
            let own = request.as_bytes()[at];
            let flips = (0..8).map(|bit| own ^ (1 << bit));
            for byte in flips.chain(*b" \t\",:0a[{}").filter(|byte| *byte != own) {
                let mut json = request.clone().into_bytes();
                json[at] = byte;
                match TypedData::decode(&json, 1_000) {
                    Err(_) => refused += 1,
                    Ok(after) if after.digest() != before.digest() => changed += 1,
                    Ok(after) => {
                        assert_eq!(values(&after), values(&before));
                        *unchanged.entry(harmless(&before, request.as_bytes(), at, byte)).or_insert(0) += 1;
                    }
                }
            }
        }
    }
    println!(
        "{} requests: {refused} changes refused, {changed} change the digest, harmless {unchanged:?}",
        requests.len()
    );
    assert!(refused > 50_000 && changed > 2_000, "{refused} {changed}");
    assert_eq!(unchanged.len(), 3);
}

#[test]
fn order_of_keys_and_white_space_do_not_matter() {
    let order = r#"{"message":{"text":"x"},"domain":{},"primaryType":"Note","types":{"EIP712Domain":[],
        "Note":[ { "type" : "string" , "name" : "text" } ] } }"#;
    let plain = r#"{"types":{"EIP712Domain":[],"Note":[{"name":"text","type":"string"}]},"primaryType":"Note","domain":{},"message":{"text":"x"}}"#;
    assert_eq!(decode(order.as_bytes()).unwrap().digest(), decode(plain.as_bytes()).unwrap().digest());
    let other = plain.replace("Note", "Nota");
    assert_ne!(decode(other.as_bytes()).unwrap().digest(), decode(plain.as_bytes()).unwrap().digest());
}

/// Pieces of one request in another, to find what single bytes do not: no panic, each error within the request, and
/// each byte of what is read has one owner.
#[test]
fn spliced_requests_are_refused_or_accounted_for() {
    let requests: Vec<_> = lines(include_str!("../vectors/typed_data.tsv"))
        .chain(lines(include_str!("../vectors/eth_sig_util.tsv")))
        .map(|columns| columns.last().copied().unwrap().as_bytes())
        .collect();
    let mut state = 1u64;
    let mut below = |n: usize| {
        state = state * 48_271 % 0x7fff_ffff;
        state as usize % n
    };
    let (mut read, mut refused) = (0, 0);
    for _ in 0..30_000 {
        let (a, b) = (requests[below(requests.len())], requests[below(requests.len())]);
        let (start, from) = (below(a.len()), below(b.len()));
        let end = (start + below(4)).min(a.len());
        let piece = &b[from..(from + below(4)).min(b.len())];
        match decode(&[&a[..start], piece, &a[end..]].concat()) {
            Ok(_) => read += 1,
            Err(_) => refused += 1,
        }
    }
    println!("{read} spliced requests read, {refused} refused");
    assert!(read > 100 && refused > 10_000, "{read} {refused}");
}
