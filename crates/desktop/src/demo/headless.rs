//! The demo without a window: runs to the end, keeps pictures, prints where everything is and how long it took.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use vitrine_app::DemoPace;
use vitrine_app::headless::Stage;
use vitrine_qr::Modules;

use super::film::Pace;
use super::{FRAGMENT, PARTS_PER_SECOND, Play, Stages, app};
use crate::cli::Demo;
use crate::failure::{Failure, Kind};
use crate::{files, outputs};

/// What lies between the picture before and this one, in words.
const STAGES: [(&str, &str); 8] = [
    ("01-open", "folder checked, camera and wallet found"),
    ("02-scan", "half of the parts filmed and read"),
    ("03-review", "the rest read, decoded, proven, reviewed"),
    ("04-fields", "most fields looked at"),
    ("05-compare", "all fields seen, cautions acknowledged"),
    ("06-sign", "digest approved, device asks"),
    ("07-present", "signed, verified, scripts run, QR read back"),
    ("08-record", "record closed and kept"),
];

/// Plays the session on a stage of 1280 x 800 pixels.
pub(super) fn run(
    args: &Demo,
    play: &Play,
    codes: Vec<Modules>,
    mut paths: Vec<PathBuf>,
    mut stages: Stages,
) -> Result<(), Failure> {
    let app = app(args, play, Pace::Unpaced, codes, DemoPace::Instant)?;
    let mut stage = Stage::new(app, 1280, 800, 1.0);
    let mut pictures = Vec::new();
    let mut since = Instant::now();
    let played = stage.play(|name, png| {
        stages.add(words(name), since.elapsed());
        pictures.push((name.to_owned(), png.to_vec()));
        since = Instant::now();
    });
    for (name, png) in pictures {
        let path = args.out.join("screens").join(name + ".png");
        files::write(&path, &png)?;
        paths.push(path);
    }
    played.map_err(|reason| Failure::new(Kind::Internal, reason))?;
    let session = &stage.app().model().session;
    paths.extend(stages.run("results written", || outputs::session(&args.out, session, FRAGMENT, PARTS_PER_SECOND))?);
    report(&paths, &stages, session)
}

fn words(name: &str) -> &'static str {
    STAGES.iter().find(|(picture, _)| *picture == name).map_or("screen", |(_, words)| words)
}

fn report(paths: &[PathBuf], stages: &Stages, session: &vitrine_ceremony::Session) -> Result<(), Failure> {
    stages.print();
    println!("{:<44}{:>9} ms", "all", stages.total().as_millis());
    outputs::report(paths, session);
    match session.result() {
        Some(_) => Ok(()),
        None => Err(Failure::new(Kind::Refused, format!("nothing was signed: {}", session.refusals().join(" ")))),
    }
}

impl Stages {
    fn total(&self) -> Duration {
        self.0.iter().map(|(_, took)| *took).sum()
    }
}
