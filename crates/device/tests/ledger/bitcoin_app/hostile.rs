//! Hosts that lie to the app: it signs nothing for them.

use vitrine_device::sim::{Fault, LedgerOptions, NetworkGuard, SimApp, SimulatedLedger};
use vitrine_ethereum::alloy_primitives::hex;

use super::{INTERRUPTED, ask, device, exchange, is_signature, said};

const SINGLE: &str = "sign wpkh(@0/**)";
const MULTISIG: &str = "sign wsh(sortedmulti(2,@0/**,@1/**,@2/**))";

/// The status word at which an exchange ended, and the signatures that were given before.
fn course(device: &mut SimulatedLedger, commands: impl IntoIterator<Item = Vec<u8>>) -> (String, Vec<Vec<u8>>) {
    let mut signatures = Vec::new();
    for command in commands {
        let answer = ask(device, &command);
        if !answer.ends_with(&INTERRUPTED) {
            return (hex::encode(answer), signatures);
        }
        signatures.extend(is_signature(&answer).then_some(answer));
    }
    panic!("the app still asks")
}

fn end(device: &mut SimulatedLedger, commands: impl IntoIterator<Item = Vec<u8>>) -> (String, usize) {
    let (status, signatures) = course(device, commands);
    (status, signatures.len())
}

fn commands(name: &str) -> Vec<Vec<u8>> {
    exchange(name).lines.into_iter().map(|(command, _)| command).collect()
}

/// The same answer with one bit changed at this place of its data.
fn altered(command: &[u8], at: usize) -> Vec<u8> {
    let mut command = command.to_vec();
    command[5 + at] ^= 1;
    command
}

/// A proof, a key, an amount, a script, a previous transaction: whatever is changed or cut, at whichever time it is asked
/// for, nothing else is signed. So nothing can be one thing while it is shown and another when it is signed.
///
/// Lock time and sequence may be missing, and the app takes for missing what was not proven: nothing that it shows.
#[test]
fn no_answer_of_the_host_can_be_changed_at_any_time() {
    let sequence = hex::decode("f801000107050500fdffffff").unwrap();
    for (name, step) in [(SINGLE, 1), (MULTISIG, 5)] {
        let honest = exchange(name).lines;
        let given: Vec<_> = honest.iter().map(|(_, answer)| answer).filter(|answer| is_signature(answer)).collect();
        let first = honest.iter().position(|(_, answer)| is_signature(answer)).unwrap();
        assert!(first > 200, "{name}: {first} answers");
        let mut taken_for_missing = Vec::new();
        for at in (1..=first).step_by(step) {
            for changed in changes(&honest[at].0) {
                let mut commands = commands(name);
                commands[at] = changed;
                let (_, signatures) = course(&mut device(None), commands);
                if signatures.iter().any(|signature| !given.contains(&signature)) {
                    taken_for_missing.push(at);
                }
            }
        }
        let is_sequence = |at: &usize| honest[*at].0 == sequence || honest[at + 1].0 == sequence;
        assert!(taken_for_missing.iter().all(is_sequence), "{name}: {taken_for_missing:?}");
    }
}

/// An answer with one bit changed, or cut.
fn changes(command: &[u8]) -> Vec<Vec<u8>> {
    let bytes = command.len() - 5;
    let mut all: Vec<_> = [0, bytes / 2, bytes - 1].into_iter().map(|at| altered(command, at)).collect();
    for length in [0, bytes - 1].into_iter().filter(|length| *length < bytes) {
        let mut cut = command[..5 + length].to_vec();
        cut[4] = u8::try_from(length).unwrap();
        all.push(cut);
    }
    all
}

/// The proof of registration is the last thing in the command.
#[test]
fn a_wallet_that_nobody_agreed_to_is_refused() {
    let multisig = commands(MULTISIG);
    for byte in 163..195 {
        let mut commands = multisig.clone();
        commands[0] = altered(&commands[0], byte);
        assert_eq!(end(&mut device(None), commands), ("b008".to_owned(), 0), "byte {byte}");
    }
    let mut without = multisig;
    without[0][5 + 163..].fill(0);
    assert_eq!(end(&mut device(None), without), ("00006a80".to_owned(), 0), "not a standard wallet");
    let mut address = commands("address wsh(sortedmulti(2,@0/**,@1/**,@2/**))");
    address[0] = altered(&address[0], 33);
    assert_eq!(end(&mut device(None), address).0, "b008");
}

#[test]
fn another_devices_wallet_is_refused() {
    for name in [SINGLE, MULTISIG] {
        let (status, signatures) = end(&mut device(Some(Fault::WrongSeed)), commands(name));
        assert!(status.ends_with("6a80") || status == "b008", "{name}: {status}");
        assert_eq!(signatures, 0, "{name}");
    }
    let register = "register wsh(sortedmulti(2,@0/**,@1/**,@2/**))";
    assert_eq!(end(&mut device(Some(Fault::WrongSeed)), commands(register)).0, "00026a80", "no key of its own");
}

#[test]
fn a_high_index_and_a_hardened_one_are_refused() {
    let address = commands("address wpkh(@0/**)");
    let with_index = |index: u32| {
        let mut commands = address.clone();
        let at = commands[0].len() - 4;
        commands[0][at..].copy_from_slice(&index.to_be_bytes());
        end(&mut device(None), commands).0
    };
    assert!(with_index(50_000).ends_with("9000"));
    assert_eq!(with_index(50_001), "6a80");
    assert_eq!(with_index(1 << 31), "6a80");
}

/// Path, whether it is shown, and what is said.
#[test]
fn keys_of_other_paths_and_of_coins_of_value_are_not_given() {
    let key = |device: &mut SimulatedLedger, show: u8, path: &[u32]| {
        let steps: Vec<u8> = path.iter().flat_map(|step| step.to_be_bytes()).collect();
        let data = [&[show, u8::try_from(path.len()).unwrap()], steps.as_slice()].concat();
        let answer = ask(device, &[&[0xe1, 0, 0, 1, u8::try_from(data.len()).unwrap()], data.as_slice()].concat());
        hex::encode(&answer[answer.len() - 2..])
    };
    const H: u32 = 1 << 31;
    let mut sim = device(None);
    for path in
        [&[84 | H, 1 | H, H][..], &[48 | H, 1 | H, H, 2 | H], &[86 | H, 1 | H, 100 | H, 0, 5], &[45 | H, 1 | H, H]]
    {
        assert_eq!(key(&mut sim, 0, path), "9000", "{path:?}");
    }
    for path in [&[84 | H, H, H][..], &[84 | H, 1 | H], &[84 | H, 1 | H, 101 | H], &[48 | H, 1 | H, H, 3 | H], &[]] {
        assert_eq!(key(&mut sim, 0, path), "6a82", "{path:?}");
    }
    assert!(sim.screen().shown().is_empty());
    assert_eq!(key(&mut sim, 1, &[84 | H, 1 | H]), "9000");
    assert_eq!(sim.screen().shown().len(), 4);
    assert_eq!(key(&mut sim, 1, &[84 | H, H, H]), "6a82", "a simulated device never works for coins of value");
    let any = LedgerOptions {
        network_guard: NetworkGuard::AnyForTests,
        app: SimApp::BitcoinTest,
        ..LedgerOptions::default()
    };
    assert_eq!(key(&mut SimulatedLedger::new(any), 1, &[84 | H, H, H]), "9000");
    assert_eq!(said(&mut sim, "e10000010d03"), "6a87");
}

/// What a dishonest device does is visible to whoever looks.
#[test]
fn the_faults_are_faults() {
    let honest: Vec<Vec<u8>> = exchange(SINGLE).lines.into_iter().map(|(_, answer)| answer).collect();
    let signature = |answers: &[Vec<u8>]| answers.iter().find(|answer| is_signature(answer)).cloned();
    let with = |fault| {
        let mut device = device(Some(fault));
        commands(SINGLE).iter().map(|command| ask(&mut device, command)).collect::<Vec<_>>()
    };
    for fault in [Fault::WrongKey, Fault::ChangesOutput, Fault::HighS, Fault::StaleSignature, Fault::OtherNonce] {
        let answers = with(fault);
        assert!(signature(&answers).is_some(), "{fault:?}");
        assert_ne!(signature(&answers), signature(&honest), "{fault:?}");
        assert_eq!(
            signature(&answers).unwrap()[..36],
            signature(&honest).unwrap()[..36],
            "{fault:?}: names the right key"
        );
    }
    let count = |answers: &[Vec<u8>]| answers.iter().filter(|answer| is_signature(answer)).count();
    assert_eq!((count(&honest), count(&with(Fault::SkipsSignature))), (1, 0));
    let mut twice = device(Some(Fault::SignsTwice));
    let mut commands = commands(SINGLE);
    commands.push(hex::decode("f801000100").unwrap());
    assert_eq!(end(&mut twice, commands), ("9000".to_owned(), 2));
}
