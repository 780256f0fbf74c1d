//! The export stick: found by its label, mounted without execution, written file by file.
//!
//! All of it happens in a thread of its own ([`Worker`]): a stick that hangs holds up nobody.

pub mod folder;
pub mod keep;
pub mod label;
pub mod names;

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use keep::{Folder, Keep, NotKept};
use label::LABEL;
use nix::mount::{MntFlags, MsFlags, mount, umount2};

use super::shared::lock;
use crate::broker::{Files, Notice};

/// Where the stick is mounted.
pub const STICK: &str = "/stick";
/// Its ceremony folder, and the image's.
const CEREMONY: &str = "ceremony";
const IMAGE_CEREMONY: &str = "/ceremony";
/// How long a caller waits for the stick.
const PATIENCE: Duration = Duration::from_secs(10);
/// Work that waits for the stick at most.
const WAITING_MAX: usize = 64;

/// What is asked of the stick's thread.
enum Job {
    /// Write what is kept; say how that went.
    Write(Sender<Result<String, String>>),
    /// Read the ceremony folder.
    Read(Sender<FolderRead>),
    /// A stick was let in, with this device; say whether it is the export stick.
    Came(String, Sender<Result<(), String>>),
    /// The stick is gone.
    Went,
}

type FolderRead = Result<Option<Files>, String>;

/// How mounting is done: the system's, or a test's.
pub trait Mounts: Send {
    /// Looks for the volume of the right label on a device such as `sda`, and mounts it.
    ///
    /// # Errors
    ///
    /// In words, why there is none.
    fn mount(&mut self, device: &str) -> Result<PathBuf, String>;

    /// Lets the volume go.
    fn unmount(&mut self);
}

/// The stick's thread, from outside.
#[derive(Clone, Debug)]
pub struct Worker {
    jobs: SyncSender<Job>,
    keep: Arc<Mutex<Keep>>,
}

impl Worker {
    /// Starts the thread; `tell` gets what people must know.
    ///
    /// # Errors
    ///
    /// No thread can be started.
    pub fn start(mounts: impl Mounts + 'static, tell: impl Fn(Notice) + Send + 'static) -> io::Result<Worker> {
        let (jobs, work) = sync_channel(WAITING_MAX);
        let keep = Arc::new(Mutex::new(Keep::default()));
        let inside =
            Inside { keep: keep.clone(), mounts: Box::new(mounts), tell: Box::new(tell), place: None, well: true };
        thread::Builder::new().name("stick".into()).spawn(move || inside.work(&work))?;
        Ok(Worker { jobs, keep })
    }

    /// Keeps a file; says where.
    ///
    /// # Errors
    ///
    /// In words: it is not kept, not even in memory.
    pub fn save(&self, name: &str, bytes: Vec<u8>) -> Result<String, String> {
        let kept = lock(&self.keep).keep(name, bytes);
        kept.map_err(|e| match e {
            NotKept::Name(name) => format!("no session leaves a file “{name}”"),
            NotKept::Full => {
                String::from("the memory for files of the session is full: plug in the export stick, then switch off")
            }
        })?;
        let in_memory = |why: &str| format!("{name}, in memory alone: {why}");
        match self.ask(Job::Write) {
            Some(Ok(folder)) => Ok(format!("{folder}/{name} on the export stick")),
            Some(Err(why)) => Ok(in_memory(&why)),
            None => Ok(in_memory("the export stick does not answer")),
        }
    }

    /// The ceremony folder, of the stick or else of the image.
    ///
    /// # Errors
    ///
    /// In words.
    pub fn folder(&self) -> FolderRead {
        self.ask(Job::Read).unwrap_or_else(|| Err(String::from("the export stick does not answer")))
    }

    /// A stick was let in; whether it is the export stick, within [`PATIENCE`].
    ///
    /// # Errors
    ///
    /// In words, why it is not.
    pub fn came(&self, device: &str) -> Result<(), String> {
        let unanswered = || Err(String::from("it does not answer"));
        self.ask(|answer| Job::Came(device.to_owned(), answer)).unwrap_or_else(unanswered)
    }

    /// The stick was pulled.
    pub fn went(&self) {
        // A queue that is full of work for a stick that hangs is emptied by its errors.
        let _ = self.jobs.try_send(Job::Went);
    }

    /// Looks into what is kept.
    pub fn kept<T>(&self, look: impl FnOnce(&Keep) -> T) -> T {
        look(&lock(&self.keep))
    }

    fn ask<T>(&self, job: impl FnOnce(Sender<T>) -> Job) -> Option<T> {
        let (answer, wait) = channel();
        self.jobs.try_send(job(answer)).ok()?;
        wait.recv_timeout(PATIENCE).ok()
    }
}

/// A stick that is mounted, and the session's folder on it.
struct Mounted {
    root: PathBuf,
    folder: String,
}

struct Inside {
    keep: Arc<Mutex<Keep>>,
    mounts: Box<dyn Mounts>,
    tell: Box<dyn Fn(Notice) + Send>,
    place: Option<Mounted>,
    /// Whether the last write went well: people are told once, not with every file.
    well: bool,
}

impl Inside {
    fn work(mut self, jobs: &Receiver<Job>) {
        // An answer that nobody waits for any more is dropped.
        while let Ok(job) = jobs.recv() {
            match job {
                Job::Write(answer) => drop(answer.send(self.write())),
                Job::Read(answer) => drop(answer.send(self.read())),
                Job::Came(device, answer) => drop(answer.send(self.came(&device))),
                Job::Went => self.went(),
            }
        }
    }

    fn write(&mut self) -> Result<String, String> {
        let Some(Mounted { root, folder }) = &self.place else {
            return Err(format!("no stick with the label {LABEL} is plugged in"));
        };
        match keep::write(&self.keep, &mut Folder::new(root), folder) {
            Ok(()) => {
                self.well = true;
                Ok(folder.clone())
            }
            Err((name, e)) => {
                let why = reason(&e);
                if std::mem::take(&mut self.well) {
                    let text = format!(
                        "{name} could not be written to the export stick: {why}. Everything is kept in memory."
                    );
                    let next = format!("Plug in another stick with the label {LABEL}: all is written to it.");
                    (self.tell)(Notice { text, next });
                }
                Err(why)
            }
        }
    }

    fn read(&self) -> FolderRead {
        if let Some(stick) = &self.place
            && let Some(files) = folder::read(&stick.root.join(CEREMONY))?
        {
            return Ok(Some(files));
        }
        folder::read(Path::new(IMAGE_CEREMONY))
    }

    fn came(&mut self, device: &str) -> Result<(), String> {
        if self.place.is_some() {
            return Err(String::from("another export stick is in use: pull it first"));
        }
        let root = self.mounts.mount(device)?;
        let Some(folder) = keep::free(&Folder::new(&root)) else {
            self.mounts.unmount();
            return Err(String::from("it holds too many sessions"));
        };
        self.place = Some(Mounted { root, folder });
        self.well = true;
        let waiting = lock(&self.keep).unwritten();
        if waiting > 0 && self.write().is_ok() {
            let text = format!("The export stick is here: {waiting} files that were in memory alone are on it now.");
            (self.tell)(Notice { text, next: String::from("Go on.") });
        }
        Ok(())
    }

    fn went(&mut self) {
        if self.place.take().is_none() {
            return;
        }
        self.mounts.unmount();
        lock(&self.keep).lost();
        (self.tell)(Notice {
            text: String::from("The export stick was pulled. The session goes on; its files are kept in memory."),
            next: format!("Plug in a stick with the label {LABEL}: all files of the session are written to it."),
        });
    }
}

fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::StorageFull => String::from("the stick is full"),
        io::ErrorKind::ReadOnlyFilesystem => String::from("the stick cannot be written"),
        _ => format!("the stick failed ({error})"),
    }
}

/// The system's mounts.
#[derive(Debug)]
pub struct System;

impl Mounts for System {
    fn mount(&mut self, device: &str) -> Result<PathBuf, String> {
        let volumes = [String::new(), "1".into(), "2".into(), "3".into(), "4".into()];
        let paths = volumes.map(|n| PathBuf::from(format!("/dev/{device}{n}")));
        let mut labels = Vec::new();
        for path in paths.iter().filter(|path| path.exists()) {
            let found = File::open(path).and_then(|mut file| label::label(&mut file));
            match found.map_err(|e| format!("it cannot be read: {e}"))? {
                Some(label) if label == LABEL => return attach(path),
                Some(label) => labels.push(format!("“{}”", vitrine_review::escape(&label))),
                None => {}
            }
        }
        match labels.is_empty() {
            true => Err(format!("it holds no FAT volume; the stick for export is a FAT one with the label {LABEL}")),
            false => Err(format!("its label is {}; the stick for export has the label {LABEL}", labels.join(", "))),
        }
    }

    fn unmount(&mut self) {
        // A stick that was pulled is let go without being asked.
        let _ = umount2(STICK, MntFlags::MNT_DETACH);
    }
}

fn attach(path: &Path) -> Result<PathBuf, String> {
    let flags = MsFlags::MS_NOEXEC | MsFlags::MS_NOSUID | MsFlags::MS_NODEV | MsFlags::MS_NOATIME;
    let options = "umask=0077,codepage=437,iocharset=utf8,shortname=mixed,errors=remount-ro";
    mount(Some(path), STICK, Some("vfat"), flags, Some(options)).map_err(|e| format!("it cannot be mounted: {e}"))?;
    Ok(PathBuf::from(STICK))
}
