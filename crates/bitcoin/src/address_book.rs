//! The address book of a ceremony: who is behind an address, and which addresses imitate an entry.

use std::collections::BTreeMap;
use std::fmt;

use bitcoin::address::NetworkUnchecked;
use bitcoin::{Address, ScriptBuf};
use vitrine_review::{escape, groups_of_four};

use crate::Network;
use crate::limits::MAX_BOOK_ENTRIES;
use crate::silent_payment::SilentAddress;

/// One entry as written in the ceremony folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BookEntry {
    /// Who receives: "Halden Freight AS".
    pub label: String,
    /// The address as text.
    pub address: String,
    /// Who added and who approved the entry, in one sentence.
    pub provenance: String,
}

/// Addresses and the names behind them, each valid on the ceremony's network.
#[derive(Clone, Debug, Default)]
pub struct AddressBook {
    entries: Vec<Entry>,
    by_paid: BTreeMap<Paid, usize>,
}

/// What an entry's address stands for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Paid {
    Script(ScriptBuf),
    /// A silent payment address in lower case: its scripts are as many as its payments (BIP-352).
    Silent(String),
}

/// One entry as read.
#[derive(Clone, Debug)]
pub struct Entry {
    label: String,
    address: String,
    provenance: String,
}

impl Entry {
    /// The name, escaped.
    pub fn label(&self) -> String {
        escape(&self.label)
    }

    /// Who added and who approved the entry, escaped; none if it is not said.
    pub fn provenance(&self) -> Option<String> {
        Some(escape(&self.provenance)).filter(|said| !said.is_empty())
    }
}

fn on_chain(label: &str, address: &str, network: Network) -> Result<(Paid, String), AddressBookError> {
    let address: Address<NetworkUnchecked> = address
        .parse()
        .map_err(|e| AddressBookError::NotAnAddress { label: label.to_owned(), reason: format!("{e}") })?;
    let address = address
        .require_network(network.to_bitcoin())
        .map_err(|_| AddressBookError::OtherNetwork { label: label.to_owned(), network })?;
    Ok((Paid::Script(address.script_pubkey()), address.to_string()))
}

fn silent(label: &str, address: &str, network: Network) -> Result<(Paid, String), AddressBookError> {
    let read = SilentAddress::parse(address)
        .map_err(|reason| AddressBookError::NotAnAddress { label: label.to_owned(), reason })?;
    match read.is_for(network) {
        true => Ok((Paid::Silent(read.text().to_owned()), read.text().to_owned())),
        false => Err(AddressBookError::OtherNetwork { label: label.to_owned(), network }),
    }
}

/// Why entries are no address book.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AddressBookError {
    /// An entry's address cannot be read.
    NotAnAddress {
        /// The entry's label.
        label: String,
        /// What is wrong with it.
        reason: String,
    },
    /// An entry's address is for another network.
    OtherNetwork {
        /// The entry's label.
        label: String,
        /// Network of the ceremony.
        network: Network,
    },
    /// Two entries have the same address.
    Duplicate {
        /// Label of the first entry.
        first: String,
        /// Label of the second entry.
        second: String,
    },
    /// More entries than are read.
    TooMany {
        /// How many there are.
        count: usize,
    },
}

impl fmt::Display for AddressBookError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAnAddress { label, reason } => {
                write!(f, "address book, “{}”: this is no Bitcoin address ({reason}); correct the entry", escape(label))
            }
            Self::OtherNetwork { label, network } => write!(
                f,
                "address book, “{}”: the address is not for {network}; correct the entry or the ceremony's network",
                escape(label)
            ),
            Self::Duplicate { first, second } => {
                write!(f, "address book: “{}” and “{}” have the same address; keep one", escape(first), escape(second))
            }
            Self::TooMany { count } => {
                write!(f, "address book: {count} entries, at most {MAX_BOOK_ENTRIES} are read; shorten it")
            }
        }
    }
}

impl std::error::Error for AddressBookError {}

impl AddressBook {
    /// A book of these entries.
    ///
    /// # Errors
    /// [`AddressBookError`] at the first entry whose address is malformed, for another network, or already there.
    pub fn new(entries: Vec<BookEntry>, network: Network) -> Result<Self, AddressBookError> {
        if entries.len() > MAX_BOOK_ENTRIES {
            return Err(AddressBookError::TooMany { count: entries.len() });
        }
        let mut book = Self::default();
        for entry in entries {
            book.add(entry, network)?;
        }
        Ok(book)
    }

    fn add(&mut self, entry: BookEntry, network: Network) -> Result<(), AddressBookError> {
        let BookEntry { label, address, provenance } = entry;
        let (paid, address) = match SilentAddress::is_meant(&address) {
            true => silent(&label, &address, network)?,
            false => on_chain(&label, &address, network)?,
        };
        if let Some(first) = self.by_paid.get(&paid).and_then(|i| self.entries.get(*i)) {
            return Err(AddressBookError::Duplicate { first: first.label.clone(), second: label });
        }
        self.by_paid.insert(paid, self.entries.len());
        self.entries.push(Entry { label, address, provenance });
        Ok(())
    }

    /// Whether there are no entries.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Number of entries.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// The entry with this locking script, or with the silent payment address that the script is proven to be made for.
    pub fn find(&self, script: &bitcoin::Script, silent_payment: Option<&str>) -> Option<&Entry> {
        let silent = || self.by_paid.get(&Paid::Silent(silent_payment?.to_owned()));
        let index = self.by_paid.get(&Paid::Script(script.to_owned())).or_else(silent)?;
        self.entries.get(*index)
    }

    /// The first entry that `address` could be mistaken for: another address of the same kind that starts or ends alike.
    pub fn look_alike(&self, address: &str) -> Option<LookAlike> {
        self.entries.iter().find(|entry| entry.address != address && alike(&entry.address, address)).map(|entry| {
            LookAlike {
                label: escape(&entry.label),
                address: entry.address.clone(),
                differing_groups: differing_groups(&entry.address, address),
            }
        })
    }
}

/// An entry that an address imitates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LookAlike {
    /// Name of the entry, escaped.
    pub label: String,
    /// Address of the entry.
    pub address: String,
    /// Numbers of the groups of four that differ, from 1.
    pub differing_groups: Vec<usize>,
}

/// Characters compared at either end; people rarely compare more.
const COMPARED: usize = 4;

/// Whether two addresses share the characters that people compare: the first four that can differ, or the last four.
fn alike(a: &str, b: &str) -> bool {
    let fixed = fixed_prefix(a);
    if fixed != fixed_prefix(b) || a.get(..fixed) != b.get(..fixed) {
        return false;
    }
    (start(a, fixed).is_some() && start(a, fixed) == start(b, fixed)) || (end(a).is_some() && end(a) == end(b))
}

fn start(address: &str, fixed: usize) -> Option<&str> {
    address.get(fixed..fixed.saturating_add(COMPARED))
}

fn end(address: &str) -> Option<&str> {
    address.get(address.len().saturating_sub(COMPARED)..)
}

/// Length of the part that every address of the kind shares: `bc1q`, `tb1p`, `sp1qq`, or the first Base58 character.
fn fixed_prefix(address: &str) -> usize {
    // After its version, a silent payment address has the five zero bits that every compressed key begins with.
    let prefixes = [("bc1", 1usize), ("tb1", 1), ("bcrt1", 1), ("sp1", 2), ("tsp1", 2)];
    let bech32 = prefixes.iter().find(|(hrp, _)| address.starts_with(hrp));
    bech32.map_or(1, |(hrp, more)| hrp.len().saturating_add(*more))
}

fn differing_groups(a: &str, b: &str) -> Vec<usize> {
    let (a, b) = (groups_of_four(a), groups_of_four(b));
    (0..a.len().max(b.len())).filter(|i| a.get(*i) != b.get(*i)).map(|i| i.saturating_add(1)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOOK: &str = "tb1q6rz28mcfaxtmd6v789l9rrlrusdprr9pqcpvkl";

    fn book() -> AddressBook {
        let entry =
            BookEntry { label: "Halden Freight AS".to_owned(), address: BOOK.to_owned(), provenance: String::new() };
        AddressBook::new(vec![entry], Network::Testnet3).unwrap()
    }

    #[test]
    fn an_address_that_starts_or_ends_alike_is_flagged() {
        let book = book();
        let start = book.look_alike("tb1q6rz2xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx").unwrap();
        assert_eq!(start.label, "Halden Freight AS");
        assert!(!start.differing_groups.contains(&1) && start.differing_groups.contains(&3));
        assert!(book.look_alike("tb1qxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxpvkl").is_some());
        assert!(book.look_alike("tb1qxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx").is_none());
        assert!(book.look_alike(BOOK).is_none());
    }

    #[test]
    fn entries_of_another_network_are_not_taken() {
        let entry = BookEntry { label: "x".to_owned(), address: BOOK.to_owned(), provenance: String::new() };
        let error = AddressBook::new(vec![entry.clone()], Network::Mainnet).unwrap_err();
        assert!(matches!(error, AddressBookError::OtherNetwork { .. }));
        let error = AddressBook::new(vec![entry.clone(), entry], Network::Signet).unwrap_err();
        assert!(matches!(error, AddressBookError::Duplicate { .. }));
    }
}
