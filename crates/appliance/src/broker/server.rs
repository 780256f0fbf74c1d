//! The first process's end.

use std::io;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;

use super::message::{Answer, Call, Check, Files, Notice};
use super::wire;

/// What the first process does for the interface. An `Err` is in words for the screen.
pub trait Serve {
    /// Identifier and name of each camera that was let in.
    fn cameras(&mut self) -> Result<Vec<(String, String)>, String>;
    /// Identifier and name of each wallet that was let in.
    fn wallets(&mut self) -> Result<Vec<(String, String)>, String>;
    /// Starts a child for a camera; the interface's end of its socket.
    fn open_camera(&mut self, id: &str) -> Result<UnixStream, String>;
    /// Starts a child for a wallet; the interface's end of its socket.
    fn open_wallet(&mut self, id: &str) -> Result<UnixStream, String>;
    /// Keeps a file; says where.
    fn save(&mut self, name: &str, bytes: Vec<u8>) -> Result<String, String>;
    /// The ceremony folder.
    fn folder(&mut self) -> Result<Option<Files>, String>;
    /// The self-test.
    fn self_test(&mut self) -> Result<Vec<Check>, String>;
    /// What happened.
    fn notices(&mut self) -> Vec<Notice>;
    /// The interface lives.
    fn alive(&mut self);
    /// Switches off.
    fn power_off(&mut self);
}

/// Answers until the interface closes its socket (`Ok`) or says what is no call.
///
/// # Errors
///
/// What came is no call, or an answer cannot be sent.
pub fn serve(socket: &UnixStream, server: &mut impl Serve) -> io::Result<()> {
    loop {
        let frame = match wire::receive(socket, None) {
            Ok((frame, _)) => frame,
            Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => return Ok(()),
            Err(e) => return Err(e),
        };
        let (number, call) =
            Call::decode(&frame).map_err(|e| io::Error::new(io::ErrorKind::InvalidData, e.to_string()))?;
        answer(socket, number, call, server)?;
    }
}

/// Does what `call` asks and answers it.
///
/// # Errors
///
/// The answer cannot be sent.
pub fn answer(socket: &UnixStream, number: u32, call: Call, server: &mut impl Serve) -> io::Result<()> {
    let mut cable = None;
    let answer = match call {
        Call::Cameras => server.cameras().map(Answer::Devices),
        Call::Wallets => server.wallets().map(Answer::Devices),
        Call::OpenCamera(id) => server.open_camera(&id).map(|socket| attach(&mut cable, socket)),
        Call::OpenWallet(id) => server.open_wallet(&id).map(|socket| attach(&mut cable, socket)),
        Call::Save { name, bytes } => server.save(&name, bytes).map(Answer::Said),
        Call::Folder => server.folder().map(Answer::Folder),
        Call::SelfTest => server.self_test().map(Answer::Checks),
        Call::Notices => Ok(Answer::Notices(server.notices())),
        Call::Alive => {
            server.alive();
            return Ok(());
        }
        Call::PowerOff => {
            server.power_off();
            return Ok(());
        }
    };
    let answer = answer.unwrap_or_else(Answer::Refused);
    wire::send(socket, &answer.encode(number), cable.as_ref().map(AsFd::as_fd))
}

fn attach(cable: &mut Option<UnixStream>, socket: UnixStream) -> Answer {
    *cable = Some(socket);
    Answer::Cable
}
