//! The driver of the Ledger's two apps against a device that answers as it likes: the simulated one, some of whose answers
//! and questions are edited, repeated, invented or left out.
#![no_main]

#[path = "common/edits.rs"]
mod edits;

use std::sync::LazyLock;

use edits::{edited, take};
use libfuzzer_sys::fuzz_target;
use vitrine_bitcoin::{AddressBook, CheckedPsbt, Network, Surroundings, Wallet, decode, verify};
use vitrine_device::sim::{LedgerOptions, SimulatedLedger};
use vitrine_device::{Answer, ApduExchange, Control, Device as _, Ledger, LedgerScreen, LinkError, Prompt, Prompter};
use vitrine_ethereum::alloy_primitives::{Address, address, hex};
use vitrine_ethereum::interface::Interfaces;
use vitrine_ethereum::{CheckedRequest, OwnAccount, RequestForm};

/// The account of the public test seed of Ledger's emulator, and a payment by it.
const DESCRIPTOR: &str = "wpkh([f5acc2fd/84h/1h/0h]tpubDCtKfsNyRhULjZ9XMS4VKKtVcPdVDi8MKUbcSD9MJDyjRu1A2ND5MiipozyyspBT9bg8upEp7a8EAgFxNxXn1d7QkdbL52Ty5jiSLcxPt1P/<0;1>/*)";
const REQUEST: &[u8] = include_bytes!("common/ledger.psbt");
const PATH: [u32; 5] = [0x8000_002c, 0x8000_003c, 0x8000_0000, 0, 0];
const ACCOUNT: Address = address!("dad77910dbdfde764fc21fcd4e74d71bbaca6d8d");
/// A payment on Sepolia.
const TRANSACTION: &str =
    "02f383aa36a744843b9aca00850306dc4200825208945a321744667052affa8386ed49e00ef223cbffc388045c15c2b430600080c0";
const SEPOLIA: u64 = 11_155_111;

fn wallet() -> Wallet {
    Wallet::parse("wpkh", DESCRIPTOR, Network::Testnet3).expect("a descriptor")
}

static BITCOIN: LazyLock<CheckedPsbt> = LazyLock::new(|| {
    let (network, address_book) = (Network::Testnet3, AddressBook::default());
    let surroundings = Surroundings { network, wallets: vec![wallet()], address_book };
    decode(REQUEST).expect("a PSBT").check(&surroundings).expect("one wallet of the same network")
});

static ETHEREUM: LazyLock<CheckedRequest> = LazyLock::new(|| {
    let account = OwnAccount { name: "Treasurer".to_owned(), address: ACCOUNT, path: PATH.to_vec() };
    let interfaces = Interfaces::built_in().clone();
    let surroundings = vitrine_ethereum::Surroundings::new(SEPOLIA, vec![account], Vec::new(), Vec::new(), interfaces);
    let bytes = hex::decode(TRANSACTION).expect("digits");
    let request = vitrine_ethereum::decode(&bytes, RequestForm::Transaction).expect("a transaction");
    request.check(&surroundings).expect("the same chain")
});

struct Hostile {
    honest: SimulatedLedger,
    input: Vec<u8>,
    last: Vec<u8>,
}

impl ApduExchange for Hostile {
    fn exchange(&mut self, apdu: &[u8]) -> Result<Vec<u8>, LinkError> {
        let input = std::mem::take(&mut self.input);
        let rest = &mut input.as_slice();
        let how = take(rest);
        let answer = match how & 7 {
            0..=3 => self.honest.exchange(apdu),
            4 | 5 => self.honest.exchange(apdu).map(|answer| edited(&answer, rest)),
            6 => Ok(self.last.clone()),
            _ => {
                let mut invented: Vec<u8> = (0..how >> 3).map(|_| take(rest)).collect();
                invented.extend([take(rest) & 0xf0, 0x00]);
                Ok(invented)
            }
        };
        self.input = rest.to_vec();
        self.last = answer.clone().unwrap_or_default();
        answer
    }
}

struct Obedient;

impl Prompter for Obedient {
    fn prompt(&mut self, _: Prompt) -> Answer {
        Answer::Continue
    }
}

fuzz_target!(|input: &[u8]| {
    let input = &mut &*input;
    let order = take(input);
    let honest = SimulatedLedger::new(LedgerOptions::default());
    let link = Hostile { honest, input: input.to_vec(), last: Vec::new() };
    let mut device = Ledger::new(Box::new(link), Control::default(), LedgerScreen::Nano);
    if order & 1 == 1 {
        let _ = device.identify();
    }
    if order & 2 == 2 {
        let _ = device.show_address(&wallet(), false, 1, &mut Obedient);
    }
    if order & 4 == 4 {
        let _ = device.register_wallet(&wallet(), &mut Obedient);
    }
    if order & 8 == 8
        && let Ok(returned) = device.sign_ethereum(&ETHEREUM, &mut Obedient)
    {
        let _ = vitrine_ethereum::verify(ETHEREUM.signable(), ACCOUNT, &returned);
    }
    if let Ok(signatures) = device.sign_bitcoin(&BITCOIN, &mut Obedient) {
        assert_eq!(signatures.len(), 1);
        let _ = verify(&BITCOIN, &signatures);
    }
});
