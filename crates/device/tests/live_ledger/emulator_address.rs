//! Where the emulator of a Ledger listens, and which app is open there: the same two names for every app.

use std::env;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// One client at a time.
static ALONE: Mutex<()> = Mutex::new(());

/// What the environment names.
pub enum Named {
    Nothing,
    /// The app that is open is not the one these cases are for; in words.
    Another(String),
    Emulator(Emulated),
}

/// An emulator with the wanted app open, for this client alone.
pub struct Emulated {
    /// Takes commands.
    pub tcp: SocketAddr,
    /// Tells what is on the screen, and presses buttons.
    pub api: SocketAddr,
    alone: MutexGuard<'static, ()>,
}

impl Emulated {
    pub fn into_lock(self) -> MutexGuard<'static, ()> {
        self.alone
    }
}

/// `VITRINE_LEDGER_TCP` and `VITRINE_LEDGER_API`, each `ADDRESS:PORT`, if one of these apps is open there.
pub fn named(apps: &[&str]) -> Named {
    let address = |name: &str| env::var(name).ok().map(|text| text.parse::<SocketAddr>().expect("ADDRESS:PORT"));
    let Some(tcp) = address("VITRINE_LEDGER_TCP") else { return Named::Nothing };
    let api = address("VITRINE_LEDGER_API").expect("VITRINE_LEDGER_API says who presses the buttons");
    let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let open = open_app(tcp);
    if apps.contains(&open.as_str()) {
        return Named::Emulator(Emulated { tcp, api, alone });
    }
    Named::Another(format!("skipped: these are cases of the app {}, and {open} is open at {tcp}", apps.join(" or ")))
}

/// Asks the operating system (`B0 01`). What a client before this one left in the middle may be answered first.
fn open_app(tcp: SocketAddr) -> String {
    let mut stream = TcpStream::connect(tcp).expect("an emulator at VITRINE_LEDGER_TCP");
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    for _ in 0..4 {
        stream.write_all(&[0, 0, 0, 5, 0xb0, 0x01, 0, 0, 0]).unwrap();
        let mut length = [0; 4];
        stream.read_exact(&mut length).expect("an answer from the emulator");
        let mut answer = vec![0; usize::try_from(u32::from_be_bytes(length)).unwrap() + 2];
        stream.read_exact(&mut answer).unwrap();
        if answer.ends_with(&[0x90, 0x00]) {
            let size = usize::from(answer[1]);
            return String::from_utf8(answer[2..2 + size].to_vec()).unwrap();
        }
    }
    panic!("the emulator at {tcp} does not say which app is open");
}
