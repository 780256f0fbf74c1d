//! Messages, and what signs in with them (ERC-4361): any bytes, and a sign-in with edits. What is read is in the text.
#![no_main]

#[path = "common/edits.rs"]
mod edits;

use edits::{edited, take};
use libfuzzer_sys::fuzz_target;
use vitrine_ethereum::Located;
use vitrine_ethereum::message::{PersonalMessage, SignInReading};
use vitrine_ethereum::text::{facts, imitates};

/// Every field that ERC-4361 has.
const SIGN_IN: &str = "https://example.com:3388 wants you to sign in with your Ethereum account:\n\
0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2\n\nI accept the ServiceOrg Terms of Service: https://service.org/tos\n\n\
URI: https://example.com/login\nVersion: 1\nChain ID: 1\nNonce: 32891756\nIssued At: 2021-09-30T16:25:24Z\n\
Expiration Time: 2026-11-20T06:24:36.5Z\nNot Before: 2026-11-20T00:00:00+01:00\nRequest ID: a/b-1\nResources:\n\
- ipfs://bafybeiemxf5abjwjbikoz4mc3a3dla6ual3jsgpdr4cjr3oz3evfyavhwq/\n- https://example.com/my-web2-claim.json";

fuzz_target!(|input: &[u8]| {
    let input = &mut &*input;
    let bytes = match take(input) & 3 {
        0 => edited(SIGN_IN.as_bytes(), input),
        1 => edited("Sign in? Пαypal\u{202e}\u{200b} é ＵＳＤＣ".as_bytes(), input),
        _ => input.to_vec(),
    };
    let message = PersonalMessage::new(Located::binary(bytes.clone(), 0));
    assert_eq!(message.bytes().bytes(), bytes);
    let Some(text) = message.text() else { return };
    assert!(!imitates(text, text));
    let plain = text.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    let found = facts(text);
    assert!(!plain || found.iter().all(|fact| matches!(fact, vitrine_ethereum::text::TextFact::LooksLike(_))));
    match message.sign_in() {
        SignInReading::Absent => {}
        SignInReading::Malformed(error) => assert!(error.offset <= bytes.len(), "{error}"),
        SignInReading::SignIn(sign_in) => {
            let parts = [&sign_in.domain, &sign_in.uri, &sign_in.nonce];
            let optional = [&sign_in.scheme, &sign_in.statement, &sign_in.request_id];
            let all = parts.into_iter().chain(optional.into_iter().flatten()).chain(&sign_in.resources);
            all.for_each(|part| assert!(text.contains(part.as_str()) && !part.contains('\n'), "{part}"));
            assert!(text.contains(&sign_in.address.to_string()));
        }
    }
});
