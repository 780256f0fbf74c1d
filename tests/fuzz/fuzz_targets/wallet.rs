//! Wallets as text: descriptors, policies (BIP-388), files of other programs. What is read is written and read again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use vitrine_bitcoin::{Network, Wallet, import_wallets};

fn judge(wallet: &Wallet) {
    let written = wallet.descriptor();
    let again = Wallet::parse("again", &written, wallet.network()).expect("what was written is read");
    assert_eq!(again.descriptor(), written);
    assert_eq!(again.threshold(), wallet.threshold());
    for change in [false, true] {
        assert_eq!(again.address(change, 7), wallet.address(change, 7));
    }
}

fuzz_target!(|input: &[u8]| {
    let Some((mode, rest)) = input.split_first() else { return };
    let network = if mode & 4 == 0 { Network::Mainnet } else { Network::Testnet3 };
    if mode & 3 == 2 {
        let _ = import_wallets(rest, None).map(|proposals| proposals.iter().for_each(|p| judge(&p.wallet)));
        return;
    }
    let Ok(text) = std::str::from_utf8(rest) else { return };
    let wallet = if mode & 3 == 0 {
        Wallet::parse("wallet", text, network)
    } else {
        let (template, keys) = text.split_once('\n').unwrap_or((text, ""));
        let keys: Vec<String> = keys.lines().map(String::from).collect();
        Wallet::of_policy("wallet", template, &keys, network)
    };
    let _ = wallet.map(|wallet| judge(&wallet));
});
