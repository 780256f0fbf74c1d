//! Time and exchanges that signing takes over a socket, by our drivers and by the vendors' own clients, with the same
//! simulated device (`vitrine-sim`), the same request, in the same run.
//!
//! `make bench`, or `cargo run --release -p vitrine-device --features emulator --example bench_devices -- PYTHON` with a
//! Python that has what `tests/peers/requirements.txt` names, once `vitrine-sim` is built with the same profile.

use std::error::Error;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use bitcoin::absolute::LockTime;
use bitcoin::hashes::Hash as _;
use bitcoin::transaction::Version;
use bitcoin::{Amount, OutPoint, Psbt, ScriptBuf, Sequence, Transaction, TxIn, TxOut, Txid, Witness};
use vitrine_bitcoin::{AddressBook, CheckedPsbt, Network, Surroundings, Wallet, decode, verify};
use vitrine_device::{
    Answer, ApduExchange, Control, Device, Ledger, LedgerScreen, LinkError, Prompt, Prompter, emulator,
};

const NETWORK: Network = Network::Testnet3;
const PATH: &str = "84'/1'/0'";
const COIN_SAT: u64 = 10_000;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let python = std::env::args().nth(1).unwrap_or_else(|| "python3".to_owned());
    println!("p2wpkh with previous transactions, one payee, change; signed, without verification; median of the runs");
    println!("device   inputs      ours ms  exchanges     theirs ms  exchanges   ratio");
    let mut slower = Vec::new();
    for vendor in [Vendor::Ledger, Vendor::Trezor] {
        for inputs in [2, 20, 100] {
            let ratio = compare(vendor, inputs, &python)?;
            if ratio > 1.0 {
                slower.push(format!("{} with {inputs} inputs", vendor.name()));
            }
        }
    }
    if slower.is_empty() {
        Ok(())
    } else {
        Err(format!("slower than the vendor's client: {}", slower.join(", ")).into())
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Vendor {
    Ledger,
    Trezor,
}

impl Vendor {
    const fn name(self) -> &'static str {
        match self {
            Self::Ledger => "ledger",
            Self::Trezor => "trezor",
        }
    }

    const fn options(self) -> &'static [&'static str] {
        match self {
            Self::Ledger => &["ledger", "--app", "bitcoin-test", "--tcp", "127.0.0.1:0"],
            Self::Trezor => &["trezor", "--udp", "127.0.0.1:0"],
        }
    }

    /// The device, and a count of what was asked of it, where the link is open to us.
    fn open(self, address: SocketAddr) -> Result<(Box<dyn Device>, Option<Arc<AtomicUsize>>)> {
        match self {
            Self::Trezor => Ok((emulator::trezor_udp(address)?, None)),
            Self::Ledger => {
                let (control, count) = (Control::default(), Arc::new(AtomicUsize::new(0)));
                let link = Counted(emulator::ledger_tcp(address, control.clone())?, count.clone());
                Ok((Box::new(Ledger::new(Box::new(link), control, LedgerScreen::Nano)), Some(count)))
            }
        }
    }
}

/// The same request by both; our time as a part of theirs.
fn compare(vendor: Vendor, inputs: u32, python: &str) -> Result<f64> {
    let runs = if inputs < 100 { 5 } else { 3 };
    let simulator = Simulator::start(vendor)?;
    let (mut device, count) = vendor.open(simulator.address)?;
    let (psbt, request) = request(&wallet(device.as_mut())?, inputs)?;
    let before = count.as_ref().map(|count| count.load(Ordering::Relaxed));
    let mut times = Vec::new();
    for _ in 0..runs {
        let start = Instant::now();
        let signatures = device.sign_bitcoin(&request, &mut Agreeing)?;
        times.push(start.elapsed());
        verify(&request, &signatures)?;
    }
    times.sort();
    let ours = times.get(runs / 2).copied().ok_or("no runs")?;
    let exchanges = count.zip(before).map(|(count, before)| (count.load(Ordering::Relaxed) - before) / runs);
    drop(device);
    let (theirs, their_exchanges) = theirs(vendor, simulator.address, &psbt, runs, python)?;
    let ratio = ours.as_secs_f64() / theirs.as_secs_f64();
    println!(
        "{:<8} {inputs:>6} {:>12.1} {:>10} {:>13.1} {their_exchanges:>10} {ratio:>7.2}",
        vendor.name(),
        ours.as_secs_f64() * 1e3,
        exchanges.map_or_else(|| "-".to_owned(), |exchanges| exchanges.to_string()),
        theirs.as_secs_f64() * 1e3,
    );
    Ok(ratio)
}

/// The vendor's own client, in Python.
fn theirs(vendor: Vendor, address: SocketAddr, psbt: &Psbt, runs: usize, python: &str) -> Result<(Duration, usize)> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/peers/bench_devices.py");
    let mut command = Command::new(python);
    command.arg(script).args([vendor.name(), &address.port().to_string(), &runs.to_string()]);
    let mut program = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    program.stdin.take().ok_or("no input")?.write_all(&psbt.serialize())?;
    let output = program.wait_with_output()?;
    let text = String::from_utf8(output.stdout)?;
    let (time_ns, exchanges) = text.trim().split_once(' ').ok_or("the vendor's client gave no figures")?;
    Ok((Duration::from_nanos(time_ns.parse()?), exchanges.parse()?))
}

/// `vitrine-sim` beside this program.
struct Simulator {
    program: Child,
    address: SocketAddr,
}

impl Simulator {
    fn start(vendor: Vendor) -> Result<Self> {
        let mut program: PathBuf = std::env::current_exe()?;
        program.pop();
        program.pop();
        program.push("vitrine-sim");
        let mut program = Command::new(program).args(vendor.options()).stdout(Stdio::piped()).spawn()?;
        let mut line = String::new();
        BufReader::new(program.stdout.take().ok_or("no output")?).read_line(&mut line)?;
        let address = line.trim().rsplit(' ').next().ok_or("no address")?.parse()?;
        Ok(Self { program, address })
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        drop(self.program.kill());
        drop(self.program.wait());
    }
}

/// A link that counts the commands that went over it.
struct Counted(Box<dyn ApduExchange>, Arc<AtomicUsize>);

impl ApduExchange for Counted {
    fn exchange(&mut self, apdu: &[u8]) -> std::result::Result<Vec<u8>, LinkError> {
        self.1.fetch_add(1, Ordering::Relaxed);
        self.0.exchange(apdu)
    }
}

/// Agrees to everything.
struct Agreeing;

impl Prompter for Agreeing {
    fn prompt(&mut self, _: Prompt) -> Answer {
        Answer::Continue
    }
}

fn wallet(device: &mut dyn Device) -> Result<Wallet> {
    let key = device.account_key(&PATH.parse()?, NETWORK, &mut Agreeing)?;
    let fingerprint = device.fingerprint(NETWORK, &mut Agreeing)?;
    Ok(Wallet::of_policy("Benchmark", "wpkh(@0/**)", &[format!("[{fingerprint}/{PATH}]{key}")], NETWORK)?)
}

fn request(wallet: &Wallet, inputs: u32) -> Result<(Psbt, CheckedPsbt)> {
    let empty = Transaction { version: Version::TWO, lock_time: LockTime::ZERO, input: vec![], output: vec![] };
    let mut psbt = Psbt::from_unsigned_tx(empty)?;
    for index in 0..inputs {
        let own = wallet.script(false, index)?;
        let coin = TxOut { value: Amount::from_sat(COIN_SAT), script_pubkey: own.script_pubkey() };
        let salt = index.to_be_bytes().repeat(8);
        let spent = OutPoint { txid: Txid::from_slice(&salt)?, vout: index };
        let previous =
            Transaction { input: vec![spending(spent)], output: vec![coin.clone()], ..psbt.unsigned_tx.clone() };
        psbt.unsigned_tx.input.push(spending(OutPoint { txid: previous.compute_txid(), vout: 0 }));
        let mut input =
            bitcoin::psbt::Input { non_witness_utxo: Some(previous), witness_utxo: Some(coin), ..Default::default() };
        for key in own.keys() {
            input.bip32_derivation.insert(key.public_key().inner, (key.fingerprint(), key.path().clone()));
        }
        psbt.inputs.push(input);
    }
    let total_sat = COIN_SAT * u64::from(inputs);
    let payee = ScriptBuf::new_p2wpkh(&bitcoin::WPubkeyHash::from_byte_array([0x44; 20]));
    psbt.unsigned_tx.output.push(TxOut { value: Amount::from_sat(total_sat / 2), script_pubkey: payee });
    psbt.outputs.push(bitcoin::psbt::Output::default());
    let own = wallet.script(true, 0)?;
    let change = TxOut { value: Amount::from_sat(total_sat / 2 - 2_000), script_pubkey: own.script_pubkey() };
    psbt.unsigned_tx.output.push(change);
    let mut output = bitcoin::psbt::Output::default();
    for key in own.keys() {
        output.bip32_derivation.insert(key.public_key().inner, (key.fingerprint(), key.path().clone()));
    }
    psbt.outputs.push(output);
    let surroundings =
        Surroundings { network: NETWORK, wallets: vec![wallet.clone()], address_book: AddressBook::default() };
    let checked = decode(&psbt.serialize())?.check(&surroundings)?;
    Ok((psbt, checked))
}

fn spending(previous_output: OutPoint) -> TxIn {
    let sequence = Sequence::ENABLE_RBF_NO_LOCKTIME;
    TxIn { previous_output, script_sig: ScriptBuf::new(), sequence, witness: Witness::new() }
}
