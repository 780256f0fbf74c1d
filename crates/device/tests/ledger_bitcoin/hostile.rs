//! An app that asks and answers what no honest one does: it learns nothing, and nothing of it is taken for a signature.

use std::sync::LazyLock;

use bitcoin::hashes::{Hash as _, sha256};
use vitrine_bitcoin::{CheckedPsbt, Registration, ReturnedSignature, Wallet};
use vitrine_device::{
    Answer, ApduExchange, Control, Device, DeviceError, Ledger, LedgerScreen, LinkError, Prompt, Prompter,
};

use crate::cases::{cases, hundred_inputs, wallets};
use crate::firmware::RECORDING;
use crate::recording::{Exchange, Line, transcript};
use crate::request::{Agreeing, Spend};

/// Answers each command with what a function makes of its number and bytes.
struct Scripted<F>(usize, F);

impl<F: FnMut(usize, &[u8]) -> Result<Vec<u8>, LinkError> + Send> ApduExchange for Scripted<F> {
    fn exchange(&mut self, apdu: &[u8]) -> Result<Vec<u8>, LinkError> {
        let at = self.0;
        self.0 += 1;
        assert!(at < 50_000, "the device is asked without end");
        (self.1)(at, apdu)
    }
}

fn ledger(answer: impl FnMut(usize, &[u8]) -> Result<Vec<u8>, LinkError> + Send + 'static) -> Ledger {
    Ledger::new(Box::new(Scripted(0, answer)), Control::default(), LedgerScreen::Nano)
}

/// Read once: the tests play it many times.
fn recorded(name: &str) -> Vec<Line> {
    static RECORDED: LazyLock<Vec<Exchange>> = LazyLock::new(|| transcript(RECORDING));
    RECORDED.iter().find(|exchange| exchange.name == name).unwrap_or_else(|| panic!("no {name}")).lines.clone()
}

fn checked(name: &str) -> CheckedPsbt {
    static CASES: LazyLock<Vec<(String, Spend)>> = LazyLock::new(cases);
    CASES.iter().find(|(known, _)| known == name).unwrap().1.checked()
}

/// Status words of a result, and of a question.
const DONE: [u8; 2] = [0x90, 0x00];
const ASKS: [u8; 2] = [0xe0, 0x00];

fn asks(question: &[u8]) -> Vec<u8> {
    [question, &ASKS].concat()
}

/// Signs with an app that is honest until it has to sign; then it says what `script` says, number by number, hearing
/// what we said.
fn signing(
    name: &str,
    script: impl FnMut(usize, &[u8]) -> Vec<u8> + Send + 'static,
) -> Result<Vec<ReturnedSignature>, DeviceError> {
    signing_of(&checked(name), name, script)
}

fn signing_of(
    request: &CheckedPsbt,
    name: &str,
    mut script: impl FnMut(usize, &[u8]) -> Vec<u8> + Send + 'static,
) -> Result<Vec<ReturnedSignature>, DeviceError> {
    let lines = recorded(&format!("sign {name}"));
    let begin = lines.iter().position(|(command, _)| command[..2] == [0xe1, 0x04]).unwrap();
    let mut device = ledger(move |at, apdu| match at.checked_sub(begin) {
        None => Ok(lines[at].1.clone()),
        Some(number) => Ok(script(number, apdu)),
    });
    device.sign_bitcoin(request, &mut Agreeing::default())
}

/// The root of the keys of the PSBT's global map, as our first command has it; it has five.
fn keys_root(apdu: &[u8]) -> Vec<u8> {
    assert_eq!((apdu[1], apdu[5]), (0x04, 5));
    apdu[6..38].to_vec()
}

#[test]
fn a_question_for_what_this_request_does_not_have_ends_the_exchange() {
    type Question = fn(&[u8]) -> Vec<u8>;
    let questions: [(&str, Question); 15] = [
        ("no words", |_| Vec::new()),
        ("an unknown word", |_| vec![0x99; 33]),
        ("data of a hash that we do not know", |_| [vec![0x40, 0], vec![7; 32]].concat()),
        ("data by another hash function", |root| [&[0x40, 1], root].concat()),
        ("data of a hash that is cut short", |root| [&[0x40, 0], &root[..31]].concat()),
        ("data of a hash with something behind it", |root| [&[0x40, 0], root, &[0]].concat()),
        ("a leaf of a list that we do not know", |_| [vec![0x41], vec![7; 32], vec![5, 0]].concat()),
        ("a leaf behind the end", |root| [&[0x41], root, &[5, 5]].concat()),
        ("a leaf of a longer list", |root| [&[0x41], root, &[6, 5]].concat()),
        ("a leaf of a list without end", |root| [&[0x41], root, &[0xff; 9], &[0]].concat()),
        ("a leaf without its place", |root| [&[0x41], root, &[5]].concat()),
        ("a place in a number that is longer than needed", |root| [&[0x41], root, &[5, 0xfd, 1, 0]].concat()),
        ("the place of a leaf of an unknown list", |root| [&[0x42], vec![7; 32].as_slice(), root].concat()),
        ("the place of a leaf that is cut short", |root| [&[0x42], root, &root[..31]].concat()),
        ("more of nothing", |_| vec![0xa0]),
    ];
    for (name, question) in questions {
        let result = signing("wpkh", move |number, apdu| match number {
            0 => asks(&question(&keys_root(apdu))),
            _ => panic!("{name}: answered with {apdu:02x?}"),
        });
        let error = result.expect_err(name);
        assert!(error.is_breach(), "{name}: {error}");
    }
}

/// The app looks for fields that a request need not have: of a P2PKH coin its witness output, for example.
#[test]
fn a_leaf_that_does_not_exist_is_said_not_to() {
    let result = signing("wpkh", |number, apdu| match number {
        0 => asks(&[&[0x42], keys_root(apdu).as_slice(), &[7; 32]].concat()),
        1 => {
            assert_eq!(apdu, [0xf8, 0x01, 0x00, 0x01, 2, 0, 0]);
            vec![0x69, 0x85]
        }
        _ => panic!("a refusal is the end"),
    });
    assert!(matches!(result, Err(DeviceError::RefusedOnDevice { .. })), "{result:?}");
}

/// The first of a hundred inputs has seven hashes beside it on its way up, of which an answer holds six.
#[test]
fn an_answer_is_heard_out_before_the_next_question() {
    let request = hundred_inputs().1.checked();
    let first = |apdu: &[u8]| asks(&[&[0x41], &apdu[71..103], &[100, 0]].concat());
    let error = signing_of(&request, "wpkh", move |number, apdu| match number {
        0 => first(apdu),
        1 => {
            assert_eq!((apdu[4], &apdu[37..39]), (226, [7, 6].as_slice()));
            asks(&[&[0x40, 0], [7; 32].as_slice()].concat())
        }
        _ => panic!("asked on"),
    })
    .unwrap_err();
    assert!(error.is_breach() && error.to_string().contains("heard out"), "{error}");
    let error = signing_of(&request, "wpkh", move |number, apdu| match number {
        0 => first(apdu),
        1 | 3 => asks(&[0xa0]),
        2 => {
            assert_eq!((apdu[4], &apdu[5..7]), (34, [1, 32].as_slice()));
            asks(&[0xa0])
        }
        _ => panic!("asked on"),
    })
    .unwrap_err();
    assert!(error.is_breach() && error.to_string().contains("no more"), "{error}");
}

#[test]
fn questions_and_results_without_end_are_left() {
    let mut root = Vec::new();
    let error = signing("wpkh", move |number, apdu| {
        if number == 0 {
            root = keys_root(apdu);
        }
        asks(&[&[0x42], root.as_slice(), &[7; 32]].concat())
    })
    .unwrap_err();
    assert!(matches!(error, DeviceError::TooManyMessages { limit, .. } if limit < 20_000), "{error}");
    let error = signing("wpkh", |_, _| asks(&[&[0x10, 0, 33], [2; 100].as_slice()].concat())).unwrap_err();
    assert!(matches!(error, DeviceError::TooManyMessages { limit: 8, .. }), "{error}");
}

/// What the real app yielded: input, length of the key, key, signature.
fn yielded(name: &str) -> Vec<Vec<u8>> {
    let lines = recorded(&format!("sign {name}"));
    let results = lines.iter().filter(|(_, answer)| answer.first() == Some(&0x10) && answer.ends_with(&ASKS));
    results.map(|(_, answer)| answer[1..answer.len() - 2].to_vec()).collect()
}

fn signing_yields(name: &str, results: Vec<Vec<u8>>) -> Result<Vec<ReturnedSignature>, DeviceError> {
    signing(name, move |number, _| match results.get(number) {
        Some(result) => asks(&[&[0x10], result.as_slice()].concat()),
        None => DONE.to_vec(),
    })
}

#[test]
fn a_signature_that_nobody_asked_for_is_refused() {
    let honest = yielded("wpkh");
    assert_eq!(honest.len(), 1);
    assert_eq!(signing_yields("wpkh", honest.clone()).unwrap().len(), 1);
    let with = |edit: fn(&mut Vec<u8>)| {
        let mut result = honest[0].clone();
        edit(&mut result);
        signing_yields("wpkh", vec![result]).unwrap_err()
    };
    assert!(matches!(with(|r| r[0] = 1), DeviceError::NoSuchPart { part: "input", index: 1, count: 1 }));
    assert!(matches!(with(|r| r[3] ^= 1), DeviceError::UnaskedSignature { input: 0 }), "another key");
    assert!(matches!(with(|r| r[2] ^= 1), DeviceError::UnaskedSignature { input: 0 }), "the negated key");
    assert!(matches!(with(|r| *r.last_mut().unwrap() = 2), DeviceError::MalformedSignature { .. }), "SIGHASH_NONE");
    assert!(matches!(with(|r| r.extend([0x30; 20].into_iter().chain([1]))), DeviceError::MalformedSignature { .. }));
    assert!(matches!(
        with(|r| r.splice(0..1, [0xfe, 0xff, 0xff, 0xff, 0xff]).for_each(drop)),
        DeviceError::Malformed { .. }
    ));
    let twice = signing_yields("wpkh", [honest.clone(), honest.clone()].concat()).unwrap_err();
    assert!(matches!(twice, DeviceError::UnaskedSignature { input: 0 }), "{twice}");
    let none = signing_yields("wpkh", Vec::new()).unwrap_err();
    assert!(matches!(none, DeviceError::MissingSignature { input: 0 }), "{none}");
    for end in 0..honest[0].len() {
        let error = signing_yields("wpkh", vec![honest[0][..end].to_vec()]).expect_err("a part of a signature");
        assert!(error.is_breach(), "{end}: {error}");
    }
}

#[test]
fn a_signature_for_the_input_of_somebody_else_is_refused() {
    let mut results = yielded("foreign input");
    results[0][0] = 1;
    let error = signing_yields("foreign input", results).unwrap_err();
    assert!(matches!(error, DeviceError::UnaskedSignature { input: 1 }), "{error}");
}

#[test]
fn a_taproot_signature_is_by_the_output_key_or_a_key_of_a_leaf() {
    let honest = yielded("tr");
    assert_eq!((honest.len(), honest[0].len()), (1, 2 + 32 + 64));
    let with = |edit: fn(&mut Vec<u8>)| {
        let mut result = honest[0].clone();
        edit(&mut result);
        signing_yields("tr", vec![result]).unwrap_err()
    };
    assert!(matches!(with(|r| r[2..34].fill(2)), DeviceError::UnaskedSignature { .. }), "another key");
    assert!(matches!(with(|r| r.push(1)), DeviceError::MalformedSignature { .. }), "a sighash byte");
    assert!(matches!(with(|r| r.truncate(97)), DeviceError::MalformedSignature { .. }));
    assert!(
        matches!(
            with(|r| {
                r[1] = 64;
                r.splice(34..34, [3; 32]).for_each(drop);
            }),
            DeviceError::UnaskedSignature { .. }
        ),
        "a leaf that is not there"
    );
}

#[test]
fn no_status_word_is_taken_for_consent() {
    let request = checked("wpkh");
    for status in (0..=u16::MAX).step_by(101).chain([0x9001, 0x9004, 0x6985, 0x5515]) {
        if status.to_be_bytes() == DONE || status.to_be_bytes() == ASKS {
            continue;
        }
        let error = signing_of(&request, "wpkh", move |_, _| status.to_be_bytes().to_vec());
        let error = error.expect_err("no signature");
        assert!(!error.to_string().is_empty() && !error.is_breach(), "{status:04x}");
    }
}

#[test]
fn answers_that_are_too_long_or_too_short_are_refused() {
    for length in [0, 1, 259, 300, 70_000] {
        let error = signing("wpkh", move |_, _| vec![0x90; length]).unwrap_err();
        assert!(error.is_breach(), "{length}: {error}");
    }
    let (wallet, request) = (&wallets()[2], checked("wpkh"));
    for length in (0..270usize).step_by(3) {
        let mut device = ledger(move |_, _| Ok(vec![0x90; length]));
        assert!(device.sign_bitcoin(&request, &mut Agreeing::default()).is_err(), "{length}");
        assert!(device.show_address(wallet, false, 0, &mut Agreeing::default()).is_err(), "{length}");
        assert!(device.register_wallet(wallet, &mut Agreeing::default()).is_err(), "{length}");
        assert!(device.identify().is_err(), "{length}");
    }
}

#[test]
fn a_device_that_goes_away_at_any_moment_has_signed_nothing() {
    let lines = recorded("sign wpkh");
    let request = checked("wpkh");
    for last in (0..lines.len()).step_by(5) {
        let lines = lines.clone();
        let mut device =
            ledger(move |at, _| if at == last { Err(LinkError::Unplugged) } else { Ok(lines[at].1.clone()) });
        let error = device.sign_bitcoin(&request, &mut Agreeing::default()).unwrap_err();
        assert!(matches!(error, DeviceError::Unplugged { .. }), "{last}: {error}");
    }
}

/// The operating system's own question is answered in the middle of an exchange, too.
#[test]
fn what_ended_in_the_middle_before_is_passed_over_and_not_without_end() {
    let lines = recorded("fingerprint");
    for refusals in 0..=4 {
        let lines = lines.clone();
        let mut device = ledger(move |at, _| match at {
            0 => Ok(lines[0].1.clone()),
            at if at <= refusals => Ok(vec![0x6a, 0x80]),
            _ => Ok(lines[1].1.clone()),
        });
        let outcome = device.fingerprint(crate::request::NETWORK, &mut Agreeing::default());
        match refusals {
            0..=3 => assert_eq!(outcome.unwrap().to_string(), "f5acc2fd", "{refusals}"),
            _ => assert!(matches!(outcome, Err(DeviceError::Failure { .. })), "{refusals}: {outcome:?}"),
        }
    }
}

/// Plays a recorded exchange, with one answer edited, as far as it goes.
fn edited(name: &str, edit: impl Fn(usize, &mut Vec<u8>) + Send + 'static) -> Ledger {
    let lines = recorded(name);
    ledger(move |at, _| {
        let mut answer = lines.get(at).map_or(vec![0x6f, 0x00], |(_, answer)| answer.clone());
        edit(at, &mut answer);
        Ok(answer)
    })
}

fn registered() -> Wallet {
    wallets().into_iter().find(|wallet| wallet.name() == "Two of three").unwrap()
}

#[test]
fn a_registration_is_of_this_wallet_or_none() {
    let name = "register Two of three";
    let last = recorded(name).len() - 1;
    let register = |edit: fn(&mut Vec<u8>)| {
        let mut device = edited(name, move |at, answer| {
            if at == last {
                edit(answer)
            }
        });
        device.register_wallet(&registered(), &mut Agreeing::default())
    };
    assert!(register(|_| ()).is_ok());
    for edit in [
        |a: &mut Vec<u8>| a[0] ^= 1,
        |a: &mut Vec<u8>| a[31] ^= 1,
        |a: &mut Vec<u8>| a[32..64].fill(0),
        |a: &mut Vec<u8>| {
            a.remove(40);
        },
        |a: &mut Vec<u8>| a.insert(40, 7),
        |a: &mut Vec<u8>| a.splice(..64, []).for_each(drop),
    ] {
        let error = register(edit).unwrap_err();
        assert!(error.is_breach(), "{error}");
    }
}

#[test]
fn an_address_is_plain_text() {
    let wallet = &wallets()[2];
    let name = "show address of wpkh";
    let last = recorded(name).len() - 1;
    for text in ["", "tb1q\n\u{1b}[2Jyes", "caf\u{e9}", "a b"]
        .map(|text| text.as_bytes().to_vec())
        .into_iter()
        .chain([vec![b'a'; 101], vec![0xff; 20]])
    {
        let answer_is = text.clone();
        let mut device = edited(name, move |at, answer| {
            if at == last {
                *answer = [answer_is.as_slice(), &DONE].concat();
            }
        });
        let shown = device.show_address(wallet, true, 5, &mut Agreeing::default());
        // What is empty is not the wallet's address: the caller compares.
        assert!(shown.as_ref().map_or(true, String::is_empty), "{text:?}: {shown:?}");
    }
}

struct Refusing;

impl Prompter for Refusing {
    fn prompt(&mut self, _: Prompt) -> Answer {
        Answer::Cancel
    }
}

#[test]
fn a_device_with_another_seed_shows_nothing() {
    let lines = recorded("sign wpkh");
    let at = |instruction: u8| lines.iter().position(|(command, _)| command[..2] == [0xe1, instruction]).unwrap();
    let (fingerprint, key) = (at(0x05), at(0x00));
    for (place, answer) in [(fingerprint, vec![1, 2, 3, 4, 0x90, 0x00]), (key, other_account())] {
        let mut device = edited("sign wpkh", move |at, recorded| {
            assert!(at <= place, "asked on");
            if at == place {
                recorded.clone_from(&answer);
            }
        });
        let mut asked = Agreeing::default();
        let error = device.sign_bitcoin(&checked("wpkh"), &mut asked).unwrap_err();
        assert!(matches!(error, DeviceError::WrongSeed { .. }) && asked.0.is_empty(), "{error}");
    }
}

/// The account of another seed, as the device would tell it.
fn other_account() -> Vec<u8> {
    let key = crate::request::other_key(9, "84'/1'/0'");
    let (_, xpub) = key.split_once(']').unwrap();
    [xpub.as_bytes(), &DONE].concat()
}

#[test]
fn a_wallet_that_this_device_did_not_register_is_not_signed_for() {
    let not_registered = |wallet: Wallet| {
        let mut device = edited("show address of Two of three", |_, _| ());
        let mut asked = Agreeing::default();
        let error = device.show_address(&wallet, true, 5, &mut asked).unwrap_err();
        assert!(matches!(error, DeviceError::NotRegistered { .. }) && asked.0.is_empty(), "{error}");
    };
    let wallet = registered();
    not_registered(wallet.clone());
    let mut device = edited("register Two of three", |_, _| ());
    let registered = device.register_wallet(&wallet, &mut Agreeing::default()).unwrap();
    let vitrine_device::Registered::Kept(registration) = registered else { panic!("{registered:?}") };
    let of = |registration: &Registration| wallet.clone().with_registrations(vec![registration.clone()]);
    not_registered(of(&Registration { fingerprint: [1, 2, 3, 4].into(), ..registration.clone() }));
    not_registered(of(&Registration {
        wallet_id: sha256::Hash::hash(b"renamed").to_byte_array(),
        ..registration.clone()
    }));
    let mut device = edited("show address of Two of three", |_, _| ());
    assert!(device.show_address(&of(&registration), true, 5, &mut Agreeing::default()).is_ok());
}

#[test]
fn the_app_that_is_open_has_to_be_that_of_the_network() {
    for (open, named) in [
        ("Ethereum", "“Ethereum”"),
        ("BOLOS", "“BOLOS”"),
        ("Bitcoin", "“Bitcoin”"),
        ("Bitcoin Test Legacy", "“Bitcoin Test Legacy”"),
    ] {
        let answer = [&[1, u8::try_from(open.len()).unwrap()], open.as_bytes(), b"\x052.4.6\x90\x00"].concat();
        let mut device = ledger(move |at, _| if at == 0 { Ok(answer.clone()) } else { panic!("asked on") });
        let error = device.sign_bitcoin(&checked("wpkh"), &mut Agreeing::default()).unwrap_err();
        assert!(matches!(error, DeviceError::WrongApp { .. }), "{error}");
        let words = error.to_string();
        assert!(words.contains(named) && words.contains("open the app Bitcoin Test on the device"), "{words}");
    }
    let mut device = ledger(|_, _| Ok(b"\x01\x0cBitcoin Test\x052.0.6\x90\x00".to_vec()));
    let error = device.sign_bitcoin(&checked("wpkh"), &mut Agreeing::default()).unwrap_err();
    assert!(error.to_string().contains("update it"), "{error}");
    let mut device = ledger(|_, _| Ok(vec![0x55, 0x15]));
    let error = device.sign_bitcoin(&checked("wpkh"), &mut Agreeing::default()).unwrap_err();
    assert!(matches!(error, DeviceError::Locked { .. }), "{error}");
}

#[test]
fn who_cancels_here_sends_nothing_to_be_signed() {
    let mut device = edited("sign wpkh", |_, _| ());
    let error = device.sign_bitcoin(&checked("wpkh"), &mut Refusing).unwrap_err();
    assert!(matches!(error, DeviceError::CancelledHere { .. }), "{error}");
    let lines = recorded("sign wpkh");
    let mut device = ledger(move |at, apdu| {
        assert_ne!(apdu[..2], [0xe1, 0x04], "sent to be signed");
        Ok(lines[at].1.clone())
    });
    device.sign_bitcoin(&checked("wpkh"), &mut Refusing).unwrap_err();
}

/// An app that was left in the middle answers the next commands with the end of that exchange.
#[test]
fn the_exchange_after_one_that_was_left_begins_anew() {
    let lines = recorded("sign wpkh");
    let failed = 20;
    let mut device = ledger(move |at, _| match at {
        0..20 => Ok(lines[at].1.clone()),
        20 => Ok(asks(&[0x99])),
        21 | 22 => Ok(vec![0x6a, 0x80]),
        _ => Ok(lines[at - 23].1.clone()),
    });
    let error = device.sign_bitcoin(&checked("wpkh"), &mut Agreeing::default()).unwrap_err();
    assert!(error.is_breach(), "{failed}: {error}");
    let signed = device.sign_bitcoin(&checked("wpkh"), &mut Agreeing::default());
    assert_eq!(signed.unwrap().len(), 1);
}
