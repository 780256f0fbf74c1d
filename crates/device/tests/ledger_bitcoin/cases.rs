//! The requests that are run against the vendor's app.

use bitcoin::ScriptBuf;
use bitcoin::script::PushBytesBuf;
use vitrine_bitcoin::Wallet;

use crate::request::{Spend, other_key, own_key, payee, wallet};

/// Wallets that need no registration, then those that do.
pub fn wallets() -> Vec<Wallet> {
    let single = |name: &str, template: &str, path: &str| wallet(name, template, &[own_key(path)]);
    let (bip48, bip86) = ("48'/1'/0'/2'", "86'/1'/7'");
    let three = [own_key(bip48), other_key(1, bip48), other_key(2, bip48)];
    let unusual = [own_key("48'/1'/3'/2'"), other_key(1, bip48)];
    vec![
        single("pkh", "pkh(@0/**)", "44'/1'/0'"),
        single("sh-wpkh", "sh(wpkh(@0/**))", "49'/1'/0'"),
        single("wpkh", "wpkh(@0/**)", "84'/1'/0'"),
        single("tr", "tr(@0/**)", "86'/1'/0'"),
        wallet("Two of three", "wsh(sortedmulti(2,@0/**,@1/**,@2/**))", &three),
        wallet("Nested", "sh(wsh(multi(1,@0/**,@1/**)))", &three[..2]),
        wallet("Recovery", "wsh(or_d(pk(@0/**),and_v(v:pkh(@1/**),older(144))))", &unusual),
        wallet(
            "Leaves",
            "tr(@0/**,{pk(@1/**),and_v(v:pk(@2/**),older(9))})",
            &[other_key(1, bip86), own_key(bip86), other_key(2, bip86)],
        ),
        wallet("Two votes", "wsh(or_d(multi(2,@0/**,@1/**),and_v(v:pkh(@0/<2;3>/*),older(52560))))", &three[..2]),
        wallet("Both paths", "tr(@0/**,and_v(v:pk(@0/<2;3>/*),older(9)))", &[own_key(bip86)]),
        single("Account 101", "wpkh(@0/**)", "84'/1'/101'"),
    ]
}

fn named(name: &str) -> Wallet {
    wallets().into_iter().find(|wallet| wallet.name() == name).unwrap()
}

/// A payment with change, by a wallet of each form; then what else a request can have.
pub fn cases() -> Vec<(String, Spend)> {
    let usual = |wallet: Wallet| {
        let spend = Spend::of(vec![wallet.clone()]).input(&wallet, 3, 200_000);
        (wallet.name().to_owned(), spend.pay(60_000).change(&wallet, 7, 139_000))
    };
    wallets().into_iter().map(usual).chain(others()).collect()
}

fn others() -> Vec<(String, Spend)> {
    let (wpkh, pkh, tr) = (named("wpkh"), named("pkh"), named("tr"));
    let of = |wallet: &Wallet| Spend::of(vec![wallet.clone()]).input(wallet, 0, 200_000);
    let data = |bytes: &[u8]| ScriptBuf::new_op_return(PushBytesBuf::try_from(bytes.to_vec()).unwrap());
    let stranger = wallet("stranger", "wpkh(@0/**)", &[other_key(3, "84'/1'/0'")]);
    let many = (0..17).fold(of(&wpkh), |spend, n| spend.output(payee(n + 1), 10_000 + u64::from(n)));
    vec![
        ("OP_RETURN".to_owned(), of(&wpkh).output(data(b"vitrine"), 0).change(&wpkh, 1, 199_000)),
        (
            "OP_RETURN of 80 bytes, a payment".to_owned(),
            of(&wpkh).pay(9_000).output(data(&[0xab; 80]), 0).change(&wpkh, 1, 190_000),
        ),
        ("foreign input".to_owned(), of(&wpkh).input(&stranger, 0, 100_000).pay(250_000).change(&wpkh, 1, 49_000)),
        ("foreign input of legacy".to_owned(), of(&tr).input(&pkh, 0, 100_000).pay(250_000).change(&tr, 1, 49_000)),
        ("high fee".to_owned(), of(&wpkh).pay(150_000)),
        ("self-transfer".to_owned(), of(&wpkh).change(&wpkh, 1, 199_000)),
        ("two inputs of pkh".to_owned(), of(&pkh).input(&pkh, 1, 50_000).pay(240_000)),
        ("17 payees".to_owned(), many),
        (
            "two wallets".to_owned(),
            Spend::of(vec![wpkh.clone(), tr.clone()])
                .input(&tr, 0, 90_000)
                .input(&wpkh, 0, 90_000)
                .pay(120_000)
                .change(&tr, 1, 59_000),
        ),
    ]
}

/// As many inputs as the matrix of devices asks for.
pub fn hundred_inputs() -> (String, Spend) {
    let wpkh = named("wpkh");
    let spend = (0..100).fold(Spend::of(vec![wpkh.clone()]), |spend, index| spend.input(&wpkh, index, 10_000));
    ("100 inputs".to_owned(), spend.pay(900_000).change(&wpkh, 100, 90_000))
}
