//! Requests to sign, made as wallets make them.

use vitrine_ethereum::alloy_primitives::{Address, U256, address, hex};
use vitrine_ethereum::interface::Interfaces;
use vitrine_ethereum::{CheckedRequest, OwnAccount, RequestForm, Surroundings, decode};

/// m/44'/60'/0'/0/0.
pub const PATH: [u32; 5] = [0x8000_002c, 0x8000_003c, 0x8000_0000, 0, 0];
/// The address of that path with the public test seed of Ledger's emulator.
pub const ACCOUNT: Address = address!("dad77910dbdfde764fc21fcd4e74d71bbaca6d8d");
pub const SEPOLIA: u64 = 11_155_111;

/// What a ceremony knows: this one account.
pub fn surroundings(chain_id: u64) -> Surroundings {
    let account = OwnAccount { name: "Treasurer".to_owned(), address: ACCOUNT, path: PATH.to_vec() };
    Surroundings::new(chain_id, vec![account], Vec::new(), Vec::new(), Interfaces::built_in().clone())
}

/// A checked request of these bytes.
pub fn checked(bytes: &[u8], form: RequestForm, chain_id: u64) -> CheckedRequest {
    let request = decode(bytes, form).unwrap_or_else(|error| panic!("{error}"));
    request.check(&surroundings(chain_id)).unwrap()
}

/// The fields of a transaction; those that its type does not have are not written.
#[derive(Clone)]
pub struct Fields {
    pub chain_id: u64,
    pub nonce: u64,
    pub tip_wei: u64,
    pub fee_wei: u64,
    pub gas: u64,
    pub to: Option<Address>,
    pub value_wei: U256,
    pub data: Vec<u8>,
    /// Written as it is: an empty list by default.
    pub access_list: Vec<u8>,
}

impl Default for Fields {
    fn default() -> Self {
        Self {
            chain_id: 1,
            nonce: 68,
            tip_wei: 1_000_000_000,
            fee_wei: 13_000_000_000,
            gas: 21_000,
            to: Some(address!("5a321744667052affa8386ed49e00ef223cbffc3")),
            value_wei: U256::from(314_150_000_000_000_000u64),
            data: Vec::new(),
            access_list: list(&[]),
        }
    }
}

impl Fields {
    fn common(&self) -> Vec<Vec<u8>> {
        let to = self.to.map(|to| to.to_vec()).unwrap_or_default();
        vec![uint(self.gas), string(&to), string(&self.value_wei.to_be_bytes_trimmed_vec()), string(&self.data)]
    }

    pub fn legacy(&self) -> Vec<u8> {
        let first = vec![uint(self.nonce), uint(self.fee_wei)];
        list(&[first, self.common(), vec![uint(self.chain_id), uint(0), uint(0)]].concat())
    }

    pub fn with_access_list(&self) -> Vec<u8> {
        let first = vec![uint(self.chain_id), uint(self.nonce), uint(self.fee_wei)];
        [vec![1], list(&[first, self.common(), vec![self.access_list.clone()]].concat())].concat()
    }

    fn dynamic(&self) -> Vec<Vec<u8>> {
        let first = vec![uint(self.chain_id), uint(self.nonce), uint(self.tip_wei), uint(self.fee_wei)];
        [first, self.common(), vec![self.access_list.clone()]].concat()
    }

    pub fn dynamic_fee(&self) -> Vec<u8> {
        [vec![2], list(&self.dynamic())].concat()
    }

    pub fn blob(&self) -> Vec<u8> {
        let hash = string(&[vec![1], vec![7; 31]].concat());
        [vec![3], list(&[self.dynamic(), vec![uint(1), list(&[hash])]].concat())].concat()
    }

    pub fn set_code(&self) -> Vec<u8> {
        let delegate = string(&[0x12; 20]);
        let signature = vec![uint(1), string(&[0x55; 32]), string(&[0x33; 32])];
        let authorization = list(&[vec![uint(self.chain_id), delegate, uint(3)], signature].concat());
        [vec![4], list(&[self.dynamic(), vec![list(&[authorization])]].concat())].concat()
    }

    /// The transaction of type 2, checked.
    pub fn checked(&self) -> CheckedRequest {
        checked(&self.dynamic_fee(), RequestForm::Transaction, self.chain_id)
    }
}

/// One entry for an access list.
pub fn access_entry() -> Vec<u8> {
    list(&[list(&[string(&[0x77; 20]), list(&[string(&[1; 32])])])])
}

/// `transfer` or `approve`.
pub fn token_call(selector: &str, account: Address, value: U256) -> Vec<u8> {
    [hex::decode(selector).unwrap(), account.into_word().to_vec(), value.to_be_bytes_vec()].concat()
}

/// An `eth-sign-request` for a personal message.
pub fn message(bytes: &[u8]) -> CheckedRequest {
    let steps = [0x18, 0x2c, 0xf5, 0x18, 0x3c, 0xf5, 0x00, 0xf5, 0x00, 0xf4, 0x00, 0xf4];
    let path = [vec![0xd9, 0x01, 0x30, 0xa1, 0x01, 0x8a], steps.to_vec()].concat();
    let length = u32::try_from(bytes.len()).unwrap();
    let head = match length {
        0..=23 => vec![0x40 + u8::try_from(length).unwrap()],
        24..=255 => vec![0x58, u8::try_from(length).unwrap()],
        256..=65_535 => [vec![0x59], u16::try_from(length).unwrap().to_be_bytes().to_vec()].concat(),
        _ => [vec![0x5a], length.to_be_bytes().to_vec()].concat(),
    };
    let request = [vec![0xa3, 0x02], head, bytes.to_vec(), vec![0x03, 0x03, 0x05], path].concat();
    checked(&request, RequestForm::EthSignRequest, SEPOLIA)
}

fn uint(value: u64) -> Vec<u8> {
    string(&U256::from(value).to_be_bytes_trimmed_vec())
}

fn string(content: &[u8]) -> Vec<u8> {
    match content {
        [0..0x80] => content.to_vec(),
        _ => [header(0x80, content.len()), content.to_vec()].concat(),
    }
}

pub fn list(items: &[Vec<u8>]) -> Vec<u8> {
    let payload = items.concat();
    [header(0xc0, payload.len()), payload].concat()
}

fn header(base: u8, length: usize) -> Vec<u8> {
    if length < 56 {
        return vec![base + u8::try_from(length).unwrap()];
    }
    let digits = U256::from(length).to_be_bytes_trimmed_vec();
    [vec![base + 55 + u8::try_from(digits.len()).unwrap()], digits].concat()
}

/// Mail with all kinds of members. Its shape is EIP-712's example, with more types.
pub const MAIL: &str = r#"{"types":{"EIP712Domain":[{"name":"name","type":"string"},{"name":"version","type":"string"},
{"name":"chainId","type":"uint256"},{"name":"verifyingContract","type":"address"},{"name":"salt","type":"bytes32"}],
"Person":[{"name":"name","type":"string"},{"name":"wallets","type":"address[]"}],
"Mail":[{"name":"from","type":"Person"},{"name":"to","type":"Person[]"},{"name":"grid","type":"int16[2][]"},
{"name":"urgent","type":"bool"},{"name":"tag","type":"bytes4"},{"name":"blob","type":"bytes"},
{"name":"debt","type":"int256"},{"name":"count","type":"uint64"},{"name":"none","type":"Person[]"},
{"name":"contents","type":"string"}]},
"primaryType":"Mail",
"domain":{"name":"Ether Mail","version":"1","chainId":11155111,
"verifyingContract":"0xCcCCccccCCCCcCCCCCCcCcCccCcCCCcCcccccccC",
"salt":"0xabababababababababababababababababababababababababababababababab"},
"message":{"from":{"name":"Cow","wallets":["0xCD2a3d9F938E13CD947Ec05AbC7FE734Df8DD826"]},
"to":[{"name":"Bob","wallets":["0xbBbBBBBbbBBBbbbBbbBbbbbBBbBbbbbBbBbbBBbB","0xB0BdaBea57B0BDABeA57b0bdABEA57b0BDabEa57"]},
{"name":"Eve","wallets":[]}],
"grid":[[-1,2],[300,-32768],[0,0]],"urgent":true,"tag":"0x01020304","blob":"0x00ff","debt":"-42","count":"0","none":[],
"contents":"Hello, Bob!"}}"#;

/// Typed data, checked for Sepolia.
pub fn typed_data(json: &str) -> CheckedRequest {
    checked(json.as_bytes(), RequestForm::Json, SEPOLIA)
}

/// A Safe bundle that pays from a Safe.
pub fn safe_bundle(version: &str) -> CheckedRequest {
    let json = format!(
        r#"{{"format":"vitrine-safe-bundle","version":1,"chainId":"{SEPOLIA}","safe":"0x5afe000000000000000000000000000000000001",
        "safeVersion":"{version}","to":"0x5a321744667052affa8386ed49e00ef223cbffc3","value":"1000000000000000000","data":"0x",
        "operation":0,"safeTxGas":"0","baseGas":"0","gasPrice":"0","gasToken":"0x0000000000000000000000000000000000000000",
        "refundReceiver":"0x0000000000000000000000000000000000000000","nonce":"7"}}"#
    );
    typed_data(&json)
}
