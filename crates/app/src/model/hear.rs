//! What a worker's report means.

use vitrine_ceremony::{NotSigned, Returned, Stage};
use vitrine_qr::Payload;

use super::{Ask, Command, Failed, Model, Prepared, Reading, Report, Route, SignReport};

impl Model {
    /// Takes a report and says what the workers have to do next.
    pub fn hear(&mut self, report: Report) -> Vec<Command> {
        if self.stopped.is_some() {
            return Vec::new();
        }
        match report {
            Report::Probed { cameras, devices } => {
                self.open.cameras = Some(cameras);
                self.open.devices = Some(devices);
            }
            Report::CameraOpened(name) => self.scan.camera = Some(name),
            Report::Scanned(report) if self.route == Route::Scan => self.scan.hear(*report, self.now_ms),
            Report::Scanned(_) => {}
            Report::Arrived(payload) => return self.arrived(&payload),
            Report::ScanEnded(why) => self.scan.end(why),
            Report::Sign(SignReport::Done(returned)) => return self.signed(returned),
            Report::Sign(SignReport::Asks(prompt)) => {
                let commands = self.asked(&prompt);
                self.sign.hear(&SignReport::Asks(prompt));
                return commands;
            }
            Report::Sign(report) => self.sign.hear(&report),
            Report::Asked(prompt) => return self.asked(&prompt),
            Report::Advised { device, problems } => {
                self.ask = Some(Ask::Advisories { device, problems, reading: Reading::default() });
            }
            Report::Recognised { device, result } => {
                self.ask = None;
                self.open.asking = None;
                self.open.recognised.insert(device, result.map(|recognised| *recognised));
            }
            Report::NoDevice(why) => self.sign.failed = Some(Failed::plain(why)),
            Report::Prepared(prepared) => self.prepared(prepared),
            Report::Saved { name, place } => {
                self.record.saved.insert(name, place);
            }
            Report::Layout(name) => {
                if let Some(machine) = &mut self.machine {
                    machine.layout = name;
                }
            }
            Report::Noticed(notices) => self.noticed(notices),
            Report::SelfTested(checks) => {
                if let Some(machine) = &mut self.machine {
                    machine.checks = Some(checks);
                }
            }
            Report::Crashed(what) => self.stop(format!("the part that {what} broke down")),
        }
        Vec::new()
    }

    fn arrived(&mut self, payload: &Payload) -> Vec<Command> {
        if self.route != Route::Scan || self.session.stage() != Stage::Opened {
            return Vec::new();
        }
        let at = self.at();
        match self.session.receive(payload, at).map(|_| ()) {
            Ok(()) => self.begin_review(),
            Err(error) => self.scan.ended = Some(error.to_string()),
        }
        vec![Command::EndScan]
    }

    fn signed(&mut self, returned: Result<Returned, NotSigned>) -> Vec<Command> {
        if self.session.stage() != Stage::Approved {
            return Vec::new();
        }
        let at = self.at();
        self.ask = None;
        match self.session.signed(returned, at) {
            Ok(signed) => {
                let payload = signed.payload().clone();
                let save =
                    |(name, bytes): &(&str, Vec<u8>)| Command::Save { name: (*name).to_owned(), bytes: bytes.clone() };
                let mut commands: Vec<Command> = signed.files().iter().map(save).collect();
                self.order = None;
                self.present.payload = Some(payload);
                self.route = Route::Present;
                self.review.back = None;
                commands.extend(self.prepare());
                commands
            }
            Err(error) => {
                self.sign.failed = Some(Failed::from(&error));
                self.route = Route::Sign;
                self.review.back = None;
                Vec::new()
            }
        }
    }

    fn prepared(&mut self, prepared: Result<Box<Prepared>, String>) {
        if self.route != Route::Present && self.review.back != Some(Route::Present) {
            return;
        }
        let at = self.at();
        match prepared {
            Ok(prepared) if prepared.fragment_len == self.present.fragment_len() => {
                match self.session.presented(&prepared.read_back, at) {
                    Ok(()) => self.present.start(*prepared, self.now_ms),
                    Err(error) => self.present.failed = Some(error.to_string()),
                }
            }
            Ok(_) => {}
            Err(why) => self.present.failed = Some(why),
        }
    }
}
