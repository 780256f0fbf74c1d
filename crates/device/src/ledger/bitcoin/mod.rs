//! The Bitcoin app, version 2.1 and later.
//!
//! Source of the protocol: LedgerHQ/app-bitcoin-new, `doc/bitcoin.md`, `doc/wallet.md` and `doc/merkle.md`, version 2.4.6.

mod client;
mod keys;
mod known;
mod merkle;
mod musig;
mod policy;
mod psbt;
mod screens;
mod signatures;

use bitcoin::bip32::Fingerprint;
use vitrine_bitcoin::{CheckedInput, CheckedPsbt, Network, Registration, Returned, Wallet};

use self::client::Client;
use self::known::{Known, varint};
use self::merkle::Digest;
use self::musig::Round;
use self::policy::{Policy, unsupported};
use self::psbt::Holder;
use super::apdu::Apdu;
use super::wire::{Reply, Wire};
use super::{LedgerApp, LedgerScreen};
use crate::device::DeviceScreen;
use crate::error::{DeviceError, device_text};
use crate::prompt::{Answer, Prompt, Prompter};

const CLASS: u8 = 0xe1;
/// Version of the protocol, in each command.
const PROTOCOL: u8 = 1;
/// Class and instruction of what answers the app's own questions.
const CONTINUE: [u8; 2] = [0xf8, 0x01];
const REGISTER_WALLET: u8 = 0x02;
const GET_WALLET_ADDRESS: u8 = 0x03;
const SIGN_PSBT: u8 = 0x04;
/// How often the app may ask for everything about a policy.
const POLICY_ROUNDS: usize = 64;
/// How often it may ask for everything about a transaction, besides once for each signature.
const SIGNING_ROUNDS: usize = 24;
/// Most keys that the app signs with in one input.
const INTERNAL_KEYS: usize = 8;
/// First version that speaks this protocol.
const OLDEST: (u32, u32) = (2, 1);
/// Highest index of an address of a wallet that needs no registration.
const LAST_INDEX: u32 = 50_000;
const ADDRESS_CHARS: usize = 100;

/// The device with the app of one network open.
pub(super) struct App<'w> {
    wire: &'w mut Wire,
    app: LedgerApp,
}

impl<'w> App<'w> {
    /// Asks which app is open, until the device listens again after an exchange that ended in the middle.
    pub(super) fn open(wire: &'w mut Wire, network: Network) -> Result<Self, DeviceError> {
        let needed = LedgerApp::of_network(network);
        wire.control().begin();
        let open = wire.ready(needed)?;
        let mut numbers = open.version.split(['.', '-']).map(|part| part.parse::<u32>().ok());
        match (numbers.next().flatten(), numbers.next().flatten()) {
            (Some(major), Some(minor)) if (major, minor) >= OLDEST => Ok(Self { wire, app: needed }),
            _ => Err(unsupported(format!(
                "version {} of the app {}: update it on the device",
                open.version,
                needed.name()
            ))),
        }
    }

    fn command(&self, at: &'static str, instruction: u8, data: &[u8]) -> Apdu {
        Apdu::build(at, Some(self.app), [CLASS, instruction, 0, PROTOCOL], data)
    }

    /// Carries out a command, answering what the app asks meanwhile.
    fn converse(&mut self, command: &Apdu, client: &mut Client<'_>) -> Result<Vec<u8>, DeviceError> {
        let mut reply = self.wire.say(command)?;
        loop {
            let question = match reply {
                Reply::Done(data) => return Ok(data),
                Reply::Question(question) => question,
            };
            let answer = client.answer(&question).inspect_err(|_| self.wire.leave())?;
            let [class, instruction] = CONTINUE;
            reply =
                self.wire.say(&Apdu::build(command.at, Some(self.app), [class, instruction, 0, PROTOCOL], &answer))?;
        }
    }

    /// Shows an address, and returns what the device says it shows.
    pub(super) fn show_address(
        &mut self,
        wallet: &Wallet,
        change: bool,
        index: u32,
        prompter: &mut dyn Prompter,
    ) -> Result<String, DeviceError> {
        const AT: &str = "showing the address";
        let policy = Policy::of(wallet)?;
        if wallet.network() == Network::Regtest {
            return Err(unsupported("addresses of regtest: the app writes those of testnet"));
        }
        if policy.name().is_none() && index > LAST_INDEX {
            return Err(unsupported(format!("address {index}: the app shows those up to {LAST_INDEX}")));
        }
        let fingerprint = self.check_seed(wallet)?;
        let hmac = policy.hmac(wallet, fingerprint)?;
        let mut known = Known::default();
        policy.tell(&mut known);
        let data = [&[1], policy.id().as_slice(), &hmac, &[u8::from(change)], &index.to_be_bytes()].concat();
        let command = self.command(AT, GET_WALLET_ADDRESS, &data);
        ask_the_person(prompter, AT, "an address", 0)?;
        self.wire.control().wait_for_person();
        let address = self.converse(&command, &mut Client::new(AT, &known, POLICY_ROUNDS, 0))?;
        let text = std::str::from_utf8(&address).ok();
        let text = text.filter(|text| text.len() <= ADDRESS_CHARS && text.bytes().all(|b| b.is_ascii_alphanumeric()));
        text.map(device_text).ok_or(DeviceError::Malformed { at: AT, what: "no address" })
    }

    /// Registers a wallet; the device computes the same number for it.
    pub(super) fn register(
        &mut self,
        wallet: &Wallet,
        prompter: &mut dyn Prompter,
    ) -> Result<Option<Registration>, DeviceError> {
        const AT: &str = "registering the wallet";
        let policy = Policy::of(wallet)?;
        let fingerprint = self.check_seed(wallet)?;
        if policy.name().is_none() {
            return Ok(None);
        }
        let mut known = Known::default();
        policy.tell(&mut known);
        let serialized = policy.serialized();
        let data = [varint(serialized.len()), serialized].concat();
        let command = self.command(AT, REGISTER_WALLET, &data);
        ask_the_person(prompter, AT, "a wallet to be registered", 0)?;
        self.wire.control().wait_for_person();
        let reply = self.converse(&command, &mut Client::new(AT, &known, POLICY_ROUNDS, 0))?;
        let malformed = |what| DeviceError::Malformed { at: AT, what };
        let (wallet_id, hmac) = reply.split_first_chunk().ok_or_else(|| malformed("no number of the wallet"))?;
        let hmac: Digest = hmac.try_into().map_err(|_| malformed("no HMAC of 32 bytes"))?;
        if *wallet_id != policy.id() || hmac == Digest::default() {
            return Err(malformed("a registration of another wallet"));
        }
        Ok(Some(Registration { fingerprint, wallet_id: *wallet_id, hmac }))
    }

    /// Signs the inputs of each wallet in turn.
    pub(super) fn sign(
        &mut self,
        request: &CheckedPsbt,
        screen: LedgerScreen,
        prompter: &mut dyn Prompter,
    ) -> Result<Vec<Returned>, DeviceError> {
        let turns = turns(request)?;
        let mut prepared = Vec::new();
        for turn in &turns {
            let fingerprint = self.check_seed(turn.wallet)?;
            let holder = Holder { wallet: turn.position, fingerprint };
            psbt::check_needed(request, holder)?;
            let round = turn.is_musig.then(|| musig::round(request, holder)).transpose()?;
            let hmac = turn.policy.hmac(turn.wallet, fingerprint)?;
            let mut known = Known::default();
            turn.policy.tell(&mut known);
            let commitments = psbt::commit(request, holder, round, &mut known)?;
            let data = [commitments.as_slice(), &turn.policy.id(), &hmac].concat();
            prepared.push((turn, holder, round, known, data));
        }
        let (mut results, mut shown) = (Vec::new(), 0usize);
        for (turn, holder, round, known, data) in prepared {
            let yielded = self.sign_turn(request, round, (&known, &data), shown, prompter)?;
            results.extend(match round {
                None => signatures::returned(request, holder, &yielded)?.into_iter().map(Returned::Signature).collect(),
                Some(round) => musig::returned(request, holder, round, &yielded)?,
            });
            shown = shown.saturating_add(turn.pages(request, holder, screen).map_or(0, |pages| pages.len()));
        }
        results.sort_by_key(|result| match result {
            Returned::Signature(signature) => signature.input,
            Returned::MusigNonce(part) | Returned::MusigPartial(part) => part.input,
        });
        Ok(results)
    }

    /// What the app yields for one wallet; for nonces nobody is asked.
    fn sign_turn(
        &mut self,
        request: &CheckedPsbt,
        round: Option<Round>,
        (known, data): (&Known, &[u8]),
        shown: usize,
        prompter: &mut dyn Prompter,
    ) -> Result<Vec<Vec<u8>>, DeviceError> {
        if round == Some(Round::Nonces) {
            self.wire.control().wait_for_device();
        } else {
            ask_the_person(prompter, signatures::AT, "a transaction", shown)?;
            self.wire.control().wait_for_person();
        }
        let at = if round.is_some() { musig::AT } else { signatures::AT };
        let most = request.inputs().len().saturating_mul(INTERNAL_KEYS);
        let mut client = Client::new(at, known, SIGNING_ROUNDS.saturating_add(most), most);
        let command = self.command(at, SIGN_PSBT, data);
        let rest = self.converse(&command, &mut client);
        let yielded = client.into_yielded();
        let rest = rest.map_err(|error| match error {
            DeviceError::Failure { code: musig::NO_SESSION, .. }
                if round == Some(Round::Partials) && yielded.is_empty() =>
            {
                DeviceError::NoncesForgotten
            }
            other => other,
        })?;
        if !rest.is_empty() {
            return Err(DeviceError::Malformed { at, what: "an answer behind the signatures" });
        }
        Ok(yielded)
    }
}

/// The inputs of one wallet.
struct Turn<'a> {
    position: usize,
    wallet: &'a Wallet,
    policy: Policy,
    is_musig: bool,
}

impl Turn<'_> {
    /// What the app shows; nothing while it gives nonces.
    fn pages(&self, request: &CheckedPsbt, holder: Holder, screen: LedgerScreen) -> Option<Vec<DeviceScreen>> {
        if self.is_musig && !musig::has_all_nonces(request, self.position) {
            return Some(Vec::new());
        }
        screens::signing(request, holder, &self.policy, screen)
    }
}

/// One turn for each wallet that something is to be signed for, in the order of the inputs.
fn turns(request: &CheckedPsbt) -> Result<Vec<Turn<'_>>, DeviceError> {
    let mut turns: Vec<Turn<'_>> = Vec::new();
    for (number, input) in request.inputs().iter().enumerate().filter(|(_, input)| input.needs_signature()) {
        let Some(own) = input.own() else { continue };
        if input.amount().sure_sat().is_none() {
            return Err(unsupported(format!("input {number}, whose amount is not proven")));
        }
        if turns.iter().any(|turn| turn.position == own.wallet()) {
            continue;
        }
        let wallet = request.wallets().get(own.wallet());
        let wallet = wallet.ok_or_else(|| unsupported(format!("input {number}, whose wallet is not registered")))?;
        let policy = Policy::of(wallet)?;
        psbt::check(request, Holder { wallet: own.wallet(), fingerprint: Fingerprint::default() })?;
        turns.push(Turn { position: own.wallet(), wallet, policy, is_musig: musig::is_musig(own) });
    }
    if turns.is_empty() { Err(unsupported("a request in which nothing is to be signed")) } else { Ok(turns) }
}

/// Refuses what takes two rounds, of which one would be lost.
pub(super) fn check_one_round(request: &CheckedPsbt) -> Result<(), DeviceError> {
    let is_musig = |input: &CheckedInput| input.needs_signature() && input.own().is_some_and(musig::is_musig);
    match request.inputs().iter().position(is_musig) {
        Some(number) => {
            Err(unsupported(format!("input {number} of a wallet with musig(), which is signed in two rounds")))
        }
        None => Ok(()),
    }
}

/// The pages of each turn; empty where the app would not sign.
pub(super) fn foretold(request: &CheckedPsbt, screen: LedgerScreen) -> Vec<DeviceScreen> {
    let Ok(turns) = turns(request) else { return Vec::new() };
    let pages = turns.iter().map(|turn| {
        let holder = Holder { wallet: turn.position, fingerprint: Fingerprint::default() };
        turn.pages(request, holder, screen)
    });
    pages.collect::<Option<Vec<_>>>().unwrap_or_default().concat()
}

/// The device is about to show something: the person is to look.
fn ask_the_person(prompter: &mut dyn Prompter, at: &'static str, what: &str, screen: usize) -> Result<(), DeviceError> {
    match prompter.prompt(Prompt::ConfirmOnDevice { screen, what: what.to_owned() }) {
        Answer::Continue => Ok(()),
        _ => Err(DeviceError::CancelledHere { at }),
    }
}
