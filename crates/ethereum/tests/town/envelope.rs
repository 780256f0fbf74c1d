//! Requests of ERC-4527 as a wallet writes them, written by hand so that no decoder of ours is on both sides.

use vitrine_ethereum::alloy_primitives::{Address, hex};

/// The number that MetaMask might give a request.
pub const REQUEST_ID: [u8; 16] = hex!("9b1deb4d3b7d4bad9bdd2b0d7b3dcb6d");

/// An `eth-sign-request` for the key at m/44'/60'/0'/0/0.
pub struct Envelope {
    /// 1 legacy transaction, 2 typed data, 3 message, 4 transaction with a type.
    pub data_type: u8,
    pub data: Vec<u8>,
    pub chain_id: Option<u64>,
    pub address: Option<Address>,
    pub origin: Option<&'static str>,
}

impl Envelope {
    /// A transaction for mainnet, as MetaMask asks for it: with its chain, without the account.
    pub fn of_transaction(data_type: u8, data: Vec<u8>) -> Self {
        Self { data_type, data, chain_id: Some(1), address: None, origin: None }
    }

    /// Typed data (2) or a message (3), as MetaMask asks for it: with the account, without a chain.
    pub fn of_text(data_type: u8, text: &str, account: Address) -> Self {
        let data = text.as_bytes().to_vec();
        Self { data_type, data, chain_id: None, address: Some(account), origin: Some("metamask") }
    }

    pub fn cbor(&self) -> Vec<u8> {
        let mut pairs = vec![
            [vec![0x01, 0xd8, 0x25, 0x50], REQUEST_ID.to_vec()].concat(),
            [vec![0x02], head(2, self.data.len()), self.data.clone()].concat(),
            vec![0x03, self.data_type],
        ];
        pairs.extend(self.chain_id.map(|id| [vec![0x04], head(0, usize::try_from(id).unwrap())].concat()));
        // 44', 60', 0', 0, 0, and the fingerprint of the master key.
        pairs.push(hex!("05d90130a2018a182cf5183cf500f500f400f4021a1250b6bc").to_vec());
        pairs.extend(self.address.map(|address| [vec![0x06, 0x54], address.to_vec()].concat()));
        pairs.extend(self.origin.map(|text| [vec![0x07], head(3, text.len()), text.into()].concat()));
        [head(5, pairs.len()), pairs.concat()].concat()
    }
}

/// The first bytes of a value in CBOR: its major type and its number, in the shortest form.
fn head(major: u8, number: usize) -> Vec<u8> {
    let bytes = number.to_be_bytes();
    let (short, from) = match number {
        0..24 => (bytes[7], 8),
        24..0x100 => (24, 7),
        0x100..0x1_0000 => (25, 6),
        _ => (26, 4),
    };
    [&[major << 5 | short][..], &bytes[from..]].concat()
}
