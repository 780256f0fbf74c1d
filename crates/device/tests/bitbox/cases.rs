//! What was done with the vendor's firmware, each with a driver and a channel of its own.

use vitrine_bitcoin::verify as verify_bitcoin;
use vitrine_device::{BitBox02, Device, DeviceError, DeviceScreen, Registered};
use vitrine_ethereum::alloy_primitives::{U256, address};
use vitrine_ethereum::{CheckedRequest, RequestForm, verify as verify_ethereum};

use crate::ethereum::{Fields, SEPOLIA, token_call};
use crate::request::{Agreeing, FINGERPRINT, NETWORK, Spend, account, asked, data, own, paid, wallet};

/// What is done.
pub enum Task {
    /// Who is it, and which seed has it?
    Identify,
    /// A wallet is registered, and one of its addresses shown.
    Register(Spend),
    Bitcoin(Spend),
    Ethereum(Box<CheckedRequest>),
}

pub struct Case {
    pub name: &'static str,
    pub task: Task,
}

/// Blocks of the test chain that `older` waits for.
const MINISCRIPT: &str = "wsh(or_d(pk(A/<0;1>/*),and_v(v:pkh(B/<0;1>/*),older(12960))))";

pub fn wpkh() -> Spend {
    Spend::of(wallet("Single", "wpkh(A/<0;1>/*)", "84'/1'/0'"), 2)
}

pub fn multisig() -> Spend {
    Spend::of(wallet("Board", "wsh(sortedmulti(2,A/<0;1>/*,B/<0;1>/*,C/<0;1>/*))", "48'/1'/0'/2'"), 2)
}

fn miniscript() -> Spend {
    Spend::of(wallet("Heirs", MINISCRIPT, "48'/1'/0'/2'"), 1)
}

fn tapscript() -> Spend {
    Spend::of(wallet("Leaf", "tr(A/<0;1>/*,pk(B/<0;1>/*))", "48'/1'/0'/2'"), 1)
}

fn changed(mut spend: Spend, outputs: Vec<bitcoin::TxOut>, lock_time: u32) -> Spend {
    (spend.outputs, spend.lock_time) = (outputs, lock_time);
    spend
}

fn bitcoin_cases() -> Vec<Case> {
    let nested = Spend::of(wallet("Nested", "sh(wpkh(A/<0;1>/*))", "49'/1'/0'"), 2);
    let taproot = Spend::of(wallet("Taproot", "tr(A/<0;1>/*)", "86'/1'/0'"), 2);
    let op_return = changed(wpkh(), vec![data(b"Vitrine"), own(&wpkh().wallet, true, 1, 198_000)], 0);
    let digits = changed(wpkh(), vec![data(&[0, 255, 7]), own(&wpkh().wallet, true, 1, 198_000)], 0);
    let shares = [(true, 1, 60_000), (true, 2, 60_000), (false, 9, 20_000)];
    let mut outputs: Vec<_> = shares.map(|(change, index, sat)| own(&wpkh().wallet, change, index, sat)).into();
    outputs.push(paid(30_000));
    vec![
        Case { name: "wpkh", task: Task::Bitcoin(wpkh()) },
        Case { name: "sh-wpkh", task: Task::Bitcoin(nested) },
        Case { name: "tr", task: Task::Bitcoin(taproot) },
        Case { name: "OP_RETURN", task: Task::Bitcoin(op_return) },
        Case { name: "OP_RETURN in digits", task: Task::Bitcoin(digits) },
        Case {
            name: "several outputs of ours, lock time, high fee",
            task: Task::Bitcoin(changed(wpkh(), outputs, 2_500_000)),
        },
        Case { name: "register wsh 2-of-3 sorted", task: Task::Register(multisig()) },
        Case { name: "wsh 2-of-3 sorted", task: Task::Bitcoin(multisig()) },
        Case { name: "register miniscript wsh", task: Task::Register(miniscript()) },
        Case { name: "miniscript wsh", task: Task::Bitcoin(miniscript()) },
        Case { name: "register tr script path", task: Task::Register(tapscript()) },
        Case { name: "tr with a leaf, by its key", task: Task::Bitcoin(tapscript()) },
    ]
}

pub const PERMIT: &str = r#"{"types":{"EIP712Domain":[{"name":"name","type":"string"},{"name":"version","type":"string"},{"name":"chainId","type":"uint256"},{"name":"verifyingContract","type":"address"}],"Permit":[{"name":"owner","type":"address"},{"name":"spender","type":"address"},{"name":"value","type":"uint256"},{"name":"nonce","type":"uint256"},{"name":"deadline","type":"uint256"}]},"primaryType":"Permit","domain":{"name":"USD Coin","version":"2","chainId":11155111,"verifyingContract":"0x1c7D4B196Cb0C7B01d743Fbc6116a902379C7238"},"message":{"owner":"OWNER","spender":"0x5a321744667052affa8386ed49e00ef223cbffc3","value":"115792089237316195423570985008687907853269984665640564039457584007913129639935","nonce":0,"deadline":1900000000}}"#;

const SAFE: &str = r#"{"types":{"EIP712Domain":[{"name":"chainId","type":"uint256"},{"name":"verifyingContract","type":"address"}],"SafeTx":[{"name":"to","type":"address"},{"name":"value","type":"uint256"},{"name":"data","type":"bytes"},{"name":"operation","type":"uint8"},{"name":"safeTxGas","type":"uint256"},{"name":"baseGas","type":"uint256"},{"name":"gasPrice","type":"uint256"},{"name":"gasToken","type":"address"},{"name":"refundReceiver","type":"address"},{"name":"nonce","type":"uint256"}]},"primaryType":"SafeTx","domain":{"chainId":11155111,"verifyingContract":"0x41675C099F32341bf84BFc5382aF534df5C7461a"},"message":{"to":"0x5a321744667052affa8386ed49e00ef223cbffc3","value":"1000000000000000","data":"0xa9059cbb0000000000000000000000005a321744667052affa8386ed49e00ef223cbffc300000000000000000000000000000000000000000000000000000000000003e8","operation":"0","safeTxGas":"0","baseGas":"0","gasPrice":"0","gasToken":"0x0000000000000000000000000000000000000000","refundReceiver":"0x0000000000000000000000000000000000000000","nonce":"7"}}"#;

/// Every kind of value, arrays of both kinds, an empty one, a struct in a struct, and text in two lines.
const KINDS: &str = r#"{"types":{"EIP712Domain":[{"name":"name","type":"string"},{"name":"chainId","type":"uint256"},{"name":"salt","type":"bytes32"}],"Leg":[{"name":"flag","type":"bool"},{"name":"change","type":"int64"},{"name":"code","type":"bytes4"}],"Order":[{"name":"legs","type":"Leg[]"},{"name":"pair","type":"uint16[2]"},{"name":"none","type":"address[]"},{"name":"note","type":"string"},{"name":"blob","type":"bytes"}]},"primaryType":"Order","domain":{"name":"Kinds","chainId":11155111,"salt":"0x0101010101010101010101010101010101010101010101010101010101010101"},"message":{"legs":[{"flag":true,"change":-5,"code":"0xdeadbeef"},{"flag":false,"change":7,"code":"0x00000000"}],"pair":[0,65535],"none":[],"note":"first\nsecond","blob":"0x"}}"#;

/// `eth-sign-request` of a personal message, with the test account's path.
pub fn message(text: &[u8]) -> CheckedRequest {
    let path = [0xd9, 0x01, 0x30, 0xa1, 0x01, 0x8a, 0x18, 0x2c, 0xf5, 0x01, 0xf5, 0x00, 0xf5, 0x00, 0xf4, 0x00, 0xf4];
    assert!(text.len() < 24, "its length is in the first byte");
    let head = [0xa4, 0x02, 0x40 + u8::try_from(text.len()).unwrap()];
    let chain = [0x03, 0x03, 0x04, 0x1a, 0x00, 0xaa, 0x36, 0xa7, 0x05];
    asked(&[head.as_slice(), text, &chain, &path].concat(), RequestForm::EthSignRequest, SEPOLIA)
}

fn ethereum_cases() -> Vec<Case> {
    let fields = Fields { chain_id: SEPOLIA, ..Fields::default() };
    let call = Fields { data: vec![0xab; 3000], ..fields.clone() };
    let large = Fields { data: (0..7000_u32).map(|n| n.to_be_bytes()[3]).collect(), ..fields.clone() };
    let recipient = address!("5a321744667052affa8386ed49e00ef223cbffc3");
    let transfer = Fields {
        to: Some(address!("1c7d4b196cb0c7b01d743fbc6116a902379c7238")),
        value_wei: U256::ZERO,
        data: token_call("a9059cbb", recipient, U256::from(1_000_000)),
        ..fields.clone()
    };
    let other_chain = Fields { chain_id: 560_048, ..fields.clone() };
    let transaction = |bytes: Vec<u8>, chain| asked(&bytes, RequestForm::Transaction, chain);
    let json = |text: &str| asked(text.as_bytes(), RequestForm::Json, SEPOLIA);
    let permit = PERMIT.replace("OWNER", &account().to_string());
    let requests = [
        ("EIP-155", transaction(fields.legacy(), SEPOLIA)),
        ("EIP-1559", transaction(fields.dynamic_fee(), SEPOLIA)),
        ("EIP-1559, 3 kB of data", transaction(call.dynamic_fee(), SEPOLIA)),
        ("EIP-1559, 7 kB of data", transaction(large.dynamic_fee(), SEPOLIA)),
        ("ERC-20 transfer", transaction(transfer.dynamic_fee(), SEPOLIA)),
        ("a chain that it does not know", transaction(other_chain.dynamic_fee(), 560_048)),
        ("SafeTx", json(SAFE)),
        ("permit", json(&permit)),
        ("typed data of every kind", json(KINDS)),
        ("personal_sign", message(b"Vitrine\nwas here")),
        ("personal_sign of bytes", message(&[0, 1, 0xfe])),
    ];
    requests.into_iter().map(|(name, request)| Case { name, task: Task::Ethereum(Box::new(request)) }).collect()
}

/// Every case, in the order in which they have to be done.
pub fn all() -> Vec<Case> {
    let identify = Case { name: "identify", task: Task::Identify };
    std::iter::once(identify).chain(bitcoin_cases()).chain(ethereum_cases()).collect()
}

/// Does it, and proves what came back.
pub fn run(case: &Case, device: &mut BitBox02) -> Result<(), DeviceError> {
    let person = &mut Agreeing::default();
    match &case.task {
        Task::Identify => {
            let identity = device.identify()?;
            assert_eq!((identity.vendor, identity.name().as_str()), ("BitBox", "BitBox02 Nova Multi 9.27.0"));
            assert_eq!(device.fingerprint(NETWORK, person)?.to_string(), FINGERPRINT);
            assert_eq!(device.ethereum_address(&crate::request::SEPOLIA_PATH, SEPOLIA, true, person)?, account());
        }
        Task::Register(spend) => {
            assert_eq!(device.register_wallet(&spend.wallet, person)?, Registered::OnDevice);
            let shown = device.show_address(&spend.wallet, false, 3, person)?;
            assert_eq!(Ok(shown), spend.wallet.address(false, 3));
        }
        Task::Bitcoin(spend) => {
            let checked = spend.checked();
            let signatures = device.sign_bitcoin(&checked, person)?;
            assert_eq!(signatures.len(), usize::try_from(spend.inputs).unwrap());
            verify_bitcoin(&checked, &signatures).unwrap_or_else(|error| panic!("{}: {error}", case.name));
        }
        Task::Ethereum(request) => {
            let signature = device.sign_ethereum(request, person)?;
            verify_ethereum(request.signable(), account(), &signature)
                .unwrap_or_else(|error| panic!("{}: {error}", case.name));
        }
    }
    Ok(())
}

/// What the driver foretells; none where nothing is signed.
pub fn foretold(case: &Case, device: &BitBox02) -> Option<Vec<DeviceScreen>> {
    match &case.task {
        Task::Identify | Task::Register(_) => None,
        Task::Bitcoin(spend) => Some(device.predicted_screens(&spend.checked())),
        Task::Ethereum(request) => Some(device.predicted_ethereum_screens(request)),
    }
}
