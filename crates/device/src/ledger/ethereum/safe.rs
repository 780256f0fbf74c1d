//! The SafeTx of a bundle as the typed data that it is.

use vitrine_ethereum::alloy_primitives::hex;
use vitrine_ethereum::call::Operation;
use vitrine_ethereum::safe::SafeBundle;
use vitrine_ethereum::typed_data::TypedData;

/// Members of SafeTx with their types. Source: `Safe.sol`, `SAFE_TX_TYPEHASH`.
const MEMBERS: [(&str, &str); 10] = [
    ("to", "address"),
    ("value", "uint256"),
    ("data", "bytes"),
    ("operation", "uint8"),
    ("safeTxGas", "uint256"),
    ("baseGas", "uint256"),
    ("gasPrice", "uint256"),
    ("gasToken", "address"),
    ("refundReceiver", "address"),
    ("nonce", "uint256"),
];

/// The typed data that the Safe's owners sign; none if it had another digest than the bundle.
pub(crate) fn typed_data(bundle: &SafeBundle) -> Option<TypedData> {
    let data = TypedData::decode(json(bundle).as_bytes(), 0).ok()?;
    (data.digest() == bundle.hashes.safe_tx).then_some(data)
}

fn json(bundle: &SafeBundle) -> String {
    let transaction = &bundle.transaction;
    let member = |(name, kind): &(&str, &str)| format!(r#"{{"name":"{name}","type":"{kind}"}}"#);
    let members: Vec<String> = MEMBERS.iter().map(member).collect();
    let operation = u8::from(transaction.operation == Operation::DelegateCall);
    let values = [
        transaction.to.to_string(),
        transaction.value_wei.to_string(),
        format!("0x{}", hex::encode(transaction.data.bytes())),
        operation.to_string(),
        transaction.safe_tx_gas.to_string(),
        transaction.base_gas.to_string(),
        transaction.gas_price.to_string(),
        transaction.gas_token.to_string(),
        transaction.refund_receiver.to_string(),
        transaction.nonce.to_string(),
    ];
    let value = |((name, _), value): (&(&str, &str), &String)| format!(r#""{name}":"{value}""#);
    let message: Vec<String> = MEMBERS.iter().zip(&values).map(value).collect();
    let (chain_type, chain) = if bundle.version.names_chain() {
        (r#"{"name":"chainId","type":"uint256"},"#, format!(r#""chainId":"{}","#, bundle.chain_id))
    } else {
        ("", String::new())
    };
    format!(
        r#"{{"types":{{"EIP712Domain":[{chain_type}{{"name":"verifyingContract","type":"address"}}],"SafeTx":[{}]}},"primaryType":"SafeTx","domain":{{{chain}"verifyingContract":"{}"}},"message":{{{}}}}}"#,
        members.join(","),
        bundle.safe,
        message.join(",")
    )
}
