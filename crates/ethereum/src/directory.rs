//! Who accounts are: the names of a ceremony folder, found by address, and by how an address begins and ends.

use std::collections::BTreeMap;

use alloy_primitives::Address;
use vitrine_review::{Proof, escape};

use crate::{BookEntry, OwnAccount, SafeAccount};

/// The first two and the last two bytes of an address: what people compare.
type Ends = [u8; 4];

/// A name that the folder gives to an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Named {
    /// The account.
    pub(crate) address: Address,
    /// Its name, escaped.
    pub(crate) name: String,
    /// What vouches for it.
    pub(crate) proof: Proof,
}

/// All names. Where an account has several, the one that vouches most: as an account whose key is here, as a Safe, in
/// the address book, as an owner of a Safe.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Directory {
    by_address: BTreeMap<Address, Named>,
    by_ends: BTreeMap<Ends, Address>,
}

impl Directory {
    /// Names of accounts, Safes, their owners, and the address book.
    pub(crate) fn new(accounts: &[OwnAccount], safes: &[SafeAccount], book: Vec<BookEntry>) -> Self {
        let mut directory = Self::default();
        for account in accounts {
            directory.add(account.address, &account.name, "account", "the registered account".to_owned());
        }
        for safe in safes {
            directory.add(safe.address, &safe.name, "safe", "the registered Safe".to_owned());
        }
        for entry in book {
            let words = format!("the address book, {}", escape(&entry.provenance));
            directory.add(entry.address, &entry.label, "address-book", words);
        }
        for (name, address) in safes.iter().flat_map(|safe| &safe.owners) {
            directory.add(*address, name, "safe-owner", "the Safe's owners".to_owned());
        }
        directory
    }

    fn add(&mut self, address: Address, name: &str, code: &'static str, words: String) {
        self.by_ends.entry(ends(address)).or_insert(address);
        let named = || Named { address, name: escape(name), proof: Proof::Proven(code, words) };
        self.by_address.entry(address).or_insert_with(named);
    }

    /// The name of an account.
    pub(crate) fn named(&self, address: Address) -> Option<&Named> {
        self.by_address.get(&address)
    }

    /// For an account without a name, one with a name that begins and ends alike.
    pub(crate) fn look_alike(&self, address: Address) -> Option<&Named> {
        if self.by_address.contains_key(&address) {
            return None;
        }
        self.by_address.get(self.by_ends.get(&ends(address))?)
    }
}

fn ends(address: Address) -> Ends {
    let [a, b, .., y, z] = address.into_array();
    [a, b, y, z]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::safe::SafeVersion;

    fn account(middle: u8) -> Address {
        let mut bytes = [0x77; 20];
        bytes[9] = middle;
        Address::from(bytes)
    }

    fn directory() -> Directory {
        let own = OwnAccount { name: "Own\u{202e}".to_owned(), address: account(1), path: Vec::new() };
        let owners = vec![("Alice".to_owned(), account(1)), ("Bob".to_owned(), account(3))];
        let version = SafeVersion::V1_4_1;
        let safe = SafeAccount { name: "Safe".to_owned(), address: account(2), version, owners, threshold: 1 };
        let entry =
            |n, label: &str| BookEntry { label: label.to_owned(), address: account(n), provenance: "A, B".to_owned() };
        Directory::new(
            &[own],
            &[safe],
            vec![entry(1, "booked"), entry(2, "booked"), entry(3, "Bob's"), entry(4, "Eve")],
        )
    }

    #[test]
    fn the_name_that_vouches_most_is_taken() {
        let directory = directory();
        let name = |n| directory.named(account(n)).map(|named| (named.name.as_str(), named.proof.code()));
        assert_eq!(name(1), Some(("Own\\u{202e}", "account")));
        assert_eq!(name(2), Some(("Safe", "safe")));
        assert_eq!(name(3), Some(("Bob's", "address-book")));
        assert_eq!(name(4), Some(("Eve", "address-book")));
        assert_eq!(name(5), None);
    }

    #[test]
    fn only_a_stranger_looks_like_somebody() {
        let directory = directory();
        assert_eq!(directory.look_alike(account(4)), None);
        assert_eq!(directory.look_alike(account(5)).map(|named| named.address), Some(account(1)));
        assert_eq!(directory.look_alike(Address::repeat_byte(0x78)), None);
    }
}
