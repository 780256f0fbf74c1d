//! What an input's signatures have to satisfy: our descriptor, or, for an operator without wallets, what the scripts say.

use bitcoin::{PublicKey, Script, ScriptBuf, psbt};
use miniscript::{Descriptor, ForEachKey, Legacy, Segwitv0};

use super::finalize::Finals;
use super::signatures::Candidate;
use crate::script_keys::{by_hash, read};
use crate::{CheckedInput, CheckedPsbt};

/// Keys that may sign an input, and how their signatures finish it.
#[derive(Clone, Debug)]
pub(crate) enum Lock {
    Descriptor {
        descriptor: Box<Descriptor<PublicKey>>,
        keys: Vec<PublicKey>,
    },
    /// A taproot output of which only the output key and some leaves are known.
    Taproot,
}

impl Lock {
    fn new(descriptor: Descriptor<PublicKey>) -> Self {
        let mut keys = Vec::new();
        descriptor.for_each_key(|key| {
            keys.push(*key);
            true
        });
        Self::Descriptor { descriptor: Box::new(descriptor), keys }
    }

    /// Keys whose ECDSA signatures count.
    pub(crate) fn keys(&self) -> &[PublicKey] {
        match self {
            Self::Descriptor { keys, .. } => keys,
            Self::Taproot => &[],
        }
    }
}

/// The lock of each input, by index; none where nothing can be verified.
pub(crate) struct Locks(Vec<Option<Lock>>);

impl Locks {
    /// Locks of own inputs alone.
    pub(crate) fn own(checked: &CheckedPsbt) -> Self {
        let lock = |input: &CheckedInput| input.own().map(|own| Lock::new(own.descriptor().clone()));
        Self(checked.inputs().iter().map(lock).collect())
    }

    /// Locks for a response. With registered wallets those of own inputs; without, those that the scripts show.
    pub(crate) fn of_response(checked: &CheckedPsbt, candidates: &[Candidate], finals: &Finals) -> Self {
        if checked.has_wallets() {
            return Self::own(checked);
        }
        let mut keys: Vec<Vec<PublicKey>> = vec![Vec::new(); checked.inputs().len()];
        for candidate in candidates {
            if let Some(keys) = keys.get_mut(candidate.input) {
                keys.extend(candidate.ecdsa_key());
            }
        }
        let psbt = &checked.request.psbt.inputs;
        let inputs = checked.inputs().iter().zip(psbt).zip(keys).enumerate();
        Self(inputs.map(|(n, ((input, of_psbt), keys))| infer(input, of_psbt, keys, finals, n)).collect())
    }

    pub(crate) fn get(&self, input: usize) -> Option<&Lock> {
        self.0.get(input)?.as_ref()
    }
}

/// The descriptor that the spent script, the inner scripts and the keys at hand show.
fn infer(
    input: &CheckedInput,
    of_psbt: &psbt::Input,
    mut keys: Vec<PublicKey>,
    finals: &Finals,
    n: usize,
) -> Option<Lock> {
    let script = input.script_pubkey()?;
    if script.is_p2tr() {
        return Some(Lock::Taproot);
    }
    keys.extend(of_psbt.bip32_derivation.keys().copied().map(PublicKey::new));
    keys.extend(of_psbt.partial_sigs.keys());
    keys.extend(finals.get(&n).into_iter().flat_map(|(script_sig, witness)| keys_in(script_sig, witness)));
    let inner = from_scripts(of_psbt.redeem_script.as_ref(), of_psbt.witness_script.as_ref(), &keys);
    let single = keys.into_iter().flat_map(from_key);
    inner.into_iter().chain(single).find(|descriptor| descriptor.script_pubkey().as_script() == script).map(Lock::new)
}

/// Everything that a single key can be.
fn from_key(key: PublicKey) -> Vec<Descriptor<PublicKey>> {
    let all = [
        Descriptor::new_wpkh(key).ok(),
        Descriptor::new_pkh(key).ok(),
        Descriptor::new_sh_wpkh(key).ok(),
        Some(Descriptor::new_pk(key)),
    ];
    all.into_iter().flatten().collect()
}

/// What the given scripts can be, as far as miniscript reads them; `keys` are those at hand for hashes in them.
fn from_scripts(
    redeem: Option<&ScriptBuf>,
    witness: Option<&ScriptBuf>,
    keys: &[PublicKey],
) -> Vec<Descriptor<PublicKey>> {
    let known = by_hash::<_, Segwitv0>(keys.iter().copied());
    let witness = witness.and_then(|script| read::<PublicKey, Segwitv0>(script, &known));
    let redeem = redeem.and_then(|script| read::<PublicKey, Legacy>(script, &known));
    let all = [
        witness.clone().and_then(|ms| Descriptor::new_wsh(ms).ok()),
        witness.and_then(|ms| Descriptor::new_sh_wsh(ms).ok()),
        redeem.and_then(|ms| Descriptor::new_sh(ms).ok()),
    ];
    all.into_iter().flatten().collect()
}

/// Public keys among the elements of a finished input.
fn keys_in(script_sig: &Script, witness: &bitcoin::Witness) -> Vec<PublicKey> {
    let pushes = script_sig.instructions().filter_map(|i| i.ok()?.push_bytes().map(|p| p.as_bytes().to_vec()));
    let items = witness.iter().map(<[u8]>::to_vec);
    pushes.chain(items).filter_map(|bytes| PublicKey::from_slice(&bytes).ok()).collect()
}
