//! Requests whose outputs lie.

use vitrine_bitcoin::bitcoin::script::{Builder, PushBytesBuf};
use vitrine_bitcoin::bitcoin::{Amount, ScriptBuf, opcodes};

use crate::maker::{Made, Maker, PAYEE, Seed, at, multisig, script_of, taproot_miniscript, wpkh};

/// A request as it should be, from a wallet of taproot scripts: two of three, or one after a year.
pub fn taproot_two_of_three() -> Made {
    let mut made = Maker::usual(taproot_miniscript()).made();
    let cosigners = [("A. Brandt", "5c9e228d"), ("M. Okafor", "73c5da0a"), ("J. Lindqvist", "3f635a63")];
    let mut wallet = made.ceremony.iter_mut().find(|(path, _)| path == "wallets/treasury.toml");
    for (name, fingerprint) in cosigners {
        let text = format!("\n[[cosigner]]\nname = \"{name}\"\nfingerprint = \"{fingerprint}\"\n");
        wallet.as_mut().unwrap().1.push_str(&text);
    }
    made
}

/// Spends as usual, and gets "change" to another script with the origins of our own.
fn change_to(descriptor: String, script: ScriptBuf) -> Made {
    let mut maker = Maker::usual(descriptor);
    maker.psbt.unsigned_tx.output[1].script_pubkey = script;
    maker.made()
}

pub fn fake_change() -> Made {
    change_to(wpkh(), at(&format!("wpkh({})", Seed::Zoo.key("84h/1h/0h")), true, 3).script_pubkey())
}

/// Two of three, but one cosigner is not ours.
pub fn multisig_other_cosigner() -> Made {
    let stranger = Seed::Zoo.key("48h/1h/5h/2h");
    let ours = multisig();
    let (kept, _) = ours.rsplit_once(",[").unwrap();
    change_to(multisig(), at(&format!("{kept},{stranger}))"), true, 3).script_pubkey())
}

/// The same cosigners, but one of them is enough.
pub fn multisig_other_threshold() -> Made {
    change_to(multisig(), at(&multisig().replace("sortedmulti(2,", "sortedmulti(1,"), true, 3).script_pubkey())
}

/// Each cosigner's key at another index: nobody finds the coin again without the attacker.
pub fn unequal_paths() -> Made {
    let mut maker = Maker::usual(multisig());
    let keys: Vec<_> = (3u32..6).zip([Seed::All, Seed::Abandon, Seed::Zoo]).collect();
    let definite = keys.iter().map(|(index, seed)| format!("{}/1/{index}", seed.account("48h/1h/0h/2h")));
    let text = format!("wsh(sortedmulti(2,{}))", definite.collect::<Vec<_>>().join(","));
    maker.psbt.unsigned_tx.output.pop();
    maker.psbt.outputs.pop();
    maker.pay_wallet(&text, false, 0, 190_000);
    maker.made()
}

pub fn change_beyond_gap() -> Made {
    let mut maker = Maker::usual(wpkh());
    maker.psbt.unsigned_tx.output.pop();
    maker.psbt.outputs.pop();
    maker.pay_wallet(&wpkh(), true, 1_000_000, 190_000);
    maker.made()
}

/// 0.02 tBTC of fee for a payment of 0.001.
pub fn absurd_fee() -> Made {
    let mut maker = Maker::empty(wpkh());
    maker.spend(&wpkh(), 0, 3_000_000);
    maker.pay(script_of(PAYEE), 100_000);
    maker.pay_wallet(&wpkh(), true, 0, 900_000);
    maker.made()
}

fn op_return(pushes: &[&[u8]]) -> ScriptBuf {
    let mut builder = Builder::new().push_opcode(opcodes::all::OP_RETURN);
    for push in pushes {
        builder = builder.push_slice(PushBytesBuf::try_from(push.to_vec()).unwrap());
    }
    builder.into_script()
}

/// Dust, nothing, a bare key, a future witness, no script at all, an impossible key, and burnt coins.
pub fn strange() -> Made {
    let mut maker = Maker::usual(wpkh());
    let key = at(&wpkh(), false, 5);
    let key = key.derived_descriptor(&crate::maker::secp()).unwrap();
    let key = match key {
        miniscript::Descriptor::Wpkh(wpkh) => wpkh.into_inner(),
        other => panic!("{other} is no wpkh()"),
    };
    let program = |version: u8, byte| ScriptBuf::from_bytes([vec![version, 0x20], vec![byte; 32]].concat());
    let dust = ScriptBuf::from_bytes([vec![0, 20], vec![9; 20]].concat());
    maker.pay(dust, 100);
    maker.pay(ScriptBuf::from_bytes([vec![0, 20], vec![8; 20]].concat()), 0);
    maker.pay(ScriptBuf::new_p2pk(&key), 1_000);
    maker.pay(program(0x52, 0xff), 1_000);
    maker.pay(ScriptBuf::new(), 1_000);
    maker.pay(program(0x51, 0xff), 1_000);
    maker.pay(op_return(&[b"gone"]), 2_000);
    maker.made()
}

/// Three data outputs, one of them with three pushes, one that is no text.
pub fn several_op_returns() -> Made {
    let mut maker = Maker::usual(wpkh());
    maker.pay(op_return(&[b"invoice 2026-1174"]), 0);
    maker.pay(op_return(&[b"swap", b"=:BTC.BTC:bc1q", &[0, 1, 0xfe]]), 0);
    maker.pay(op_return(&[&[0xc0, 0xff, 0xee]]), 0);
    maker.made()
}

/// A key hash whose address begins like Halden Freight's.
pub fn address_poisoning() -> Made {
    let mut maker = Maker::usual(wpkh());
    let like = ScriptBuf::from_bytes([vec![0, 20], vec![0x75, 0x1e, 0x76], vec![7; 17]].concat());
    maker.psbt.unsigned_tx.output[0].script_pubkey = like;
    maker.made()
}

pub fn duplicate_payee() -> Made {
    let mut maker = Maker::usual(wpkh());
    maker.psbt.unsigned_tx.output[0].value = Amount::from_sat(150_000);
    maker.pay(script_of(PAYEE), 150_000);
    maker.made()
}

/// Change to the address that is just being spent from.
pub fn pays_back_to_an_input() -> Made {
    let mut maker = Maker::usual(wpkh());
    maker.psbt.unsigned_tx.output.pop();
    maker.psbt.outputs.pop();
    maker.pay_wallet(&wpkh(), false, 1, 190_000);
    maker.made()
}

/// Text that turns itself around, breaks the line and imitates a field.
pub fn hostile_text() -> Made {
    let mut maker = Maker::usual(wpkh());
    maker.pay(op_return(&["\u{202e}CTBt 00.0 eef\u{0}\nFee 0.00000001 tBTC".as_bytes()]), 0);
    maker.made()
}

/// Half of the change goes to another registered wallet, and the amount that may leave is limited.
pub fn transfer() -> Made {
    let mut maker = Maker::usual(wpkh());
    maker.wallets.push(("Reserve", multisig()));
    maker.psbt.unsigned_tx.output[1].value = Amount::from_sat(90_000);
    maker.pay_wallet(&multisig(), true, 0, 100_000);
    let mut made = maker.made();
    let rules = "recipients = \"address-book\"\nmax_amount_sat = 350_000";
    made.ceremony[0].1 = made.ceremony[0].1.replace("recipients = \"any\"", rules);
    made
}

/// The internal key and the tree of a wallet of ours, beside an output that pays another key.
pub fn taproot_fields_of_another() -> Made {
    let mut maker = Maker::usual(taproot_miniscript());
    let theirs = ScriptBuf::from_bytes([vec![0x51, 0x20], Seed::Zoo.x_only().to_vec()].concat());
    maker.psbt.unsigned_tx.output[1].script_pubkey = theirs;
    maker.made()
}
