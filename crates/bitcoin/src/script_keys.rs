//! Scripts read back into miniscript, with the keys of which a script holds the hash alone (BIP-379: `pk_h`).

use std::collections::{BTreeMap, BTreeSet};

use bitcoin::Script;
use bitcoin::hashes::hash160;
use miniscript::miniscript::decode::Terminal;
use miniscript::{ExtParams, FromStrKey, Miniscript, ScriptContext, ToPublicKey};

/// Keys by their hash, as a script of one context holds it.
pub(crate) type KeysByHash<Pk> = BTreeMap<hash160::Hash, Pk>;

/// The keys at hand, for scripts of the context `Ctx`.
pub(crate) fn by_hash<Pk: ToPublicKey, Ctx: ScriptContext>(keys: impl IntoIterator<Item = Pk>) -> KeysByHash<Pk> {
    keys.into_iter().map(|key| (key.to_pubkeyhash(Ctx::sig_type()), key)).collect()
}

/// A script as miniscript reads it, safe to use or not; none if it is no miniscript, or if a key behind a hash in it is
/// not known. What is returned encodes to exactly this script.
pub(crate) fn read<Pk, Ctx>(script: &Script, known: &KeysByHash<Pk>) -> Option<Miniscript<Pk, Ctx>>
where
    Pk: FromStrKey + ToPublicKey,
    Ctx: ScriptContext<Key = Pk>,
{
    let read = Miniscript::<Pk, Ctx>::parse_with_ext(script, &ExtParams::allow_all()).ok()?;
    let hashes: BTreeSet<hash160::Hash> = read.iter().filter_map(|part| raw_hash(&part.node)).collect();
    if hashes.is_empty() {
        return Some(read);
    }
    // miniscript's own substitution reaches the outermost fragment alone; its text names each hash.
    let mut text = read.to_string();
    for hash in hashes {
        let key = known.get(&hash)?;
        text = text.replace(&format!("expr_raw_pkh({hash})"), &format!("pkh({key})"));
        text = text.replace(&format!("expr_raw_pk_h({hash})"), &format!("pk_h({key})"));
    }
    let filled = Miniscript::<Pk, Ctx>::from_str_insane(&text).ok()?;
    (filled.encode().as_script() == script).then_some(filled)
}

fn raw_hash<Pk: miniscript::MiniscriptKey, Ctx: ScriptContext>(part: &Terminal<Pk, Ctx>) -> Option<hash160::Hash> {
    if let Terminal::RawPkH(hash) = part { Some(*hash) } else { None }
}

#[cfg(test)]
mod tests {
    use bitcoin::{PublicKey, XOnlyPublicKey};
    use miniscript::{Segwitv0, Tap};

    use super::*;

    const A: &str = "0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798";
    const B: &str = "02c6047f9441ed7d6d3045406e95c07cd85c778e4b8cef3ca7abac09b95c709ee5";

    #[test]
    fn a_key_behind_a_hash_is_found_wherever_it_stands() {
        let keys: Vec<PublicKey> = [A, B].iter().map(|key| key.parse().unwrap()).collect();
        for policy in [
            format!("or_d(pk({A}),and_v(v:pkh({B}),after(4000000)))"),
            format!("andor(pk({A}),older(144),pkh({B}))"),
            format!("thresh(2,pk({A}),a:pkh({B}),sln:after(9))"),
            format!("pkh({B})"),
        ] {
            let script = Miniscript::<PublicKey, Segwitv0>::from_str_insane(&policy).unwrap().encode();
            let found = read::<PublicKey, Segwitv0>(&script, &by_hash::<_, Segwitv0>(keys.clone())).unwrap();
            assert_eq!(found.to_string(), policy);
            assert!(read::<PublicKey, Segwitv0>(&script, &by_hash::<_, Segwitv0>([keys[0]])).is_none(), "{policy}");
        }
    }

    #[test]
    fn a_leaf_holds_the_hash_of_the_key_without_its_parity() {
        let keys: Vec<XOnlyPublicKey> = [A, B].iter().map(|key| key[2..].parse().unwrap()).collect();
        let policy = format!("and_v(v:pkh({}),older(144))", keys[1]);
        let script = Miniscript::<XOnlyPublicKey, Tap>::from_str_insane(&policy).unwrap().encode();
        let known = by_hash::<_, Tap>(keys);
        assert_eq!(read::<XOnlyPublicKey, Tap>(&script, &known).unwrap().to_string(), policy);
        assert!(read::<XOnlyPublicKey, Tap>(&script, &KeysByHash::new()).is_none());
    }
}
