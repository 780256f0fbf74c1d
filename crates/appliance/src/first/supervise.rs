//! Starting the interface, listening to it, and stopping safely when it no longer answers.

use std::any::Any;
use std::io;
use std::os::unix::net::UnixStream;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use super::SILENCE_MAX;
use super::children::{Ended, Part, Running};
use super::household::{Answers, Household};
use super::plugs;
use super::shared::lock;
use crate::broker::message::Call;
use crate::broker::server::{Serve, answer};
use crate::broker::wire;

/// How long the interface may take until it is heard for the first time: it loads its typefaces.
const START_MAX: Duration = Duration::from_secs(60);
/// How long a call of the interface may take here.
const CALL_MAX: Duration = Duration::from_secs(45);
/// Calls that wait: the interface waits for each answer, so that there are never more.
const CALLS_WAITING: usize = 4;
const EVERY: Duration = Duration::from_millis(100);

/// Why the machine leaves its usual way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// The interface asked for it.
    PowerOff,
    /// Something broke down, in words.
    Stop(String),
}

/// What the supervisor knows of the interface at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pulse {
    /// Since it was started.
    pub runs: Duration,
    /// Since it was last heard, if it was.
    pub silent: Option<Duration>,
    /// Since a call of it is being answered, if one is.
    pub answering: Option<Duration>,
}

impl Pulse {
    /// Why the interface counts as hung, if it does. While it waits for an answer it is not expected to be heard.
    pub fn hung(&self) -> Option<String> {
        match (self.answering, self.silent) {
            (Some(waits), _) if waits > CALL_MAX => {
                Some(format!("the first process has not answered for {} s", waits.as_secs()))
            }
            (Some(_), _) => None,
            (None, Some(silent)) if silent > SILENCE_MAX => {
                Some(format!("the interface has not been heard for {} s", silent.as_secs()))
            }
            (None, None) if self.runs > START_MAX => {
                Some(format!("the interface did not start within {} s", self.runs.as_secs()))
            }
            _ => None,
        }
    }
}

/// Signs of life of the interface: those that the loop that draws gives, and nothing else. Its other threads ask things too,
/// and go on asking when that loop hangs.
#[derive(Clone, Copy, Debug)]
pub struct Signs {
    started: Instant,
    heard: Option<Instant>,
    /// Since when a call is being answered. The loop may be what waits for it.
    answering: Option<Instant>,
}

impl Signs {
    /// Of an interface that is started now.
    pub const fn new(now: Instant) -> Self {
        Self { started: now, heard: None, answering: None }
    }

    /// The loop says that it goes on.
    pub fn alive(&mut self, now: Instant) {
        self.heard = Some(now);
    }

    /// A call is being answered from now on.
    pub fn asked(&mut self, now: Instant) {
        self.answering = Some(now);
    }

    /// It was answered: for so long the loop may have waited for it.
    pub fn answered(&mut self, now: Instant) {
        let took = self.answering.take().map_or(Duration::ZERO, |asked| now.saturating_duration_since(asked));
        self.heard = self.heard.map(|heard| heard.checked_add(took).map_or(now, |later| later.min(now)));
    }

    /// What is known at a moment.
    pub fn pulse(&self, now: Instant) -> Pulse {
        let since = |then: Instant| now.saturating_duration_since(then);
        Pulse { runs: since(self.started), silent: self.heard.map(since), answering: self.answering.map(since) }
    }
}

/// Starts everything and watches it until it ends.
pub fn run(house: &Arc<Household>) -> End {
    match watch(house) {
        Ok(end) => end,
        Err(e) => End::Stop(format!("a part of this machine could not be started ({e})")),
    }
}

fn watch(house: &Arc<Household>) -> io::Result<End> {
    plugs::give_built_in(Path::new("/sys"));
    guarded(house, "USB", |house| plugs::watch(house, Path::new("/sys")))?;
    let (mut interface, socket) = Running::start(Part::Interface, "")?;
    *lock(&house.interface) = interface.number();
    *lock(&house.signs) = Signs::new(Instant::now());
    listen(house, socket)?;
    loop {
        house.reap();
        collect(house, &interface);
        if house.off.load(Ordering::Acquire) {
            interface.end();
            return Ok(End::PowerOff);
        }
        if let Some(ended) = interface.ended() {
            return Ok(End::Stop(of_ended(&ended)));
        }
        if let Some(why) = lock(&house.broken).clone().or_else(|| hung(house)) {
            interface.end();
            return Ok(End::Stop(why));
        }
        thread::sleep(EVERY);
    }
}

fn of_ended(ended: &Ended) -> String {
    match ended {
        Ended::Broke(why) => format!("the interface broke down: {why}"),
        Ended::Quietly => String::from("the interface ended by itself"),
        Ended::Dropped => String::from("the first process lost the interface"),
    }
}

fn hung(house: &Household) -> Option<String> {
    lock(&house.signs).pulse(Instant::now()).hung()
}

/// Takes up processes whose parent ended: the kernel gives them to the first one.
fn collect(house: &Household, interface: &Running) {
    use nix::sys::wait::{Id, WaitPidFlag, WaitStatus, waitid, waitpid};
    let flags = WaitPidFlag::WEXITED | WaitPidFlag::WNOHANG | WaitPidFlag::WNOWAIT;
    let Ok(WaitStatus::Exited(pid, _) | WaitStatus::Signaled(pid, ..)) = waitid(Id::All, flags) else { return };
    let number = u32::try_from(pid.as_raw()).unwrap_or_default();
    let ours = number == interface.number() || lock(&house.children).iter().any(|child| child.number() == number);
    if !ours {
        // It ended: this only takes it off the kernel's list.
        let _ = waitpid(pid, Some(WaitPidFlag::WNOHANG));
    }
}

/// Two threads: one hears, so that a sign of life never waits for an answer; one answers.
fn listen(house: &Arc<Household>, socket: UnixStream) -> io::Result<()> {
    let answers = socket.try_clone()?;
    answers.set_write_timeout(Some(SILENCE_MAX))?;
    let (calls, waiting) = sync_channel(CALLS_WAITING);
    guarded(house, "listening", move |house| hear(house, &socket, &calls))?;
    guarded(house, "answering", move |house| reply(house, &answers, &waiting))
}

fn hear(house: &Household, socket: &UnixStream, calls: &SyncSender<(u32, Call)>) {
    loop {
        let frame = match wire::receive(socket, None) {
            Ok((frame, _)) => frame,
            // The interface closed its end, or broke off inside of a message: it ends, which is noticed elsewhere.
            Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => return,
            Err(e) => return stop(house, format!("the interface cannot be heard: {e}")),
        };
        match Call::decode(&frame) {
            Ok((_, Call::Alive)) => Answers(house).alive(),
            Ok((_, Call::PowerOff)) => Answers(house).power_off(),
            Ok(call) => {
                if calls.send(call).is_err() {
                    return;
                }
            }
            Err(e) => return stop(house, format!("the interface sent {e}")),
        }
    }
}

fn reply(house: &Household, socket: &UnixStream, calls: &Receiver<(u32, Call)>) {
    while let Ok((number, call)) = calls.recv() {
        lock(&house.signs).asked(Instant::now());
        let sent = answer(socket, number, call, &mut Answers(house));
        lock(&house.signs).answered(Instant::now());
        // One that no longer takes answers ends, which is noticed elsewhere, or is silent.
        if sent.is_err() {
            return;
        }
    }
}

fn stop(house: &Household, why: String) {
    lock(&house.broken).get_or_insert(why);
}

/// Runs a thread whose panic stops the machine safely, instead of leaving it without that part.
fn guarded(
    house: &Arc<Household>,
    name: &'static str,
    work: impl FnOnce(&Household) + Send + 'static,
) -> io::Result<()> {
    let house = house.clone();
    let run = move || {
        let done = catch_unwind(AssertUnwindSafe(|| work(&house)));
        if let Err(panic) = done {
            stop(&house, format!("a part of the first process ({name}) broke down: {}", words(&panic)));
        }
    };
    thread::Builder::new().name(name.into()).spawn(run).map(drop)
}

/// What a panic says.
pub fn words(panic: &Box<dyn Any + Send>) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
    vitrine_review::escape(&text.unwrap_or_else(|| String::from("without words")))
}
