//! Interfaces of contracts: any JSON as an ABI, and compilers' with edits. Every function that is read is written, read
//! again and found by its selector.
#![no_main]

#[path = "common/edits.rs"]
mod edits;

use edits::{edited, take};
use libfuzzer_sys::fuzz_target;
use vitrine_ethereum::abi::Function;
use vitrine_ethereum::alloy_primitives::Address;
use vitrine_ethereum::interface::{BoundContract, BoundInterface, Interfaces, functions_of_abi, signature_text};

const ARTIFACT: &str = r#"{"contractName":"Vault","abi":[{"type":"constructor","inputs":[{"name":"a","type":"address"}]},{"type":"function","name":"poke","inputs":[],"outputs":[]},{"type":"function","name":"handle","inputs":[{"name":"ops","type":"tuple[2][]","internalType":"struct Op[2][]","components":[{"name":"sender","type":"address"},{"name":"","type":"bytes"},{"name":"inner","type":"tuple","components":[{"name":"x","type":"uint8[3]"}]}]},{"name":"$to","type":"string"}]},{"type":"event","name":"E","inputs":[]},{"type":"error","name":"Z","inputs":[]},{"type":"fallback"},{"type":"receive"},{"name":"old","inputs":[{"name":"b","type":"bytes32"}]}]}"#;
const PLAIN: &str = r#"[{"type":"function","name":"a","inputs":[{"name":"x","type":"uint256"}]},{"type":"function","name":"b","inputs":[{"name":"x","type":"int24[]"},{"name":"x","type":"bool"}]}]"#;

fuzz_target!(|input: &[u8]| {
    let input = &mut &*input;
    let bytes = match take(input) & 3 {
        0 => edited(ARTIFACT.as_bytes(), input),
        1 => edited(PLAIN.as_bytes(), input),
        _ => input.to_vec(),
    };
    let Ok(text) = std::str::from_utf8(&bytes) else { return };
    let Ok(functions) = functions_of_abi(text) else { return };
    for function in &functions {
        assert_eq!(Function::parse(&signature_text(function)).as_ref(), Ok(function));
    }
    for address in [Address::repeat_byte(0x42), "0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48".parse().expect("USDC")] {
        let interface = BoundInterface::Own(functions.clone());
        let contract = BoundContract { chain_id: 1, address, name: "own".to_owned(), interface };
        let interfaces = Interfaces::with_contracts(vec![contract]).expect("no two have one selector");
        let bound = interfaces.contract_at(1, address).expect("it was bound");
        for function in &functions {
            let found = bound.function(function.selector()).map(Function::selector);
            assert_eq!(found, Some(function.selector()));
        }
    }
});
