//! Everything that may take long or hang, on threads of its own. The window never waits for any of it.
//!
//! Each job has its own bounded channel; dropping a job drops its receiver, so that a report of an old job never
//! arrives. A job that hangs in a driver is left alone: its thread ends when the driver lets go, and nobody listens.

mod prepare;
mod questions;
mod recognise;
mod scan;
mod sign;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{
    Receiver, RecvTimeoutError, Sender, SyncSender, TryRecvError, TrySendError, channel, sync_channel,
};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use vitrine_device::{Answer, Control};

use crate::model::{Command, Found, Report};
use crate::ports::Ports;

/// Reports that may wait for the window.
const REPORTS: usize = 4;
/// How long a window without a clock waits for a report.
const PATIENCE: Duration = Duration::from_secs(60);

/// Wakes the window when a report waits.
pub type Wake = Arc<dyn Fn() + Send + Sync>;

/// How reports meet the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pacing {
    /// A window shows the latest picture; pictures that it has no time for are dropped. Pictures come no faster than
    /// a camera gives them.
    Live,
    /// Without a window each report is waited for and taken, as fast as it comes.
    Every,
}

/// Who answers a device that waits for this machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hands {
    /// The device has its own button; the exchange goes on at once and waits for it there.
    OnDevice,
    /// A simulated device: the scripted person answers here.
    Here,
}

/// Ends the exchange with a device, once it is open.
type SharedControl = Arc<Mutex<Option<Control>>>;

type SharedPorts = Arc<Mutex<Box<dyn Ports>>>;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Probe,
    Scan,
    Sign,
    Recognise,
    Prepare,
    Save,
}

impl Kind {
    const fn what(self) -> &'static str {
        match self {
            Self::Probe => "looks for cameras and hardware wallets",
            Self::Scan => "reads the camera",
            Self::Sign => "talks to the hardware wallet",
            Self::Recognise => "asks the hardware wallet who it is",
            Self::Prepare => "draws the codes and reads them back",
            Self::Save => "keeps files",
        }
    }
}

/// Jobs that talk to a hardware wallet.
const EXCHANGES: [Kind; 2] = [Kind::Sign, Kind::Recognise];

struct Job {
    reports: Receiver<Report>,
    answers: Sender<Answer>,
    stop: Arc<AtomicBool>,
    control: SharedControl,
    waits_for_answer: bool,
}

impl Job {
    /// Ends an exchange with a device, wherever it waits: for the device, or for an answer of this machine.
    fn cancel(&mut self) {
        self.waits_for_answer = false;
        self.stop.store(true, Ordering::Relaxed);
        let _ = self.answers.send(Answer::Cancel);
        if let Some(control) = self.control.lock().unwrap_or_else(PoisonError::into_inner).as_ref() {
            control.cancel();
        }
    }
}

impl Drop for Job {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(control) = self.control.lock().unwrap_or_else(PoisonError::into_inner).as_ref() {
            control.cancel();
        }
    }
}

/// All jobs under way.
pub struct Workers {
    ports: SharedPorts,
    pacing: Pacing,
    hands: Hands,
    wake: Option<Wake>,
    jobs: BTreeMap<Kind, Job>,
    to_save: Vec<(String, Vec<u8>)>,
}

impl Workers {
    /// Workers that use these ports.
    pub fn new(ports: Box<dyn Ports>, pacing: Pacing, hands: Hands) -> Self {
        let ports = Arc::new(Mutex::new(ports));
        Self { ports, pacing, hands, wake: None, jobs: BTreeMap::new(), to_save: Vec::new() }
    }

    /// Says how to wake the window.
    pub fn wake_with(&mut self, wake: Wake) {
        self.wake.get_or_insert(wake);
    }

    /// Does what the model asks for.
    pub fn run(&mut self, command: Command) {
        match command {
            Command::Probe => self.start(Kind::Probe, |desk| desk.probe()),
            Command::Scan { camera } => self.start(Kind::Scan, move |desk| scan::run(&desk, &camera)),
            Command::EndScan => self.end(Kind::Scan),
            Command::Sign { order, device } => {
                let hands = self.hands;
                self.end(Kind::Recognise);
                self.start(Kind::Sign, move |desk| sign::run(desk, &order, &device, hands));
            }
            Command::Recognise { device, folder } => {
                let hands = self.hands;
                self.start(Kind::Recognise, move |desk| recognise::run(desk, &device, folder.as_deref(), hands));
            }
            Command::Cancel => EXCHANGES.iter().for_each(|kind| self.cancel(*kind)),
            Command::Answer(answer) => self.answer(answer),
            Command::EndSign => self.end(Kind::Sign),
            Command::Prepare { payload, fragment_len } => {
                self.start(Kind::Prepare, move |desk| prepare::run(&desk, &payload, fragment_len));
            }
            Command::Save { name, bytes } => {
                self.to_save.push((name, bytes));
                self.save_next();
            }
        }
    }

    /// Leaves every job.
    pub fn leave(&mut self) {
        self.jobs.clear();
    }

    fn end(&mut self, kind: Kind) {
        self.jobs.remove(&kind);
    }

    fn answer(&mut self, answer: Answer) {
        let asking = EXCHANGES.iter().find(|kind| self.jobs.contains_key(kind));
        if let Some(job) = asking.and_then(|kind| self.jobs.get_mut(kind)) {
            job.waits_for_answer = false;
            // The device may have gone meanwhile; its own report says so.
            let _ = job.answers.send(answer);
        }
    }

    fn cancel(&mut self, kind: Kind) {
        if let Some(job) = self.jobs.get_mut(&kind) {
            job.cancel();
        }
    }

    fn save_next(&mut self) {
        if self.jobs.contains_key(&Kind::Save) || self.to_save.is_empty() {
            return;
        }
        let (name, bytes) = self.to_save.remove(0);
        self.start(Kind::Save, move |desk| {
            let place = desk.ports().save(&name, &bytes);
            desk.say(Report::Saved { name, place });
        });
    }

    fn start(&mut self, kind: Kind, work: impl FnOnce(Desk) + Send + 'static) {
        let (sender, reports) = sync_channel(REPORTS);
        let (answers, questions) = channel();
        let stop = Arc::new(AtomicBool::new(false));
        let control = SharedControl::default();
        let desk = Desk {
            ports: Arc::clone(&self.ports),
            reports: sender,
            answers: questions,
            stop: Arc::clone(&stop),
            control: Arc::clone(&control),
            pacing: self.pacing,
            wake: self.wake.clone(),
        };
        let spawned = std::thread::Builder::new().name(kind.what().to_owned()).spawn(move || work(desk));
        self.jobs.insert(kind, Job { reports, answers, stop, control, waits_for_answer: false });
        // Without a thread the channel is closed, which the next poll reports as a crash: a safe stop.
        drop(spawned);
    }

    /// The reports that wait now. Without a window ([`Pacing::Every`]) it waits for at least one, if one can come.
    pub fn poll(&mut self) -> Vec<Report> {
        let mut heard = Vec::new();
        let kinds: Vec<Kind> = self.jobs.keys().copied().collect();
        for kind in kinds {
            self.poll_job(kind, &mut heard);
        }
        self.save_next();
        heard
    }

    fn poll_job(&mut self, kind: Kind, heard: &mut Vec<Report>) {
        let most = if self.pacing == Pacing::Live { REPORTS } else { 1 };
        for _ in 0..most {
            let Some(job) = self.jobs.get_mut(&kind) else { return };
            match next_report(job, self.pacing) {
                Next::Report(report) => {
                    let report = *report;
                    let last = ends(&report);
                    job.waits_for_answer = waits(&report, self.hands);
                    heard.push(report);
                    if last {
                        self.end(kind);
                    }
                }
                Next::Nothing => return,
                Next::Gone => {
                    heard.push(Report::Crashed(kind.what()));
                    self.end(kind);
                }
            }
        }
    }
}

enum Next {
    Report(Box<Report>),
    Nothing,
    Gone,
}

fn next_report(job: &Job, pacing: Pacing) -> Next {
    if pacing == Pacing::Live || job.waits_for_answer {
        return match job.reports.try_recv() {
            Ok(report) => Next::Report(Box::new(report)),
            Err(TryRecvError::Empty) => Next::Nothing,
            Err(TryRecvError::Disconnected) => Next::Gone,
        };
    }
    match job.reports.recv_timeout(PATIENCE) {
        Ok(report) => Next::Report(Box::new(report)),
        Err(RecvTimeoutError::Timeout) => Next::Nothing,
        Err(RecvTimeoutError::Disconnected) => Next::Gone,
    }
}

/// Whether a job has nothing more to say.
fn ends(report: &Report) -> bool {
    use crate::model::SignReport;
    matches!(
        report,
        Report::Probed { .. }
            | Report::Arrived(_)
            | Report::ScanEnded(_)
            | Report::Sign(SignReport::Done(_))
            | Report::Recognised { .. }
            | Report::NoDevice(_)
            | Report::Prepared(_)
            | Report::Saved { .. }
    )
}

/// Whether a job waits for an answer of this machine.
fn waits(report: &Report, hands: Hands) -> bool {
    use crate::model::SignReport;
    match report {
        Report::Sign(SignReport::Asks(prompt)) | Report::Asked(prompt) => questions::is_answered_here(prompt, hands),
        Report::Advised { .. } => true,
        _ => false,
    }
}

/// A job's side of the channels.
struct Desk {
    ports: SharedPorts,
    reports: SyncSender<Report>,
    answers: Receiver<Answer>,
    stop: Arc<AtomicBool>,
    control: SharedControl,
    pacing: Pacing,
    wake: Option<Wake>,
}

impl Desk {
    fn ports(&self) -> MutexGuard<'_, Box<dyn Ports>> {
        self.ports.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether somebody still wants this job.
    fn is_wanted(&self) -> bool {
        !self.stop.load(Ordering::Relaxed)
    }

    /// Says something that must arrive. A report to nobody is no error: the job was left.
    fn say(&self, report: Report) {
        let _ = self.reports.send(report);
        self.wake();
    }

    /// Shows a picture, or drops it if the window has no time for it.
    fn show(&self, report: Report) {
        match self.pacing {
            Pacing::Every => self.say(report),
            Pacing::Live => match self.reports.try_send(report) {
                Ok(()) | Err(TrySendError::Full(_)) => self.wake(),
                Err(TrySendError::Disconnected(_)) => self.stop.store(true, Ordering::Relaxed),
            },
        }
    }

    fn wake(&self) {
        if let Some(wake) = &self.wake {
            wake();
        }
    }

    fn probe(self) {
        let found = |list: Vec<(String, String)>| list.into_iter().map(|(id, name)| Found { id, name }).collect();
        let cameras = self.ports().cameras().map(found);
        let devices = self.ports().devices().map(found);
        self.say(Report::Probed { cameras, devices });
    }
}
