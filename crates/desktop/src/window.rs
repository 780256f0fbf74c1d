//! The window: eframe around the application.

use std::path::PathBuf;

use eframe::egui;
use vitrine_app::{App, AppOptions, Theme};
use vitrine_ceremony::Session;

use crate::cli::Window;
use crate::commands::record;
use crate::failure::{Failure, Kind};
use crate::{files, outputs, ports};

/// Payload bytes in each part, and parts a second, of the animated QR kept as a file.
const FRAGMENT: usize = 200;
const PARTS_PER_SECOND: u32 = 8;

/// Opens the window of a signer.
pub(crate) fn run(args: &Window) -> Result<(), Failure> {
    if !has_display() {
        let what = "there is no display. Use a command (`vitrine --help`), or start it where DISPLAY or WAYLAND_DISPLAY is set";
        return Err(Failure::new(Kind::Usage, what));
    }
    let folder = args.ceremony.as_deref().map(files::ceremony_folder).transpose()?;
    let (memory, head) = record::before(args.ceremony.as_deref(), &args.previous_record)?;
    let session = Session::open(folder, None, head, outputs::now())?.with_memory(memory);
    let options = AppOptions {
        theme: if args.light { Theme::Light } else { Theme::Dark },
        camera: args.camera.clone(),
        device: args.device.clone(),
        ..AppOptions::default()
    };
    // One folder a session: nothing of an earlier one is ever taken for this one's.
    let out = args.out.join(outputs::now().to_string());
    let machine = ports::Machine { out: out.clone() };
    open(App::new(Box::new(machine), session, options), out)
}

/// Whether a window can be opened here.
pub(crate) fn has_display() -> bool {
    ["DISPLAY", "WAYLAND_DISPLAY"].iter().any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()))
}

/// Shows the application until the window is closed, then keeps what the session has come to.
pub(crate) fn open(app: App, out: PathBuf) -> Result<(), Failure> {
    let options = eframe::NativeOptions {
        viewport: egui::ViewportBuilder::default().with_inner_size([1280.0, 800.0]).with_title("Vitrine"),
        ..Default::default()
    };
    let shell = Shell { app, out };
    eframe::run_native("Vitrine", options, Box::new(|_| Ok(Box::new(shell)))).map_err(Failure::internal)
}

struct Shell {
    app: App,
    out: PathBuf,
}

impl eframe::App for Shell {
    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        self.app.ui(ui);
    }

    fn on_exit(&mut self, _gl: Option<&eframe::glow::Context>) {
        let session = &self.app.model().session;
        outputs::report_times(session.record());
        match outputs::session(&self.out, session, FRAGMENT, PARTS_PER_SECOND) {
            Ok(paths) => outputs::report(&paths, session),
            Err(failure) => eprintln!("vitrine: {failure}"),
        }
    }
}
