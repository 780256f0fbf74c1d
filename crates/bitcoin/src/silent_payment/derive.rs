//! From keys and a shared secret to output scripts (BIP-352).

use bitcoin::key::TweakedPublicKey;
use bitcoin::secp256k1::{PublicKey, Scalar, Secp256k1, Verification};
use bitcoin::{OutPoint, ScriptBuf, consensus};

use crate::tagged::tagged_hash;

/// Most outputs of one transaction for the same scan key.
pub(crate) const MAX_PER_SCAN_KEY: usize = 2_323;

/// The sum of all eligible inputs' keys; none if it is zero.
pub(crate) fn sum<'a>(keys: impl IntoIterator<Item = &'a PublicKey>) -> Option<PublicKey> {
    let keys: Vec<&PublicKey> = keys.into_iter().collect();
    PublicKey::combine_keys(&keys).ok()
}

/// The hash that binds the outputs to the inputs: over the smallest outpoint, and the sum of the keys.
pub(crate) fn input_hash(outpoints: impl IntoIterator<Item = OutPoint>, sum: &PublicKey) -> Option<Scalar> {
    let smallest = outpoints.into_iter().map(|outpoint| consensus::serialize(&outpoint)).min()?;
    Scalar::from_be_bytes(tagged_hash("BIP0352/Inputs", &[&smallest, &sum.serialize()])).ok()
}

/// The script of the output number `k` for a scan key; `shared` is the input hash times the share of that scan key.
pub(crate) fn output_script<C: Verification>(
    secp: &Secp256k1<C>,
    shared: &PublicKey,
    spend: &PublicKey,
    k: u32,
) -> Option<ScriptBuf> {
    let tweak = tagged_hash("BIP0352/SharedSecret", &[&shared.serialize(), &k.to_be_bytes()]);
    let key = spend.add_exp_tweak(secp, &Scalar::from_be_bytes(tweak).ok()?).ok()?;
    let key = TweakedPublicKey::dangerous_assume_tweaked(key.x_only_public_key().0);
    Some(ScriptBuf::new_p2tr_tweaked(key))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::silent_payment::address::address;
    use bitcoin::Txid;
    use bitcoin::secp256k1::SecretKey;
    use std::collections::{BTreeMap, BTreeSet};
    use std::str::FromStr as _;

    /// Recipients of a vector: scan key, spend key, address.
    type Recipients = Vec<(PublicKey, PublicKey, String)>;

    fn list(column: &str) -> Vec<&str> {
        column.split(',').filter(|item| !item.is_empty()).collect()
    }

    fn recipients(column: &str) -> Recipients {
        let key = |text: &str| PublicKey::from_str(text).unwrap();
        let mut all = Vec::new();
        for item in list(column) {
            let parts: Vec<&str> = item.split(':').collect();
            let times: usize = parts[3].parse().unwrap();
            all.extend(vec![(key(parts[0]), key(parts[1]), parts[2].to_owned()); times]);
        }
        all
    }

    /// Outputs as the sender of a vector makes them, in its own order.
    fn send(keys: &[PublicKey], secret: &str, outpoints: &[OutPoint], recipients: &Recipients) -> Option<Vec<String>> {
        let secp = Secp256k1::new();
        let sum = sum(keys)?;
        let hash = input_hash(outpoints.iter().copied(), &sum)?;
        let secret = SecretKey::from_str(secret).unwrap();
        assert_eq!(secret.public_key(&secp), sum);
        let mut counts: BTreeMap<PublicKey, u32> = BTreeMap::new();
        let mut outputs = Vec::new();
        for (scan, spend, _) in recipients {
            let k = counts.entry(*scan).or_default();
            let share = scan.mul_tweak(&secp, &secret.into()).unwrap();
            let shared = share.mul_tweak(&secp, &hash).unwrap();
            let script = output_script(&secp, &shared, spend, *k).unwrap();
            outputs.push(data_encoding::HEXLOWER.encode(&script.as_bytes()[2..]));
            *k += 1;
        }
        let most = counts.values().copied().max().unwrap_or(0);
        (most as usize <= MAX_PER_SCAN_KEY).then_some(outputs)
    }

    #[test]
    fn the_published_outputs_are_ours() {
        let rows = include_str!("../../../../tests/vectors/bip352.tsv").lines().filter(|line| !line.starts_with('#'));
        let mut count = 0;
        for row in rows {
            let columns: Vec<&str> = row.split('\t').collect();
            let outpoint = |text: &&str| {
                let (txid, vout) = text.split_once(':').unwrap();
                OutPoint::new(Txid::from_str(txid).unwrap(), vout.parse().unwrap())
            };
            let outpoints: Vec<OutPoint> = list(columns[1]).iter().map(outpoint).collect();
            let keys: Vec<PublicKey> = list(columns[2]).iter().map(|key| PublicKey::from_str(key).unwrap()).collect();
            let recipients = recipients(columns[4]);
            for (scan, spend, expected) in &recipients {
                assert_eq!(address("sp", scan, spend).as_ref(), Some(expected), "{}", columns[0]);
            }
            let sent = if keys.is_empty() { None } else { send(&keys, columns[3], &outpoints, &recipients) };
            let sent: BTreeSet<String> = sent.unwrap_or_default().into_iter().collect();
            let alternatives: Vec<BTreeSet<String>> =
                columns[5].split('|').map(|set| list(set).into_iter().map(str::to_owned).collect()).collect();
            assert!(alternatives.contains(&sent), "{}: {sent:?}", columns[0]);
            count += 1;
        }
        println!("{count} sets of outputs derived");
        assert_eq!(count, 28);
    }
}
