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

const PERMIT2: &str = "0x000000000022D473030F116dDEE9F6B43aC78BA3";

/// ERC-2612: lets a spender take all of a token, until 2026.
pub fn permit(token: Address, chain_id: u64) -> CheckedRequest {
    let json = format!(
        r#"{{"types":{{"EIP712Domain":[{{"name":"name","type":"string"}},{{"name":"version","type":"string"}},
        {{"name":"chainId","type":"uint256"}},{{"name":"verifyingContract","type":"address"}}],
        "Permit":[{{"name":"owner","type":"address"}},{{"name":"spender","type":"address"}},{{"name":"value","type":"uint256"}},
        {{"name":"nonce","type":"uint256"}},{{"name":"deadline","type":"uint256"}}]}},"primaryType":"Permit",
        "domain":{{"name":"USD Coin","version":"2","chainId":{chain_id},"verifyingContract":"{token}"}},
        "message":{{"owner":"{ACCOUNT}","spender":"0x68b3465833fb72A70ecDF485E0e4C7bD8665Fc45","value":"{}","nonce":"0",
        "deadline":"1767225600"}}}}"#,
        U256::MAX
    );
    checked(json.as_bytes(), RequestForm::Json, chain_id)
}

/// Permit2's `PermitSingle`: 1.5 of a token with six decimals.
pub fn permit2(chain_id: u64, token: &str) -> CheckedRequest {
    let json = format!(
        r#"{{"types":{{"EIP712Domain":[{{"name":"name","type":"string"}},{{"name":"chainId","type":"uint256"}},
        {{"name":"verifyingContract","type":"address"}}],
        "PermitSingle":[{{"name":"details","type":"PermitDetails"}},{{"name":"spender","type":"address"}},
        {{"name":"sigDeadline","type":"uint256"}}],
        "PermitDetails":[{{"name":"token","type":"address"}},{{"name":"amount","type":"uint160"}},
        {{"name":"expiration","type":"uint48"}},{{"name":"nonce","type":"uint48"}}]}},"primaryType":"PermitSingle",
        "domain":{{"name":"Permit2","chainId":{chain_id},"verifyingContract":"{PERMIT2}"}},
        "message":{{"details":{{"token":"{token}","amount":"1500000","expiration":"281474976710655","nonce":"3"}},
        "spender":"0x68b3465833fb72A70ecDF485E0e4C7bD8665Fc45","sigDeadline":"1767225600"}}}}"#
    );
    checked(json.as_bytes(), RequestForm::Json, chain_id)
}

/// UniswapX: sells 1.5 USDC for DAI, to two recipients.
pub fn limit_order() -> CheckedRequest {
    limit_order_of(
        r#"{"token":"0x6B175474E89094C44Da98b954EedeAC495271d0F","amount":"1400000000000000000",
        "recipient":"0x5a321744667052affa8386ed49e00ef223cbffc3"},
        {"token":"0x6B175474E89094C44Da98b954EedeAC495271d0F","amount":"100",
        "recipient":"0x8eA7a3fccC211ED48b763b4164884DDbcF3b0A98"}"#,
    )
}

/// The same with these outputs.
pub fn limit_order_of(outputs: &str) -> CheckedRequest {
    let json = format!(
        r#"{{"types":{{"EIP712Domain":[{{"name":"name","type":"string"}},{{"name":"chainId","type":"uint256"}},
        {{"name":"verifyingContract","type":"address"}}],
        "PermitWitnessTransferFrom":[{{"name":"permitted","type":"TokenPermissions"}},{{"name":"spender","type":"address"}},
        {{"name":"nonce","type":"uint256"}},{{"name":"deadline","type":"uint256"}},{{"name":"witness","type":"LimitOrder"}}],
        "TokenPermissions":[{{"name":"token","type":"address"}},{{"name":"amount","type":"uint256"}}],
        "LimitOrder":[{{"name":"info","type":"OrderInfo"}},{{"name":"inputToken","type":"address"}},
        {{"name":"inputAmount","type":"uint256"}},{{"name":"outputs","type":"OutputToken[]"}}],
        "OrderInfo":[{{"name":"reactor","type":"address"}},{{"name":"swapper","type":"address"}},
        {{"name":"nonce","type":"uint256"}},{{"name":"deadline","type":"uint256"}},
        {{"name":"additionalValidationContract","type":"address"}},{{"name":"additionalValidationData","type":"bytes"}}],
        "OutputToken":[{{"name":"token","type":"address"}},{{"name":"amount","type":"uint256"}},
        {{"name":"recipient","type":"address"}}]}},"primaryType":"PermitWitnessTransferFrom",
        "domain":{{"name":"Permit2","chainId":1,"verifyingContract":"{PERMIT2}"}},
        "message":{{"permitted":{{"token":"{USDC}","amount":"1500000"}},"spender":"0x68b3465833fb72A70ecDF485E0e4C7bD8665Fc45",
        "nonce":"7","deadline":"1767268800","witness":{{"info":{{"reactor":"0x68b3465833fb72A70ecDF485E0e4C7bD8665Fc45",
        "swapper":"{ACCOUNT}","nonce":"7","deadline":"1767268800",
        "additionalValidationContract":"0x0000000000000000000000000000000000000000","additionalValidationData":"0x"}},
        "inputToken":"{USDC}","inputAmount":"1500000","outputs":[{outputs}]}}}}}}"#
    );
    checked(json.as_bytes(), RequestForm::Json, 1)
}

pub const USDC: Address = address!("a0b86991c6218b36c1d19d4a2e9eb0ce3606eb48");
const UNKNOWN: Address = address!("5a321744667052affa8386ed49e00ef223cbffc3");
pub const OF_UNKNOWN_TOKEN: &str = "ERC-20 transfer of an unknown token";

/// The requests of the matrix in `docs/devices.md`, and a few beside them.
pub fn matrix() -> Vec<(&'static str, CheckedRequest)> {
    let payment = Fields::default();
    let on_main = |bytes: Vec<u8>| checked(&bytes, RequestForm::Transaction, 1);
    let listed = Fields { access_list: access_entry(), ..payment.clone() };
    let transfer = token_call("a9059cbb", Address::repeat_byte(0x44), U256::from(1_500_000));
    let token = Fields { to: Some(USDC), value_wei: U256::ZERO, data: transfer, ..payment.clone() };
    let data: Vec<u8> = (0..3_000u32).map(|i| (i * 7 % 256).to_be_bytes()[3]).collect();
    vec![
        ("EIP-155", on_main(payment.legacy())),
        ("1559", payment.checked()),
        ("1559 with 3 kB data", Fields { data, ..payment.clone() }.checked()),
        ("2930", on_main(listed.with_access_list())),
        ("7702", on_main(payment.set_code())),
        ("ERC-20 transfer", token.checked()),
        (OF_UNKNOWN_TOKEN, Fields { to: Some(UNKNOWN), ..token }.checked()),
        ("Safe EIP-712", safe_bundle("1.4.1")),
        ("permit", permit(USDC, 1)),
        ("Permit2 on Polygon", permit2(137, "0x3c499c542cEF5E3811e1192ce70d8cC03d5c3359")),
        ("UniswapX limit order", limit_order()),
        ("personal_sign", message(b"hello ledger")),
    ]
}
