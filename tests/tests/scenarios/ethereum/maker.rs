//! Requests for Ethereum as wallets make them and attackers change them, with keys that everybody knows.

use vitrine_bitcoin::bitcoin::secp256k1::{Message, Secp256k1, SecretKey};
use vitrine_ethereum::alloy_primitives::{Address, B256, U256, address, hex};
use vitrine_ethereum::{ReturnedSignature, Signature};
use vitrine_qr::{Payload, PayloadKind, Transport, UrType};

use super::town;
use super::town::envelope::{Envelope, REQUEST_ID};
use crate::maker::{Answer, Made};

/// The first three accounts of the mnemonic that Hardhat and anvil print at their start.
pub const ALICE: Address = address!("f39Fd6e51aad88F6F4ce6aB8827279cffFb92266");
pub const BOB: Address = address!("70997970C51812dc3A010C7d01b50e0d17dc79C8");
pub const CAROL: Address = address!("3C44CdDdB6a900fa2b585dd299e03d12FA4293BC");
const ALICE_KEY: [u8; 32] = hex!("ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80");

pub const SAFE: Address = town::SAFE;
pub const HALDEN: Address = town::PAYEE;
pub const STRANGER: Address = town::STRANGER;
pub const TIMELOCK: Address = town::TIMELOCK;
pub const VAULT: Address = town::PROXY;
pub const UNLISTED: Address = town::TOKEN;
pub const GOVERNOR: Address = Address::repeat_byte(0x66);
pub const COLLECTION: Address = Address::repeat_byte(0x44);
pub const OWNED: Address = Address::repeat_byte(0x77);
pub const USDC: Address = address!("A0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48");
pub const WETH: Address = address!("C02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2");
pub const PERMIT2: Address = address!("000000000022D473030F116dDEE9F6B43aC78BA3");
/// Version 1.4.1, on mainnet.
pub const MULTI_SEND: Address = address!("38869bf66a61cF6bDB996A6aE40D5853Fd43B526");
/// Version 1.4.1, on mainnet.
pub const MULTI_SEND_CALL_ONLY: Address = address!("9641d764fc13c8B624c04430C7356C1C7C8102e2");

/// What a ceremony's folder says.
pub struct Ceremony {
    pub network: &'static str,
    pub chain_id: u64,
    /// Lines of `[approval]`.
    pub approval: String,
    pub account: (&'static str, Address),
    pub safe: Safe,
    pub book: Vec<(&'static str, Address)>,
    /// Name, address, and `interface = "…"` or `abi = "…"`.
    pub contracts: Vec<(&'static str, Address, &'static str)>,
    pub more: Vec<(&'static str, String)>,
}

/// A Safe of the folder.
pub struct Safe {
    pub name: &'static str,
    pub address: Address,
    pub version: &'static str,
    pub threshold: usize,
    pub owners: Vec<(&'static str, Address)>,
}

impl Default for Ceremony {
    fn default() -> Self {
        Self {
            network: "mainnet",
            chain_id: 1,
            approval: "recipients = \"any\"\n".to_owned(),
            account: ("Alice", ALICE),
            safe: Safe {
                name: "Treasury",
                address: SAFE,
                version: "1.4.1",
                threshold: 2,
                owners: vec![("Alice", ALICE), ("Bob", BOB), ("Carol", CAROL)],
            },
            book: vec![("Halden Freight AS", HALDEN)],
            contracts: vec![
                ("Timelock", TIMELOCK, "interface = \"openzeppelin/TimelockController\""),
                ("Vault", VAULT, "interface = \"openzeppelin/UUPSUpgradeable\""),
                ("Governor", GOVERNOR, "interface = \"openzeppelin/Governor\""),
                ("Fee switch", OWNED, "interface = \"openzeppelin/Ownable\""),
                ("Collection", COLLECTION, "interface = \"erc721\""),
                ("House token", UNLISTED, "interface = \"erc20\""),
            ],
            more: Vec::new(),
        }
    }
}

impl Ceremony {
    pub fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    /// The scenario of this request.
    pub fn made(self, request: Request) -> Made {
        let Request { file, bytes } = request;
        Made { file, request: bytes, ceremony: self.files(), answer: None }
    }

    /// The scenario of this request and what came back.
    pub fn answered(self, request: Request, answer: Request) -> Made {
        let (file, bytes, signer) = (answer.file, answer.bytes, self.account.1.to_checksum(None));
        Made { answer: Some(Answer { file, bytes, signer }), ..self.made(request) }
    }

    fn files(&self) -> Vec<(String, String)> {
        let mut files = vec![
            ("ceremony.toml".to_owned(), self.ceremony_toml()),
            (format!("wallets/{}.toml", file_name(self.account.0)), self.account_toml()),
            (format!("wallets/{}.toml", file_name(self.safe.name)), self.safe.toml()),
        ];
        if !self.book.is_empty() {
            files.push(("addresses.toml".to_owned(), self.addresses_toml()));
        }
        if !self.contracts.is_empty() {
            files.push(("contracts/ours.toml".to_owned(), self.contracts_toml()));
        }
        files.extend(self.more.iter().map(|(path, text)| ((*path).to_owned(), text.clone())));
        files
    }

    fn ceremony_toml(&self) -> String {
        format!(
            "version = 1\ntitle = \"Scenario\"\nchain = \"ethereum\"\nnetwork = \"{}\"\nchain_id = {}\n\n[approval]\n{}",
            self.network, self.chain_id, self.approval
        )
    }

    fn account_toml(&self) -> String {
        let (name, address) = self.account;
        format!("version = 1\nname = \"{name}\"\naddress = \"{address}\"\npath = \"m/44'/60'/0'/0/0\"\n")
    }

    fn addresses_toml(&self) -> String {
        let entry = |(label, address): &(&str, Address)| {
            format!(
                "\n[[address]]\nlabel = \"{label}\"\naddress = \"{address}\"\n\
                 added_by = \"M. Okafor\"\napproved_by = \"J. Lindqvist\"\n"
            )
        };
        format!("version = 1\n{}", self.book.iter().map(entry).collect::<String>())
    }

    fn contracts_toml(&self) -> String {
        let entry = |(name, address, what): &(&str, Address, &str)| {
            format!("\n[[contract]]\nname = \"{name}\"\naddress = \"{address}\"\n{what}\n")
        };
        format!("version = 1\n{}", self.contracts.iter().map(entry).collect::<String>())
    }
}

impl Safe {
    fn toml(&self) -> String {
        let Self { name, address, version, threshold, owners } = self;
        let owner =
            |(name, address): &(&str, Address)| format!("\n[[owner]]\nname = \"{name}\"\naddress = \"{address}\"\n");
        format!(
            "version = 1\nname = \"{name}\"\nsafe = \"{address}\"\nsafe_version = \"{version}\"\n\
             threshold = {threshold}\n{}",
            owners.iter().map(owner).collect::<String>()
        )
    }
}

fn file_name(name: &str) -> String {
    name.to_lowercase().replace(' ', "-")
}

/// A file with a request or an answer.
pub struct Request {
    pub file: &'static str,
    pub bytes: Vec<u8>,
}

pub fn json(text: impl Into<String>) -> Request {
    Request { file: "request.json", bytes: text.into().into_bytes() }
}

/// An unsigned transaction, as hexadecimal digits.
pub fn transaction(bytes: &[u8]) -> Request {
    Request { file: "request.hex", bytes: format!("{}\n", hex::encode_prefixed(bytes)).into_bytes() }
}

/// A signed transaction that came back, as hexadecimal digits.
pub fn signed_transaction(bytes: &[u8]) -> Request {
    Request { file: "response.hex", ..transaction(bytes) }
}

/// A transaction of a Safe, as its owners sign it.
#[derive(Clone)]
pub struct SafeTx {
    pub chain_id: u64,
    pub safe: Address,
    pub version: &'static str,
    pub to: Address,
    pub value_wei: U256,
    pub data: Vec<u8>,
    pub operation: u8,
    pub safe_tx_gas: u64,
    pub base_gas: u64,
    pub gas_price: u64,
    pub gas_token: Address,
    pub refund_receiver: Address,
    pub nonce: u64,
    /// Lines of further members of the bundle, each beginning with `,`.
    pub more: String,
}

impl SafeTx {
    pub fn call(to: Address, data: Vec<u8>) -> Self {
        Self {
            chain_id: 1,
            safe: SAFE,
            version: "1.4.1",
            to,
            value_wei: U256::ZERO,
            data,
            operation: 0,
            safe_tx_gas: 0,
            base_gas: 0,
            gas_price: 0,
            gas_token: Address::ZERO,
            refund_receiver: Address::ZERO,
            nonce: 41,
            more: String::new(),
        }
    }

    pub fn delegatecall(to: Address, data: Vec<u8>) -> Self {
        Self { operation: 1, ..Self::call(to, data) }
    }

    /// Entries of Safe's own multiSend that makes calls alone.
    pub fn batch(entries: &[Vec<u8>]) -> Self {
        Self::delegatecall(MULTI_SEND_CALL_ONLY, town::multi_send(entries))
    }

    pub fn bundle(&self) -> Request {
        json(self.bundle_text())
    }

    pub fn bundle_text(&self) -> String {
        let Self { chain_id, safe, version, to, value_wei, operation, safe_tx_gas, base_gas, gas_price, .. } = self;
        let (gas_token, refund_receiver, nonce, more) = (self.gas_token, self.refund_receiver, self.nonce, &self.more);
        let data = hex::encode_prefixed(&self.data);
        format!(
            "{{\n  \"format\": \"vitrine-safe-bundle\",\n  \"version\": 1,\n  \"chainId\": {chain_id},\n  \
             \"safeVersion\": \"{version}\",\n  \"safe\": \"{safe}\",\n  \"to\": \"{to}\",\n  \
             \"value\": \"{value_wei}\",\n  \"data\": \"{data}\",\n  \"operation\": {operation},\n  \
             \"safeTxGas\": {safe_tx_gas},\n  \"baseGas\": {base_gas},\n  \"gasPrice\": \"{gas_price}\",\n  \
             \"gasToken\": \"{gas_token}\",\n  \"refundReceiver\": \"{refund_receiver}\",\n  \"nonce\": {nonce}{more}\n}}\n"
        )
    }

    /// The same as typed data (EIP-712), with these further members of the message.
    pub fn typed_data(&self, domain: &str, domain_type: &str, more: &str) -> String {
        let Self {
            to, value_wei, operation, safe_tx_gas, base_gas, gas_price, gas_token, refund_receiver, nonce, ..
        } = self;
        let member = |(kind, name): &(&str, &str)| format!("{{\"name\":\"{name}\",\"type\":\"{kind}\"}}");
        let members: Vec<String> = SAFE_TX.iter().map(member).collect();
        format!(
            "{{\"types\":{{\"EIP712Domain\":[{domain_type}],\"SafeTx\":[{}]}},\"primaryType\":\"SafeTx\",\
             \"domain\":{{{domain}}},\"message\":{{\"to\":\"{to}\",\"value\":\"{value_wei}\",\"data\":\"{}\",\
             \"operation\":{operation},\"safeTxGas\":{safe_tx_gas},\"baseGas\":{base_gas},\"gasPrice\":{gas_price},\
             \"gasToken\":\"{gas_token}\",\"refundReceiver\":\"{refund_receiver}\",\"nonce\":{nonce}{more}}}}}",
            members.join(","),
            hex::encode_prefixed(&self.data)
        )
    }

    /// The typed data with the domain of its Safe.
    pub fn typed(&self, more: &str) -> String {
        let domain = format!("\"chainId\":{},\"verifyingContract\":\"{}\"", self.chain_id, self.safe);
        self.typed_data(&domain, &[CHAIN_ID, VERIFYING_CONTRACT].join(","), more)
    }
}

pub const CHAIN_ID: &str = "{\"name\":\"chainId\",\"type\":\"uint256\"}";
pub const VERIFYING_CONTRACT: &str = "{\"name\":\"verifyingContract\",\"type\":\"address\"}";
const SAFE_TX: [(&str, &str); 10] = [
    ("address", "to"),
    ("uint256", "value"),
    ("bytes", "data"),
    ("uint8", "operation"),
    ("uint256", "safeTxGas"),
    ("uint256", "baseGas"),
    ("uint256", "gasPrice"),
    ("address", "gasToken"),
    ("address", "refundReceiver"),
    ("uint256", "nonce"),
];

/// An `eth-sign-request` as a UR of one part.
pub fn asked(envelope: &Envelope) -> Request {
    Request { file: "request.ur", bytes: ur(PayloadKind::EthSignRequest, UrType::EthSignRequest, envelope.cbor()) }
}

/// An `eth-batch-sign-request` of these transactions, whose numbers differ in their last byte.
pub fn asked_together(transactions: &[Vec<u8>]) -> Request {
    let one = |(n, transaction): (u8, &Vec<u8>)| {
        let mut cbor = Envelope::of_transaction(4, transaction.clone()).cbor();
        let number = cbor.windows(16).position(|bytes| bytes == REQUEST_ID).unwrap();
        cbor[number + 15] ^= n;
        cbor
    };
    let requests: Vec<Vec<u8>> = (1..).zip(transactions).map(one).collect();
    let bytes = town::requests::batch(&requests);
    Request { file: "request.ur", bytes: ur(PayloadKind::EthBatchSignRequest, UrType::EthBatchSignRequest, bytes) }
}

/// Typed data (2) or a message (3), as MetaMask asks Alice for it.
pub fn asked_of_alice(data_type: u8, text: &str) -> Request {
    asked(&Envelope::of_text(data_type, text, ALICE))
}

/// An `eth-signature` as a UR of one part.
pub fn signature(request_id: Option<[u8; 16]>, bytes: Vec<u8>) -> Request {
    let answer = vitrine_ethereum::sign_request::EthSignature { request_id, signature: bytes, origin: None };
    Request { file: "response.ur", bytes: ur(PayloadKind::EthSignature, UrType::EthSignature, answer.encode()) }
}

fn ur(kind: PayloadKind, ur_type: UrType, bytes: Vec<u8>) -> Vec<u8> {
    let mut text = Payload { kind, transport: Transport::Ur { ur_type }, bytes }.to_file();
    text.push(b'\n');
    text
}

/// Alice's signature of a hash.
pub fn sign(hash: B256) -> Signature {
    let key = SecretKey::from_slice(&ALICE_KEY).unwrap();
    let compact = Secp256k1::new().sign_ecdsa(&Message::from_digest(hash.0), &key).serialize_compact();
    let (r, s) = (compact[..32].try_into().unwrap(), compact[32..].try_into().unwrap());
    ReturnedSignature::from_scalars(r, s).by(ALICE, hash).unwrap()
}
