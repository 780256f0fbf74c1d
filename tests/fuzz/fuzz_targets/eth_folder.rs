//! Any files as a ceremony folder for Ethereum, and a right folder with edits. Requests are then reviewed by its rules.
#![no_main]

#[path = "common/edits.rs"]
mod edits;
#[path = "common/ethereum.rs"]
mod ethereum;

use std::collections::BTreeMap;

use edits::{edited, take};
use ethereum::{SAMPLES, assert_escaped};
use libfuzzer_sys::fuzz_target;
use vitrine_ceremony::{Folder, Session, Stage, Verdict};
use vitrine_ethereum::RequestForm;
use vitrine_qr::{Payload, PayloadKind, Transport};
use vitrine_review::{Digest, Review};

const FILES: [(&str, &str); 6] = [
    (
        "ceremony.toml",
        "version = 1\ntitle = \"November payments\"\nchain = \"ethereum\"\nnetwork = \"mainnet\"\nchain_id = 1\n\
[approval]\nmax_amount_wei = \"1_000_000_000_000_000_000\"\nmax_fee_wei = \"50000000000000000\"\n\
recipients = \"address-book\"\nworst_case = \"any\"\n[[approval.token]]\n\
contract = \"0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48\"\nmax_base_units = \"1000000\"\n",
    ),
    (
        "wallets/alice.toml",
        "version = 1\nname = \"Alice\"\naddress = \"0x0101010101010101010101010101010101010101\"\n\
path = \"m/44'/60'/0'/0/0\"\n",
    ),
    (
        "wallets/treasury.toml",
        "version = 1\nname = \"Treasury\"\nsafe = \"0x5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a\"\n\
safe_version = \"1.4.1\"\nthreshold = 1\n[[owner]]\nname = \"Alice\"\n\
address = \"0x0101010101010101010101010101010101010101\"\n",
    ),
    (
        "addresses.toml",
        "version = 1\n[[address]]\nlabel = \"Halden Freight AS\"\n\
address = \"0xabababababababababababababababababababab\"\nadded_by = \"M. Okafor\"\napproved_by = \"J. Lindqvist\"\n",
    ),
    (
        "contracts/ours.toml",
        "version = 1\n[[contract]]\nname = \"Timelock\"\ninterface = \"openzeppelin/TimelockController\"\n\
address = \"0x7171717171717171717171717171717171717171\"\n[[contract]]\nname = \"Vault\"\nabi = \"vault.json\"\n\
address = \"0x9999999999999999999999999999999999999999\"\n",
    ),
    (
        "contracts/vault.json",
        r#"[{"type":"function","name":"poke","inputs":[{"name":"a","type":"uint8"}],"outputs":[]}]"#,
    ),
];

/// What a session says of a request: the digest of its review, whether the folder lets it pass, and its page.
fn reviewed(folder: Folder, which: usize) -> Option<(Digest, bool, String)> {
    let mut session = Session::open(Some(folder), None, None, 0).expect("the folder says the network");
    let sample = &SAMPLES[which % SAMPLES.len()];
    let kind = match sample.form {
        RequestForm::Transaction => PayloadKind::EthTransaction,
        RequestForm::Json => PayloadKind::Json,
        RequestForm::EthSignRequest => PayloadKind::EthSignRequest,
    };
    let payload = Payload { kind, transport: Transport::Text, bytes: sample.bytes.clone() };
    let digest = session.receive(&payload, 0).ok().map(Review::digest);
    assert_eq!(digest.is_some(), session.verdict().is_some());
    let passes = session.verdict().is_some_and(Verdict::passes);
    assert_eq!(passes, session.stage() == Stage::Reviewed);
    let page = session.page()?;
    assert_escaped(&page);
    Some((digest?, passes, page))
}

fn files(input: &mut &[u8]) -> BTreeMap<String, Vec<u8>> {
    let which = take(input);
    let mut files = BTreeMap::new();
    if which & 0xc0 == 0xc0 {
        let mut pieces = input.split(|byte| *byte == 0);
        while let (Some(path), Some(content)) = (pieces.next(), pieces.next()) {
            files.insert(String::from_utf8_lossy(path).into_owned(), content.to_vec());
        }
        return files;
    }
    for (n, (path, content)) in FILES.iter().enumerate() {
        let content = content.as_bytes();
        let is_edited = which >> n & 1 == 1;
        files.insert((*path).to_owned(), if is_edited { edited(content, input) } else { content.to_vec() });
    }
    files
}

fuzz_target!(|input: &[u8]| {
    let input = &mut &*input;
    let which = usize::from(u16::from_be_bytes([take(input), take(input)]));
    let files = files(input);
    let Ok(folder) = Folder::parse(&files) else { return };
    assert!(folder.title().bytes().all(|byte| (b' '..=b'~').contains(&byte)));
    let again = Folder::parse(&files).expect("it was read before");
    assert_eq!(again.digest(), folder.digest());
    assert_eq!(reviewed(folder, which), reviewed(again, which));
});
