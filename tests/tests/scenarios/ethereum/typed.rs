//! Typed data and messages that show one thing and sign another.

use super::maker::{CHAIN_ID, Ceremony, Request, SAFE, SafeTx, USDC, VERIFYING_CONTRACT, asked_of_alice, json};
use super::town::transfer;
use crate::maker::Made;

fn made(request: Request) -> Made {
    Ceremony::default().made(request)
}

fn payment() -> SafeTx {
    SafeTx::call(USDC, transfer(1_000_000))
}

fn typed(text: &str) -> Made {
    made(asked_of_alice(2, text))
}

/// Values with line ends and labels of their own, as a screen without fixed layout would show them.
pub fn text_imitates_fields() -> Made {
    let text = r#"{"types":{"EIP712Domain":[{"name":"name","type":"string"},{"name":"chainId","type":"uint256"}],"Terms":[{"name":"title","type":"string"},{"name":"text","type":"string"}]},"primaryType":"Terms","domain":{"name":"Harmless","chainId":1},"message":{"title":"Terms of use\n\nDomain\n  Name   USD Coin\n  Chain  Ethereum","text":"I agree.\u2028Amount:  0 USDC\r\nSpender: nobody"}}"#;
    typed(text)
}

pub fn domain_of_another_chain() -> Made {
    typed(&SafeTx { chain_id: 137, ..payment() }.typed(""))
}

pub fn domain_without_chain() -> Made {
    let text = r#"{"types":{"EIP712Domain":[{"name":"name","type":"string"},{"name":"verifyingContract","type":"address"}],"Order":[{"name":"amount","type":"uint256"}]},"primaryType":"Order","domain":{"name":"Exchange","verifyingContract":"0x5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a"},"message":{"amount":"1000000"}}"#;
    typed(text)
}

/// A Safe before 1.3.0: its domain has no chain by design.
pub fn safe_of_every_chain() -> Made {
    let old = Ceremony::default().with(|c| c.safe.version = "1.1.1");
    old.made(SafeTx { version: "1.1.1", ..payment() }.bundle())
}

/// The declared domain has no chain, the given one has: some hash it, others do not.
pub fn domain_key_not_declared() -> Made {
    let domain = format!("\"chainId\":1,\"verifyingContract\":\"{SAFE}\"");
    typed(&payment().typed_data(&domain, VERIFYING_CONTRACT, ""))
}

pub fn domain_not_declared() -> Made {
    let declared = [CHAIN_ID, VERIFYING_CONTRACT].join(",");
    typed(&payment().typed("").replace(&format!("\"EIP712Domain\":[{declared}],"), ""))
}

/// Keys beside those of the type: shown by some as if they were signed.
pub fn keys_nobody_signs() -> Made {
    made(json(payment().typed(",\"recipient\":\"Halden Freight AS\",\"amount\":\"1 USDC\"")))
}

/// The same key twice: one reader takes the first value, another the last.
pub fn duplicate_key() -> Made {
    let once = format!("\"to\":\"{USDC}\"");
    made(json(payment().typed("").replace(&once, &format!("{once},\"to\":\"{SAFE}\""))))
}

/// Characters that turn the direction of writing, that are not seen, and that look like others.
pub fn direction_and_look_alikes() -> Made {
    let text = "Approve vitrine.example\u{202e}elpmaxe.live\u{202c}\nfor \u{430}lice\u{200b} and USD\u{421}";
    made(asked_of_alice(3, text))
}

/// 32 bytes that could stand for anything, asked for as a message.
pub fn hash_as_message() -> Made {
    let text = "0xb3476d061aeb8fc1d605a873c483a2402d88a68a9cdd1a8b47655dd55ba004f8";
    made(asked_of_alice(3, text))
}
