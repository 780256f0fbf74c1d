//! The published vectors of BIP-380 to 387 and 389: every descriptor is registered with exactly these scripts, or
//! refused for a reason that a person has read.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test says what it expects by failing"
)]

mod common;

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::str::FromStr as _;

use bitcoin::PrivateKey;
use bitcoin::bip32::{ChildNumber, DerivationPath, Xpriv, Xpub};
use vitrine_bitcoin::{Network, Wallet, WalletError};

/// What is said of each descriptor that is not registered. `VITRINE_WRITE=1` writes it; a person reads the difference.
const REFUSALS: &str = "tests/vectors/descriptors.txt";

const FILES: [(&str, &str); 8] = [
    ("BIP-381", include_str!("../../../tests/vectors/bip381.tsv")),
    ("BIP-382", include_str!("../../../tests/vectors/bip382.tsv")),
    ("BIP-383", include_str!("../../../tests/vectors/bip383.tsv")),
    ("BIP-384", include_str!("../../../tests/vectors/bip384.tsv")),
    ("BIP-385", include_str!("../../../tests/vectors/bip385.tsv")),
    ("BIP-386", include_str!("../../../tests/vectors/bip386.tsv")),
    ("BIP-387", include_str!("../../../tests/vectors/bip387.tsv")),
    ("BIP-389", BIP_389),
];
const BIP_380: &str = include_str!("../../../tests/vectors/bip380.tsv");
const BIP_389: &str = include_str!("../../../tests/vectors/bip389.tsv");

fn lines(file: &'static str) -> impl Iterator<Item = [&'static str; 3]> {
    let lines = file.lines().filter(|line| !line.starts_with('#'));
    lines.map(|line| line.split('\t').collect::<Vec<_>>().try_into().unwrap())
}

fn parse(descriptor: &str) -> Result<Wallet, WalletError> {
    Wallet::parse("Vector", descriptor, Network::Mainnet)
}

fn script(wallet: &Wallet, change: bool, index: u32) -> String {
    wallet.script(change, index).unwrap().script_pubkey().to_hex_string()
}

/// The same descriptor with public keys in the place of private ones, which a wallet is never registered with.
fn public(descriptor: &str) -> String {
    let mut out = String::new();
    let mut rest = descriptor;
    while !rest.is_empty() {
        let end = rest.find(['(', ')', '{', '}', ',']).unwrap_or(rest.len());
        let (key, after) = rest.split_at(end);
        out.push_str(&public_key(key).unwrap_or_else(|| key.to_owned()));
        let sign = after.chars().next().map_or(0, char::len_utf8);
        out.push_str(&after[..sign]);
        rest = &after[sign..];
    }
    out
}

fn public_key(expression: &str) -> Option<String> {
    let (origin, key) = expression
        .rsplit_once(']')
        .map_or(("", expression), |(_, key)| (&expression[..expression.len() - key.len()], key));
    let (key, steps) = key.split_once('/').map_or((key, None), |(key, steps)| (key, Some(steps)));
    let after = |key: String| steps.map_or_else(|| key.clone(), |steps| format!("{key}/{steps}"));
    if let Ok(wif) = PrivateKey::from_wif(key) {
        return Some(format!("{origin}{}", after(wif.public_key(&common::secp()).to_string())));
    }
    let xpriv = Xpriv::from_str(key).ok()?;
    let neutered = |xpriv: &Xpriv| Xpub::from_priv(&common::secp(), xpriv).to_string();
    // As far as the last hardened step the private key is needed.
    let steps: Vec<&str> = steps.into_iter().flat_map(|steps| steps.split('/')).collect();
    let hardened = steps.iter().rposition(|step| step.ends_with(['h', '\'']) && !step.starts_with(['*', '<']));
    let split = hardened.map_or(0, |last| last + 1);
    let path =
        steps[..split].iter().map(|step| ChildNumber::from_str(&step.replace('h', "'"))).collect::<Result<Vec<_>, _>>();
    let Some(path) = path.ok() else { return Some(format!("{origin}{}", after(neutered(&xpriv)))) };
    let derived = xpriv.derive_priv(&common::secp(), &DerivationPath::from(path)).unwrap();
    let rest: String = steps[split..].iter().map(|step| format!("/{step}")).collect();
    Some(format!("{origin}{}{rest}", neutered(&derived)))
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Counts {
    registered: usize,
    /// Of the registered ones, those that the BIP writes with private keys.
    with_private_keys: usize,
    refused: usize,
    invalid: usize,
}

#[test]
fn every_published_descriptor_has_exactly_these_scripts_or_is_refused_for_a_reason() {
    let mut said = String::new();
    let mut all = Vec::new();
    for (bip, file) in FILES {
        let mut counts = Counts::default();
        for [class, descriptor, column] in lines(file) {
            let private = matches!(parse(descriptor), Err(WalletError::PrivateKey));
            match (class, parse(&public(descriptor))) {
                ("valid", Ok(wallet)) => {
                    let expected = column.split(' ').filter(|item| *item != "-");
                    if bip == "BIP-389" {
                        expand(&wallet, &expected.collect::<Vec<_>>());
                    } else {
                        compare(descriptor, &wallet, expected);
                    }
                    counts.registered += 1;
                    counts.with_private_keys += usize::from(private);
                }
                ("valid", Err(error)) => {
                    writeln!(said, "{bip}, valid: {descriptor}\n    {error}").unwrap();
                    counts.refused += 1;
                }
                (_, found) => {
                    let error = found.map(drop).expect_err(descriptor);
                    assert!(parse(descriptor).is_err());
                    // That a form has no address is not what is wrong here.
                    let error = match error {
                        WalletError::Form { form: "pk()" | "multi()", .. } => {
                            parse(&format!("wsh({})", public(descriptor))).map(drop).expect_err(descriptor)
                        }
                        error => error,
                    };
                    writeln!(said, "{bip}, {column}: {descriptor}\n    {error}").unwrap();
                    counts.invalid += 1;
                }
            }
        }
        println!("{bip}: {counts:?}");
        all.push((bip, counts.registered, counts.with_private_keys, counts.refused, counts.invalid));
    }
    keys(&mut said);
    compare_with_what_was_read(&said);
    // Registered, of these written with private keys, refused though valid, refused because invalid.
    let expected = [
        ("BIP-381", 11, 5, 6, 4),
        ("BIP-382", 10, 5, 2, 11),
        ("BIP-383", 4, 3, 5, 4),
        ("BIP-384", 0, 0, 4, 3),
        ("BIP-385", 0, 0, 4, 6),
        ("BIP-386", 6, 4, 0, 4),
        ("BIP-387", 5, 3, 1, 7),
        ("BIP-389", 1, 0, 5, 8),
    ];
    assert_eq!(all, expected);
}

/// Scripts at the first indexes; a descriptor without wildcard has one.
fn compare<'a>(descriptor: &str, wallet: &Wallet, expected: impl Iterator<Item = &'a str>) {
    for (index, expected) in expected.enumerate() {
        assert_eq!(script(wallet, false, index as u32), expected, "{descriptor} at {index}");
    }
}

/// A multipath descriptor is the descriptors that it stands for.
fn expand(wallet: &Wallet, expected: &[&str]) {
    for (path, descriptor) in expected.iter().enumerate() {
        let single = parse(descriptor).unwrap();
        for index in [0, 1, 2, 1_000_000] {
            assert_eq!(script(wallet, path == 1, index), script(&single, false, index), "{descriptor}");
        }
    }
}

/// Of the multipath descriptors that are bare scripts, the same in wsh() is one.
#[test]
fn multipath_descriptors_of_bare_scripts_are_right_inside_wsh() {
    let mut count = 0;
    for [_, descriptor, column] in lines(BIP_389).filter(|[class, ..]| *class == "valid") {
        if !matches!(parse(descriptor), Err(WalletError::Form { .. })) {
            continue;
        }
        let wallet = parse(&format!("wsh({descriptor})")).unwrap();
        for (path, descriptor) in column.split(' ').enumerate() {
            let single = parse(&format!("wsh({descriptor})")).unwrap();
            let last = if descriptor.contains('*') { 3 } else { 0 };
            (0..=last).for_each(|n| assert_eq!(script(&wallet, path == 1, n), script(&single, false, n)));
            count += 1;
        }
    }
    println!("{count} expanded descriptors equal");
    assert_eq!(count, 4);
}

/// Bare scripts are not registered; the same in wsh() has exactly that script within.
#[test]
fn published_bare_scripts_are_right_inside_wsh() {
    use bitcoin::ScriptBuf;
    let mut count = 0;
    for (_, file) in &FILES[..7] {
        for [_, descriptor, column] in lines(file).filter(|[class, ..]| *class == "valid") {
            let descriptor = public(descriptor);
            if !matches!(parse(&descriptor), Err(WalletError::Form { form: "pk()" | "multi()" | "sortedmulti()", .. }))
            {
                continue;
            }
            let Ok(wallet) = parse(&format!("wsh({descriptor})")) else {
                assert!(descriptor.contains("04a34b"), "uncompressed keys alone are not for wsh(): {descriptor}");
                continue;
            };
            for (index, inner) in column.split(' ').enumerate() {
                let expected = ScriptBuf::from_hex(inner).unwrap().to_p2wsh().to_hex_string();
                assert_eq!(script(&wallet, false, index as u32), expected, "{descriptor}");
                count += 1;
            }
        }
    }
    println!("{count} bare scripts equal inside wsh()");
    assert_eq!(count, 7);
}

/// Checksums and key expressions of BIP-380; the latter inside pkh().
fn keys(said: &mut String) {
    let mut counts = [0; 5];
    for [class, text, what] in lines(BIP_380) {
        let descriptor = if class.ends_with("key") { format!("pkh({text})") } else { text.to_owned() };
        let refusal = parse(&public(&descriptor)).map(drop);
        match (class, &refusal) {
            // raw() is no wallet; that it is judged at all shows that the checksum was right.
            ("valid-checksum", Err(WalletError::Form { form: "raw()", .. })) => counts[0] += 1,
            ("invalid-checksum", Err(WalletError::Descriptor { .. })) => counts[1] += 1,
            ("valid-key", Ok(())) => counts[2] += 1,
            ("valid-key", Err(WalletError::Hardened { .. })) => counts[3] += 1,
            ("invalid-key", Err(WalletError::Descriptor { .. })) => counts[4] += 1,
            _ => panic!("{class}: {text}: {refusal:?}"),
        }
        if let Err(error) = refusal {
            writeln!(said, "BIP-380, {what}: {text}\n    {error}").unwrap();
        }
    }
    let [valid, invalid, keys, hardened, no_keys] = counts;
    println!(
        "BIP-380: checksums: {valid} valid, {invalid} invalid; keys: {keys} valid, {hardened} hardened, {no_keys} invalid"
    );
    assert_eq!(counts, [2, 6, 16, 5, 16]);
}

fn compare_with_what_was_read(said: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(REFUSALS);
    if std::env::var_os("VITRINE_WRITE").is_some() {
        fs::write(&path, said).unwrap();
    }
    assert!(fs::read_to_string(&path).unwrap() == said, "{REFUSALS} says something else: run with VITRINE_WRITE=1");
}
