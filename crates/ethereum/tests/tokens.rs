//! The table of tokens, given to a program that has none of its own. It is given once: hence one test.

#![allow(clippy::unwrap_used, reason = "a test says what it expects by failing")]

use vitrine_ethereum::alloy_primitives::address;
use vitrine_ethereum::interface::{Interfaces, provide_tokens};

const TOKENS: &[u8] = include_bytes!("../../../assets/ethereum/tokens.bin");
const SIGNATURES: &[u8] = include_bytes!("../../../assets/ethereum/token_signatures.bin");

#[test]
fn tables_are_taken_whole_and_once() {
    let last = TOKENS.len() - 1;
    for (tokens, signatures) in
        [(&TOKENS[..40], SIGNATURES), (&TOKENS[..last], SIGNATURES), (TOKENS, &SIGNATURES[64..]), (&[], &[])]
    {
        let error = provide_tokens(tokens.to_vec(), signatures.to_vec()).unwrap_err();
        assert_eq!(error.file, "tokens.bin");
        assert!(error.problem.contains("cut short"), "{error}");
    }
    provide_tokens(TOKENS.to_vec(), SIGNATURES.to_vec()).unwrap();
    assert_eq!(Interfaces::well_formed(), Ok(()));
    let dai = Interfaces::built_in().token(1, address!("6B175474E89094C44Da98b954EedeAC495271d0F")).unwrap();
    assert_eq!((dai.untrusted_ticker(), dai.decimals), ("DAI", 18));
    let error = provide_tokens(TOKENS.to_vec(), SIGNATURES.to_vec()).unwrap_err();
    assert!(error.problem.contains("in use"), "{error}");
}
