//! What workers are asked to do, and what they report.

use std::sync::Arc;

use vitrine_ceremony::{Askings, Folder, NotSigned, Recognised, Returned, SignOrder};
use vitrine_device::{Answer, DeviceScreen, Identity, Prompt};
use vitrine_qr::{LumaFrame, Modules, Payload, Point, Progress, Quality, ReadBack, Received};

use super::{Check, Failed, Found, Notice};

/// What a worker is asked to do. Starting a job ends the one of the same kind before it.
#[derive(Debug)]
pub enum Command {
    /// Look for cameras and hardware wallets.
    Probe,
    /// Read pictures of this camera until a request is complete.
    Scan {
        /// Id of the camera.
        camera: String,
    },
    /// Leave the camera.
    EndScan,
    /// Have this hardware wallet sign.
    Sign {
        /// The order of the session.
        order: SignOrder,
        /// Id of the device.
        device: String,
    },
    /// Ask this hardware wallet who it is, and what of the folder belongs to it.
    Recognise {
        /// Id of the device.
        device: String,
        /// The folder, if there is one.
        folder: Option<Box<Folder>>,
    },
    /// End the exchange with the hardware wallet; what it says then is still taken.
    Cancel,
    /// Pass this answer on to the device.
    Answer(Answer),
    /// Leave the hardware wallet; what it still returns is not taken.
    EndSign,
    /// Draw the codes of this payload and read them back.
    Prepare {
        /// What the codes carry.
        payload: Payload,
        /// Bytes a part.
        fragment_len: usize,
    },
    /// Keep these bytes under this name.
    Save {
        /// File name.
        name: String,
        /// Content.
        bytes: Vec<u8>,
    },
}

/// What one picture of the camera gave.
#[derive(Clone, Debug)]
pub struct ScanReport {
    /// The picture.
    pub picture: Arc<LumaFrame>,
    /// Corners of the code found in it, in pixels of the picture.
    pub corners: Vec<Point>,
    /// How well it can be read.
    pub quality: Quality,
    /// What the code gave, if one was found.
    pub received: Option<Received>,
    /// What is known of the request.
    pub progress: Progress,
}

/// What the exchange with a hardware wallet gave.
#[derive(Debug)]
pub enum SignReport {
    /// The device is open, and will show these screens.
    Ready {
        /// Model and firmware.
        identity: Identity,
        /// Its screens in order.
        screens: Vec<DeviceScreen>,
        /// How often it will be asked for its signatures.
        askings: Askings,
    },
    /// The device asks for the person.
    Asks(Prompt),
    /// The device is done.
    Done(Result<Returned, NotSigned>),
}

/// Codes that were read back by the independent reader.
#[derive(Clone, Debug)]
pub struct Prepared {
    /// The codes in the order in which they are shown.
    pub codes: Vec<Modules>,
    /// How many of them, from the first, carry one part each; the others mix parts.
    pub pure: usize,
    /// Bytes a part.
    pub fragment_len: usize,
    /// The proof.
    pub read_back: ReadBack,
}

/// What a worker reports.
#[derive(Debug)]
pub enum Report {
    /// Cameras and hardware wallets, or why they cannot be listed.
    Probed {
        /// The cameras.
        cameras: Result<Vec<Found>, String>,
        /// The hardware wallets.
        devices: Result<Vec<Found>, String>,
    },
    /// The camera is open, and says what it is.
    CameraOpened(String),
    /// One picture was read.
    Scanned(Box<ScanReport>),
    /// The request is complete.
    Arrived(Payload),
    /// The film is over, or the camera is gone: a sentence.
    ScanEnded(String),
    /// The hardware wallet.
    Sign(SignReport),
    /// A hardware wallet asks something before it says who it is.
    Asked(Prompt),
    /// Something is known against the hardware wallet that is about to sign.
    Advised {
        /// Model, firmware and app.
        device: String,
        /// Each in a sentence.
        problems: Vec<&'static str>,
    },
    /// A hardware wallet said who it is, or why not.
    Recognised {
        /// Id of the device.
        device: String,
        /// What it said; why not, and what to do.
        result: Result<Box<Recognised>, Failed>,
    },
    /// The hardware wallet cannot be used: a sentence.
    NoDevice(String),
    /// Codes are drawn and read back, or why not.
    Prepared(Result<Box<Prepared>, String>),
    /// Where bytes were kept, or why not.
    Saved {
        /// File name.
        name: String,
        /// The path, or a sentence.
        place: Result<String, String>,
    },
    /// The keyboard has this layout now: its name, as it is shown.
    Layout(&'static str),
    /// What happened to the machine, all of it since the start.
    Noticed(Vec<Notice>),
    /// What the self-test found, or why it could not run.
    SelfTested(Result<Vec<Check>, String>),
    /// A worker ended without a word: its thread panicked.
    Crashed(&'static str),
}
