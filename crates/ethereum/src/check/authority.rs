//! Who signs, on which chain, and for which Safe.

use alloy_primitives::{Address, U256};
use vitrine_review::{Notes, escape};

use super::{SafeSigning, digits, note};
use crate::call::Via;
use crate::effect::{Consequence, Control, Entry, Subject};
use crate::request::{Asked, Payload};
use crate::review::counted;
use crate::transaction::{Authorization, Transaction};
use crate::typed_data::DomainChain;
use crate::{SafeAccount, Surroundings};

/// The chain that the signature is for, compared with the ceremony's; what the envelope says of it too, if it does.
pub(super) fn chain(asked: &Asked, surroundings: &Surroundings, notes: &mut Notes) -> Option<u64> {
    let stated = asked.sign_request().and_then(|request| request.stated_chain_id()).map(|field| field.value);
    let chain = chain_of(asked.payload(), surroundings, notes);
    if let Some(stated) =
        stated.filter(|stated| chain == Some(surroundings.chain_id()) && *stated != surroundings.chain_id())
    {
        let truth =
            format!("The request says that it is for chain {stated}; the ceremony is for {}.", surroundings.chain_id());
        let rest = ("Whoever asks means another chain.", "Do not sign. Ask for the right request.");
        note(notes, "eth.chain-differs", Some("eth.request.chain-id"), truth, rest);
    }
    chain
}

fn chain_of(payload: &Payload, surroundings: &Surroundings, notes: &mut Notes) -> Option<u64> {
    let (found, field) = match payload {
        Payload::Transaction(transaction) => (Some(U256::from(transaction.chain_id().value)), "eth.tx.chain_id"),
        Payload::SafeBundle(bundle) => (Some(U256::from(bundle.chain_id)), "eth.safe.chainId"),
        Payload::TypedData(data) => match data.domain().chain_id {
            DomainChain::Chain(id) => (Some(id), "eth.typed.domain.chainId"),
            DomainChain::Absent | DomainChain::Zero => (None, ""),
        },
        // A message is for no chain: nothing executes it.
        Payload::Message(_) => return Some(surroundings.chain_id()),
    };
    let Some(found) = found else {
        let old_safe = matches!(payload, Payload::TypedData(data) if super::typed::is_old_safe_domain(data));
        if !old_safe {
            let truth = "The domain of the typed data names no chain.".to_owned();
            note(notes, "eth.chain-missing", None, truth, ("The signature holds on every chain.", "Do not sign."));
        }
        return None;
    };
    if found != U256::from(surroundings.chain_id()) {
        let truth =
            format!("The request is for chain {}, the ceremony for chain {}.", digits(found), surroundings.chain_id());
        let rest = (
            "Accounts and contracts of one chain are strangers on another.",
            "Do not sign. Ask for the right request.",
        );
        note(notes, "eth.chain-differs", Some(field), truth, rest);
    }
    u64::try_from(found).ok()
}

/// The account that signs: of the registered ones, the one that the request names by path or address.
pub(super) fn signer(asked: &Asked, surroundings: &Surroundings, notes: &mut Notes) -> Option<Address> {
    let claimed = asked.sign_request().and_then(|request| request.address()).map(|field| field.value);
    if surroundings.accounts().is_empty() {
        let truth = "No account of a ceremony folder is known.".to_owned();
        let rest = ("Whose key signs cannot be said.", "Review it with the ceremony folder to sign it.");
        note(notes, "eth.no-folder", None, truth, rest);
        return claimed;
    }
    let Asked::SignRequest(request) = asked else { return only_account(asked.payload(), surroundings, notes) };
    let path = request.derivation_path().to_bip32();
    let by_path = surroundings.accounts().iter().find(|account| account.path == path);
    match by_path {
        Some(account) if claimed.is_none_or(|claimed| claimed == account.address) => Some(account.address),
        Some(account) => {
            let claimed = claimed.unwrap_or_default().to_checksum(None);
            let truth =
                format!("The request says {claimed}, the registered account at its path is {}.", account.address);
            let rest = ("Another account would sign than the one that is shown.", "Do not sign.");
            note(notes, "eth.signer-differs", Some("eth.request.address"), truth, rest);
            Some(account.address)
        }
        None => {
            let truth = format!("No registered account has the path {}.", request.derivation_path());
            let rest =
                ("Another key would sign than those of this ceremony.", "Do not sign. Register the account first.");
            note(notes, "eth.signer-differs", Some("eth.request.derivation-path"), truth, rest);
            claimed
        }
    }
}

/// A request that names no key is signed by the one account there is; for a Safe, by the one that is its owner.
fn only_account(payload: &Payload, surroundings: &Surroundings, notes: &mut Notes) -> Option<Address> {
    let safe = match payload {
        Payload::SafeBundle(bundle) => surroundings.safe(bundle.safe),
        Payload::TypedData(data) => data.domain().verifying_contract.and_then(|safe| surroundings.safe(safe)),
        Payload::Transaction(_) | Payload::Message(_) => None,
    };
    let may = |address: Address| safe.is_none_or(|safe| safe.owners.iter().any(|(_, owner)| *owner == address));
    let mut fit = surroundings.accounts().iter().filter(|account| may(account.address));
    match (fit.next(), fit.next()) {
        (Some(account), None) => Some(account.address),
        (None, _) if safe.is_some() => {
            let whose = safe.map(|safe| escape(&safe.name)).unwrap_or_default();
            let truth = format!("No registered account is an owner of the Safe {whose}.");
            let action = owners_turn(safe, surroundings);
            note(notes, "eth.signer-differs", None, truth, ("The Safe would not take the signature.", &action));
            None
        }
        (first, _) => {
            let how_many = if first.is_some() { "More than one registered account" } else { "No registered account" };
            let truth = format!("{how_many} could sign this, and the request names none.");
            let rest = ("Which key signs must be certain.", "Ask for a request that names the account (ERC-4527).");
            note(notes, "eth.signer-differs", None, truth, rest);
            None
        }
    }
}

/// What to do where no account of ours is an owner of the Safe: one of our Safes may be.
fn owners_turn(safe: Option<&SafeAccount>, known: &Surroundings) -> String {
    let owners = safe.into_iter().flat_map(|safe| &safe.owners);
    let ours: Vec<String> = owners.filter_map(|(_, owner)| known.safe(*owner)).map(|safe| escape(&safe.name)).collect();
    match ours.as_slice() {
        [] => "Do not sign. Ask an owner, or register his account with its path.".to_owned(),
        safes => format!(
            "Ask for a bundle of {}, whose transaction approves this hash and holds this one under “approves”: the owners \
             of that Safe sign it.",
            safes.join(" or ")
        ),
    }
}

/// Whether the Safe is one of ours, of the stated version, for this chain alone, and whether the signer is its owner.
pub(super) fn check_safe(signing: &SafeSigning, signer: Option<Address>, here: &Surroundings, notes: &mut Notes) {
    let field = Some("eth.safe.safe");
    let Some(safe) = here.safe(signing.safe) else {
        let truth = format!("{} is none of the registered Safes.", signing.safe);
        let rest = ("Whose assets move cannot be said.", "Register the Safe with its owners first.");
        return note(notes, "eth.signer-differs", field, truth, rest);
    };
    let hashes = signing.transaction.hashes(safe.version, here.chain_id(), safe.address);
    if hashes != signing.hashes {
        let truth = format!("The hash is not that of a Safe of version {}, as registered.", safe.version);
        let rest = ("The Safe would not take the signature, or another one would.", "Do not sign.");
        note(notes, "eth.signer-differs", field, truth, rest);
    }
    if let Some(signer) = signer.filter(|signer| !safe.owners.iter().any(|(_, owner)| owner == signer)) {
        let truth = format!("{signer} is no owner of the Safe {}.", escape(&safe.name));
        let action = owners_turn(Some(safe), here);
        note(notes, "eth.signer-differs", field, truth, ("The Safe would not take the signature.", &action));
    }
    if !safe.version.names_chain() {
        let truth = format!("A Safe of version {} signs without naming the chain.", safe.version);
        let rest =
            ("The signature holds for a Safe of the same address on every chain.", "Make sure that there is none.");
        note(notes, "eth.safe-chain-unbound", field, truth, rest);
    }
}

/// Consequences of a transaction besides its call: accounts that run foreign code from now on (EIP-7702).
pub(super) fn consequences(payload: &Payload, notes: &mut Notes) -> Vec<Entry> {
    let Payload::Transaction(transaction) = payload else { return Vec::new() };
    note_lists(transaction, notes);
    transaction.authorization_list().iter().enumerate().map(|(n, a)| authorization(n, a, notes)).collect()
}

fn authorization(n: usize, authorization: &Authorization, notes: &mut Notes) -> Entry {
    let over = authorization.authority.unwrap_or_default();
    let code = authorization.address.value;
    let chain = if authorization.chain_id.value.is_zero() { "EVERY chain" } else { "the chain that it names" };
    let whose = authorization.authority.map_or("an account whose signature is not valid".to_owned(), |a| a.to_string());
    let truth = format!("{whose} runs the code of {code} from now on, on {chain}.");
    let field = format!("eth.tx.authorization_list[{n}].address");
    let rest =
        ("That code can take everything the account has.", "Do not sign unless the folder allows this very request.");
    note(notes, "eth.authorization", Some(&field), truth, rest);
    let consequence = Consequence::Controls { what: Control::Delegate, over, subject: Subject::Account(code) };
    Entry { call: Vec::new(), via: Via::Request, consequence }
}

fn note_lists(transaction: &Transaction, notes: &mut Notes) {
    let accounts = transaction.access_list().len();
    if accounts > 0 {
        let truth = format!("The transaction pays beforehand for access to {}.", counted(accounts, "account"));
        note(notes, "eth.access-list", None, truth, ("It changes the fee, nothing else.", "Nothing to do."));
    }
    if let Some(blobs) = transaction.blobs() {
        let truth = format!(
            "The transaction names {}, not in the request.",
            counted(blobs.blob_versioned_hashes.len(), "blob")
        );
        let field = Some("eth.tx.blob_versioned_hashes[0]");
        note(
            notes,
            "eth.blob",
            field,
            truth,
            ("What they say cannot be shown.", "Ask for their content and its hashes."),
        );
    }
}
