//! Questions to the device and its answers: bounded in size, number and time, and encrypted once it is paired.
//!
//! Source: BitBoxSwiss/bitbox02-firmware, `src/hww.c` and `src/rust/bitbox02-rust/src/hww.rs`.

use bitbox_api::pb::{self, request::Request, response::Response};
use prost::Message;
use zeroize::Zeroizing;

use super::antiklepto::HostNonce;
use super::channel::{Channel, Handshake};
use super::identity::Info;
use super::packets::{Gathering, HidPackets, packets};
use crate::LinkError;
use crate::control::Control;
use crate::error::{DeviceError, device_text};
use crate::limits;
use crate::prompt::{Answer, Prompt, Prompter};

/// Gives what has to be random: keys of the channel, and what is added to nonces.
pub trait Entropy: Send {
    /// 32 bytes that nobody can foretell; none where the system has none to give.
    fn bytes(&mut self) -> Option<[u8; 32]>;
}

const NEW: u8 = 0x00;
const RETRY: u8 = 0x01;
const INFO: &[u8] = b"i";

const ACK: u8 = 0x00;
const NOT_READY: u8 = 0x01;
const BUSY: u8 = 0x02;

const OK: u8 = 0x00;
const UNINITIALISED: u8 = 0x02;

/// The device drops what it is doing when nobody asked for the answer for half a second.
const ASK_AGAIN_MS: u64 = 200;
const BUSY_MS: u64 = 1000;
/// Messages of an earlier exchange that may still be on their way.
const STALE_MESSAGES: usize = 8;
const PACKETS: usize = 129;

/// The device behind its link.
pub(super) struct Wire {
    packets: Box<dyn HidPackets>,
    entropy: Box<dyn Entropy>,
    control: Control,
    channel: Option<Channel>,
    /// This machine's key for as long as the driver lives, so that a device that was paired is not paired again.
    static_key: Option<Zeroizing<[u8; 32]>>,
    /// The device's key, after the person compared the code.
    paired: Option<[u8; 32]>,
}

impl Wire {
    pub(super) fn new(packets: Box<dyn HidPackets>, entropy: Box<dyn Entropy>, control: Control) -> Self {
        Self { packets, entropy, control, channel: None, static_key: None, paired: None }
    }

    pub(super) const fn control(&self) -> &Control {
        &self.control
    }

    /// Asks the device who it is: outside of the channel, and answered at any time.
    pub(super) fn info(&mut self) -> Result<Info, DeviceError> {
        const AT: &str = "asking for the version";
        self.control.wait_for_device();
        let mut waited_ms = 0;
        for _ in 0..STALE_MESSAGES {
            let answer = self.exchange(INFO, AT)?;
            match answer.as_slice() {
                [BUSY] => self.wait(BUSY_MS, &mut waited_ms, AT)?,
                answer if Info::is_one(answer) => return Info::of(answer, AT),
                _ => {}
            }
        }
        Err(DeviceError::UnexpectedMessage { at: AT, received: "answers to something else".to_owned() })
    }

    /// Pairs with the device unless that was done: it unlocks, both show a code, and the person compares.
    pub(super) fn pair(&mut self, prompter: &mut dyn Prompter) -> Result<(), DeviceError> {
        if self.channel.is_some() {
            return Ok(());
        }
        let info = self.info()?;
        info.check()?;
        self.unlock(&info, prompter)?;
        self.open_session()?;
        let static_key = self.static_key()?;
        let ephemeral_key = Zeroizing::new(self.random()?);
        let (mut handshake, first) = Handshake::begin(&static_key, &ephemeral_key)?;
        let answer = self.handshake_message(&first)?;
        let last = handshake.answer(&answer)?;
        let known_there = match self.handshake_message(&last)?.as_slice() {
            [0] => true,
            [1] => false,
            _ => return Err(malformed("the handshake", "neither paired nor unpaired")),
        };
        let shaken = handshake.finish()?;
        if !known_there || self.paired != Some(shaken.device_key) {
            self.compare(&shaken.code, prompter)?;
        }
        self.paired = Some(shaken.device_key);
        self.channel = Some(shaken.channel);
        Ok(())
    }

    fn unlock(&mut self, info: &Info, prompter: &mut dyn Prompter) -> Result<(), DeviceError> {
        const AT: &str = "unlocking";
        if !info.unlocked {
            confirm_on_device(prompter, AT, "its password")?;
        }
        self.control.wait_for_person();
        for _ in 0..STALE_MESSAGES {
            match self.ask(b"u", AT)?.as_slice() {
                [OK] => return Ok(()),
                [UNINITIALISED] => return Err(DeviceError::NoSeed),
                [_] => return Err(DeviceError::Locked { at: AT }),
                // A task of an earlier session still waited: it took this for its own, and failed.
                _ => {}
            }
        }
        Err(unexpected(AT, "answers to something else"))
    }

    fn open_session(&mut self) -> Result<(), DeviceError> {
        const AT: &str = "opening the channel";
        self.control.wait_for_device();
        for _ in 0..STALE_MESSAGES {
            if self.ask(b"h", AT)? == [OK] {
                return Ok(());
            }
        }
        Err(malformed(AT, "no new channel"))
    }

    fn handshake_message(&mut self, message: &[u8]) -> Result<Vec<u8>, DeviceError> {
        const AT: &str = "the handshake";
        let answer = self.ask(&[b"H", message].concat(), AT)?;
        answer.strip_prefix(&[OK]).map(<[u8]>::to_vec).ok_or_else(|| malformed(AT, "the device broke it off"))
    }

    /// The device asks first, while it shows the code; then this machine does.
    fn compare(&mut self, code: &str, prompter: &mut dyn Prompter) -> Result<(), DeviceError> {
        const AT: &str = "comparing the pairing code";
        confirm_on_device(prompter, AT, &format!("whether its pairing code is {code}"))?;
        self.control.wait_for_person();
        match self.ask(b"v", AT)?.as_slice() {
            [OK] => {}
            _ => return Err(DeviceError::RefusedOnDevice { at: AT }),
        }
        match prompter.prompt(Prompt::Pairing { code: code.to_owned() }) {
            Answer::Continue => Ok(()),
            _ => Err(DeviceError::CancelledHere { at: AT }),
        }
    }

    fn static_key(&mut self) -> Result<Zeroizing<[u8; 32]>, DeviceError> {
        let key = match self.static_key.take() {
            Some(key) => key,
            None => Zeroizing::new(self.random()?),
        };
        Ok(self.static_key.insert(key).clone())
    }

    fn random(&mut self) -> Result<[u8; 32], DeviceError> {
        self.entropy.bytes().ok_or(DeviceError::NoRandomness)
    }

    /// Something new to add to a nonce.
    pub(super) fn host_nonce(&mut self) -> Result<HostNonce, DeviceError> {
        self.random().map(HostNonce::new)
    }

    /// Sends a request that the device answers by itself.
    pub(super) fn call(&mut self, request: Request, at: &'static str) -> Result<Response, DeviceError> {
        self.control.wait_for_device();
        self.send(request, at)
    }

    /// Sends a request that a person may have to answer at the device's screen.
    pub(super) fn call_person(&mut self, request: Request, at: &'static str) -> Result<Response, DeviceError> {
        self.control.wait_for_person();
        self.send(request, at)
    }

    /// Forgets the channel: the device is in the middle of something, and the next operation begins anew.
    pub(super) fn leave(&mut self) {
        self.channel = None;
    }

    fn send(&mut self, request: Request, at: &'static str) -> Result<Response, DeviceError> {
        let outcome = self.encrypted(request, at);
        match outcome {
            Ok(Response::Error(error)) => Err(in_words(&error, at)),
            Ok(response) => Ok(response),
            Err(error) => {
                self.leave();
                Err(error)
            }
        }
    }

    fn encrypted(&mut self, request: Request, at: &'static str) -> Result<Response, DeviceError> {
        let unpaired = || malformed(at, "there is no channel");
        let plain = pb::Request { request: Some(request) }.encode_to_vec();
        let secret = self.channel.as_mut().ok_or_else(unpaired)?.encrypt(&plain);
        let answer = self.ask(&[b"n", secret.as_slice()].concat(), at)?;
        let secret = answer.strip_prefix(&[OK]).ok_or_else(|| malformed(at, "the device lost the channel"))?;
        let plain = self.channel.as_mut().and_then(|channel| channel.decrypt(secret));
        let plain = plain.ok_or_else(|| malformed(at, "it is not from the device that was paired"))?;
        let response = pb::Response::decode(plain.as_slice()).ok().and_then(|response| response.response);
        response.ok_or_else(|| malformed(at, "not a message of the device"))
    }

    /// Sends a message, and asks for the answer until it is there.
    fn ask(&mut self, message: &[u8], at: &'static str) -> Result<Vec<u8>, DeviceError> {
        let message = [&[NEW], message].concat();
        let mut waited_ms = 0;
        let mut answer = self.exchange(&message, at)?;
        while answer == [BUSY] {
            self.wait(BUSY_MS, &mut waited_ms, at)?;
            answer = self.exchange(&message, at)?;
        }
        while answer == [NOT_READY] {
            self.wait(ASK_AGAIN_MS, &mut waited_ms, at)?;
            answer = self.exchange(&[RETRY], at)?;
        }
        match answer.split_first() {
            Some((&ACK, rest)) => Ok(rest.to_vec()),
            _ => Err(malformed(at, "the device does not take it")),
        }
    }

    fn wait(&mut self, pause_ms: u64, waited_ms: &mut u64, at: &'static str) -> Result<(), DeviceError> {
        *waited_ms = waited_ms.saturating_add(pause_ms);
        if *waited_ms > self.control.limit_s().saturating_mul(1000) {
            return Err(self.control.timeout(at));
        }
        self.not_cancelled(at)?;
        self.packets.pause(pause_ms).map_err(|error| self.lost(error, at))
    }

    /// Sends a message and gathers the next one.
    fn exchange(&mut self, message: &[u8], at: &'static str) -> Result<Vec<u8>, DeviceError> {
        self.not_cancelled(at)?;
        for packet in packets(message)? {
            self.packets.write(&packet).map_err(|error| self.lost(error, at))?;
        }
        let mut gathering = Gathering::default();
        for _ in 0..PACKETS {
            let packet = self.packets.read().map_err(|error| self.lost(error, at))?;
            if let Some(answer) = gathering.take(&packet, at)? {
                return Ok(answer);
            }
        }
        Err(DeviceError::TooManyMessages { at, limit: PACKETS })
    }

    fn not_cancelled(&self, at: &'static str) -> Result<(), DeviceError> {
        if self.control.is_cancelled() { Err(DeviceError::CancelledHere { at }) } else { Ok(()) }
    }

    fn lost(&self, error: LinkError, at: &'static str) -> DeviceError {
        match error {
            LinkError::Unplugged => DeviceError::Unplugged { at },
            LinkError::Timeout => self.control.timeout(at),
            LinkError::Cancelled => DeviceError::CancelledHere { at },
            LinkError::Malformed => malformed(at, "packets that are not a BitBox02's"),
            LinkError::TooLarge(bytes) => DeviceError::TooLarge { at, bytes, limit: limits::MESSAGE_BYTES },
        }
    }
}

/// The device is about to show something: the person is to look.
pub(super) fn confirm_on_device(prompter: &mut dyn Prompter, at: &'static str, what: &str) -> Result<(), DeviceError> {
    match prompter.prompt(Prompt::ConfirmOnDevice { screen: 0, what: what.to_owned() }) {
        Answer::Continue => Ok(()),
        _ => Err(DeviceError::CancelledHere { at }),
    }
}

/// The device answered with something that does not belong here.
pub(super) fn unexpected(at: &'static str, received: &str) -> DeviceError {
    DeviceError::UnexpectedMessage { at, received: received.to_owned() }
}

const fn malformed(at: &'static str, what: &'static str) -> DeviceError {
    DeviceError::Malformed { at, what }
}

/// Codes of the firmware's `hww/api/error.rs`.
fn in_words(error: &pb::Error, at: &'static str) -> DeviceError {
    match error.code {
        104 => DeviceError::RefusedOnDevice { at },
        code => DeviceError::Failure { at, code, text: device_text(&error.message) },
    }
}
