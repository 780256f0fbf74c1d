use super::*;
use dnssec_prover::rr::{CName, DName, Txt};
use dnssec_prover::validation::root_hints;

const SIMPLE: &str = "simple.user._bitcoin-payment.dnssec_proof_tests.bitcoin.ninja.";

/// The chain of the first published value whose description contains `part`.
fn chain(part: &str) -> Vec<u8> {
    let rows = include_str!("../../../tests/vectors/bip353.tsv").lines().filter(|line| !line.starts_with('#'));
    let columns: Vec<&str> = rows.map(|row| row.split('\t').collect::<Vec<_>>()).find(|c| c[1].contains(part)).unwrap();
    let value = data_encoding::HEXLOWER.decode(columns[3].as_bytes()).unwrap();
    value[1 + usize::from(value[0])..].to_vec()
}

fn name(text: &str) -> Name {
    Name::try_from(text).unwrap()
}

fn stream(records: &[RR]) -> VerifiedRRStream<'_> {
    VerifiedRRStream { verified_rrs: records.iter().collect(), valid_from: 0, expires: u64::MAX, max_cache_ttl: 0 }
}

fn txt(at: &str, data: &str) -> RR {
    Txt { name: name(at), data: data.try_into().unwrap() }.into()
}

fn cname(at: &str, to: &str) -> RR {
    CName { name: name(at), canonical_name: name(to) }.into()
}

fn dname(at: &str, to: &str) -> RR {
    DName { name: name(at), delegation_name: name(to) }.into()
}

/// Each record with the bytes that it has in a chain.
fn records(chain: &[u8]) -> Vec<Vec<u8>> {
    let mut rest = chain;
    let mut records = Vec::new();
    while !rest.is_empty() {
        let mut at = 0;
        while rest[at] != 0 {
            at += 1 + usize::from(rest[at]);
        }
        let length = usize::from(u16::from_be_bytes([rest[at + 9], rest[at + 10]]));
        let (record, after) = rest.split_at(at + 11 + length);
        records.push(record.to_vec());
        rest = after;
    }
    records
}

#[test]
fn the_root_keys_are_those_of_2017_and_2024() {
    // https://data.iana.org/root-anchors/root-anchors.xml: whoever holds another would be believed for every name.
    let mut anchors: Vec<_> =
        root_hints().into_iter().map(|ds| (ds.key_tag, ds.alg, ds.digest_type, ds.digest)).collect();
    anchors.sort();
    let digest = |hex: &str| data_encoding::HEXUPPER.decode(hex.as_bytes()).unwrap();
    let expected = [
        (20326, 8, 2, digest("E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D")),
        (38696, 8, 2, digest("683D2D0ACB8C9B712A1948B27F741219298D0A450D612C483AF444A4C0FB2B16")),
    ];
    assert_eq!(anchors, expected);
}

#[test]
fn the_order_of_records_does_not_matter() {
    let right = resolve(SIMPLE, &chain("bc parameter")).unwrap();
    let mut reversed = records(&chain("bc parameter"));
    reversed.reverse();
    assert_eq!(resolve(SIMPLE, &reversed.concat()).unwrap(), right);
    assert_eq!(right.uri, "bitcoin:?bc=bc1qztwy6xen3zdtt7z0vrgapmjtfz8acjkfp5fp7l");
}

#[test]
fn a_chain_without_any_one_of_its_needed_records_proves_nothing() {
    let all = records(&chain("bc parameter"));
    let mut needed = 0;
    for left_out in 0..all.len() {
        let rest: Vec<&[u8]> = all.iter().enumerate().filter(|(n, _)| *n != left_out).map(|(_, r)| &r[..]).collect();
        needed += usize::from(resolve(SIMPLE, &rest.concat()).is_err());
    }
    println!("{needed} of {} records are needed", all.len());
    assert_eq!(needed, all.len(), "each record is signed as part of a set, or signs one");
}

#[test]
fn a_record_that_nothing_signs_is_not_carried_along() {
    let stray = {
        let mut bytes = Vec::new();
        dnssec_prover::ser::write_rr(&txt("smuggled.bitcoin.ninja.", "anything"), 1, &mut bytes);
        bytes
    };
    let with = [chain("bc parameter"), stray].concat();
    assert_eq!(resolve(SIMPLE, &with), Err(NotVerified("it holds records that nothing proves")));
}

/// Keys, delegations and signatures beside the way from the root: nobody verifies them, and they could carry anything.
#[test]
fn a_record_of_a_zone_that_nothing_leads_to_is_not_carried_along() {
    let chain = chain("bc parameter");
    let all = parse_rr_stream(&chain).unwrap();
    for (n, record) in all.iter().enumerate() {
        let mut stray = record.clone();
        match &mut stray {
            RR::RRSig(signature) => (signature.name, signature.key_name) = (name("a.evil."), name("evil.")),
            RR::DnsKey(key) => key.name = name("evil."),
            RR::DS(ds) => ds.name = name("evil."),
            _ => continue,
        }
        let mut bytes = chain.clone();
        dnssec_prover::ser::write_rr(&stray, 1, &mut bytes);
        assert_eq!(resolve(SIMPLE, &bytes), Err(NotVerified("it holds records that nothing proves")), "{n}");
    }
}

#[test]
fn another_name_is_not_proven_by_the_same_chain() {
    let other = SIMPLE.replace("simple", "simpel");
    assert_eq!(resolve(&other, &chain("bc parameter")), Err(Wrong("it does not lead from the name to a bitcoin URI")));
    assert!(resolve(SIMPLE, &[]).is_err());
}

#[test]
fn the_times_are_those_of_the_narrowest_signatures() {
    let resolved = resolve(SIMPLE, &chain("bc parameter")).unwrap();
    let signatures = parse_rr_stream(&chain("bc parameter")).unwrap();
    let signatures = signatures.iter().filter_map(|r| if let RR::RRSig(s) = r { Some(s) } else { None });
    let (begin, end): (Vec<u32>, Vec<u32>) = signatures.map(|s| (s.inception, s.expiration)).unzip();
    assert_eq!(resolved.valid_from, u64::from(*begin.iter().max().unwrap()));
    assert_eq!(resolved.expires, u64::from(*end.iter().min().unwrap()));
    // 7 August 2025, as the standard says, from 10:35:18, to 10 August.
    assert_eq!((resolved.valid_from, resolved.expires), (1_754_562_918, 1_754_842_932));
}

#[test]
fn aliases_that_lead_to_two_places_prove_nothing() {
    let ambiguous = [
        vec![cname("a.example.", "b.example."), cname("a.example.", "c.example.")],
        vec![cname("a.example.", "b.example."), txt("a.example.", "bitcoin:?bc=1")],
        vec![dname("example.", "b.test."), dname("example.", "c.test.")],
        vec![dname("example.", "b.test."), txt("a.example.", "bitcoin:?bc=1")],
        vec![dname("example.", "b.test."), dname("a.example.", "c.test.")],
    ];
    for records in &ambiguous {
        assert!(check_aliases(&stream(records)).is_err(), "{records:?}");
    }
    let plain = [cname("a.example.", "a.test."), dname("test.", "b.net."), txt("a.b.net.", "bitcoin:?sp=x")];
    assert!(check_aliases(&stream(&plain)).is_ok());
    assert_eq!(uri(&stream(&plain), &name("a.example.")).unwrap(), "bitcoin:?sp=x");
}

#[test]
fn aliases_without_end_are_left() {
    let records = [cname("a.example.", "b.example."), cname("b.example.", "a.example.")];
    assert!(uri(&stream(&records), &name("a.example.")).is_err());
}

#[test]
fn one_record_alone_may_be_a_uri_in_any_case() {
    let at = "a.example.";
    let of = |texts: &[&str]| {
        let records: Vec<RR> = texts.iter().map(|text| txt(at, text)).collect();
        uri(&stream(&records), &name(at))
    };
    assert_eq!(of(&["BitCoin:?x=1", "v=spf1"]).unwrap(), "BitCoin:?x=1");
    assert!(of(&["bitcoin:?x=1", "BITCOIN:?y=1"]).is_err());
    assert!(of(&["bitcoincash:?x=1"]).is_err() && of(&["bitcoin"]).is_err() && of(&[]).is_err());
}

#[test]
fn weak_and_unknown_signatures_are_told_apart() {
    let signed = records(&chain("bc parameter"));
    let with_algorithm = |algorithm: u8| {
        let mut changed = signed.clone();
        for record in &mut changed {
            let at = record.iter().position(|b| *b == 0).unwrap();
            if record[at + 1..at + 3] == [0, 46] {
                record[at + 13] = algorithm;
                break;
            }
        }
        resolve(SIMPLE, &changed.concat())
    };
    assert_eq!(with_algorithm(5), Err(Wrong("a signature uses SHA-1")));
    assert_eq!(with_algorithm(15), Err(NotVerified("it uses an algorithm that is not verified here")));
    assert!(matches!(with_algorithm(14), Err(Wrong(_))));
}

#[test]
fn the_bits_of_an_rsa_key_are_counted() {
    let key = |modulus: &[u8]| [&[3, 1, 0, 1], modulus].concat();
    assert_eq!(rsa_bits(&key(&[0x80; 128])), 1024);
    assert_eq!(rsa_bits(&key(&[0x40; 128])), 1023);
    assert_eq!(rsa_bits(&key(&[&[0, 0, 0xff], [1; 127].as_slice()].concat())), 1024);
    assert_eq!(rsa_bits(&[&[0, 0, 3, 1, 0, 1], [0xff; 256].as_slice()].concat()), 2048);
    for short in [&[][..], &[0], &[0, 0], &[9, 1], &[1, 3]] {
        assert_eq!(rsa_bits(short), 0);
    }
}

#[test]
fn a_key_of_too_few_bits_signs_nothing() {
    use dnssec_prover::rr::{DnsKey, RRSig};
    let of_bits = |bytes: usize| {
        let pubkey = [&[3, 1, 0, 1], vec![0xff; bytes].as_slice()].concat();
        let key = DnsKey { name: name("example."), flags: 256, protocol: 3, alg: 8, pubkey };
        let signature = RRSig {
            name: name("a.example."),
            ty: 16,
            alg: 8,
            labels: 2,
            orig_ttl: 1,
            expiration: 2,
            inception: 1,
            key_tag: key.key_tag(),
            key_name: name("example."),
            signature: vec![1; bytes],
        };
        check_signatures(&[key.into(), signature.into()])
    };
    assert_eq!(of_bits(127), Err(Wrong("an RSA key is shorter than 1024 bits")));
    assert_eq!(of_bits(128), Ok(()));
}

#[test]
fn large_chains_are_left_before_any_work() {
    let record = records(&chain("bc parameter"))[0].clone();
    let many = record.repeat(MAX_DNS_RECORDS + 1);
    assert!(many.len() <= MAX_DNS_PROOF_BYTES);
    assert_eq!(resolve(SIMPLE, &many), Err(NotVerified("it has more records than are verified here")));
    let long = vec![0; MAX_DNS_PROOF_BYTES + 1];
    assert_eq!(resolve(SIMPLE, &long), Err(NotVerified("it is longer than any that is verified here")));
}
