//! Calls and answers as bytes. Integers are little-endian; texts and bytes carry their length, lists their count.
//!
//! Both sides read what the other writes as hostile: nothing is allocated that has not come.

use std::fmt;

/// The largest file that is saved, in bytes.
pub const FILE_MAX: usize = 8 * 1024 * 1024;
/// The largest ceremony folder, in bytes over all files.
pub const FOLDER_MAX: usize = 16 * 1024 * 1024;
/// The most notices that are kept.
pub const NOTICES_MAX: usize = 64;
/// Path and content of each file of a folder.
pub type Files = Vec<(String, Vec<u8>)>;

/// The most entries of any list.
const LIST_MAX: usize = 1024;

/// One property of the running system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// What must hold.
    pub property: String,
    /// Whether it does.
    pub passed: bool,
    /// What was looked at and found.
    pub seen: String,
}

/// Something that happened, for the screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// What happened.
    pub text: String,
    /// What to do now.
    pub next: String,
}

/// What the interface asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Call {
    /// Which cameras are there.
    Cameras,
    /// Which wallets are there.
    Wallets,
    /// A socket to a child for this camera.
    OpenCamera(String),
    /// A socket to a child for this wallet.
    OpenWallet(String),
    /// Keep a file of the session.
    Save {
        /// One of the session's file names.
        name: String,
        /// What it holds.
        bytes: Vec<u8>,
    },
    /// The ceremony folder.
    Folder,
    /// Look at the running system.
    SelfTest,
    /// What happened.
    Notices,
    /// The interface lives; no answer.
    Alive,
    /// Switch off; no answer.
    PowerOff,
}

/// What the first process answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// In words, why not.
    Refused(String),
    /// Identifier and name of each device.
    Devices(Vec<(String, String)>),
    /// The socket is beside the frame.
    Cable,
    /// Where a file is kept.
    Said(String),
    /// Path and content of each file.
    Folder(Option<Files>),
    /// The self-test.
    Checks(Vec<Check>),
    /// What happened.
    Notices(Vec<Notice>),
}

/// Bytes that are no message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Malformed {
    /// They end early.
    Short,
    /// They go on after the message.
    Long,
    /// A text is not UTF-8.
    Text,
    /// A list has too many entries.
    Count(usize),
    /// No message has this number.
    Kind(u8),
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Malformed::Short => write!(f, "a message that ends early"),
            Malformed::Long => write!(f, "a message with bytes after its end"),
            Malformed::Text => write!(f, "a text that is not UTF-8"),
            Malformed::Count(count) => write!(f, "a list of {count} entries"),
            Malformed::Kind(kind) => write!(f, "a message of the unknown kind {kind}"),
        }
    }
}

impl Call {
    /// The call as the call `number`.
    pub fn encode(&self, number: u32) -> Vec<u8> {
        let mut out = number.to_le_bytes().to_vec();
        let kind = match self {
            Call::Cameras => 0,
            Call::Wallets => 1,
            Call::OpenCamera(_) => 2,
            Call::OpenWallet(_) => 3,
            Call::Save { .. } => 4,
            Call::Folder => 5,
            Call::SelfTest => 6,
            Call::Notices => 7,
            Call::Alive => 8,
            Call::PowerOff => 9,
        };
        out.push(kind);
        match self {
            Call::OpenCamera(id) | Call::OpenWallet(id) => put(&mut out, id.as_bytes()),
            Call::Save { name, bytes } => {
                put(&mut out, name.as_bytes());
                put(&mut out, bytes);
            }
            _ => {}
        }
        out
    }

    /// Number and call.
    ///
    /// # Errors
    ///
    /// The bytes are not exactly one call.
    pub fn decode(bytes: &[u8]) -> Result<(u32, Call), Malformed> {
        let mut rest = Rest(bytes);
        let number = rest.number()?;
        let call = match rest.byte()? {
            0 => Call::Cameras,
            1 => Call::Wallets,
            2 => Call::OpenCamera(rest.text()?),
            3 => Call::OpenWallet(rest.text()?),
            4 => Call::Save { name: rest.text()?, bytes: rest.bytes()?.to_vec() },
            5 => Call::Folder,
            6 => Call::SelfTest,
            7 => Call::Notices,
            8 => Call::Alive,
            9 => Call::PowerOff,
            kind => return Err(Malformed::Kind(kind)),
        };
        rest.end()?;
        Ok((number, call))
    }
}

impl Answer {
    /// The answer to the call `number`.
    pub fn encode(&self, number: u32) -> Vec<u8> {
        let mut out = number.to_le_bytes().to_vec();
        match self {
            Answer::Refused(words) => put_as(&mut out, 0, &[words.as_bytes()]),
            Answer::Devices(list) => {
                out.push(1);
                put_list(&mut out, list, |out, (id, name)| put_all(out, &[id.as_bytes(), name.as_bytes()]));
            }
            Answer::Cable => out.push(2),
            Answer::Said(words) => put_as(&mut out, 3, &[words.as_bytes()]),
            Answer::Folder(None) => out.push(4),
            Answer::Folder(Some(files)) => {
                out.push(5);
                put_list(&mut out, files, |out, (path, bytes)| put_all(out, &[path.as_bytes(), bytes]));
            }
            Answer::Checks(checks) => {
                out.push(6);
                put_list(&mut out, checks, |out, c| {
                    put_all(out, &[c.property.as_bytes(), c.seen.as_bytes()]);
                    out.push(u8::from(c.passed));
                });
            }
            Answer::Notices(notices) => {
                out.push(7);
                put_list(&mut out, notices, |out, n| put_all(out, &[n.text.as_bytes(), n.next.as_bytes()]));
            }
        }
        out
    }

    /// Number of the call, and its answer.
    ///
    /// # Errors
    ///
    /// The bytes are not exactly one answer.
    pub fn decode(bytes: &[u8]) -> Result<(u32, Answer), Malformed> {
        let mut rest = Rest(bytes);
        let number = rest.number()?;
        let answer = match rest.byte()? {
            0 => Answer::Refused(rest.text()?),
            1 => Answer::Devices(rest.list(|r| Ok((r.text()?, r.text()?)))?),
            2 => Answer::Cable,
            3 => Answer::Said(rest.text()?),
            4 => Answer::Folder(None),
            5 => Answer::Folder(Some(rest.list(|r| Ok((r.text()?, r.bytes()?.to_vec())))?)),
            6 => Answer::Checks(rest.list(check)?),
            7 => Answer::Notices(rest.list(|r| Ok(Notice { text: r.text()?, next: r.text()? }))?),
            kind => return Err(Malformed::Kind(kind)),
        };
        rest.end()?;
        Ok((number, answer))
    }

    /// What the answer is about, for messages.
    pub fn kind(&self) -> &'static str {
        match self {
            Answer::Refused(_) => "a refusal",
            Answer::Devices(_) => "devices",
            Answer::Cable => "a socket",
            Answer::Said(_) => "a place",
            Answer::Folder(_) => "a ceremony folder",
            Answer::Checks(_) => "a self-test",
            Answer::Notices(_) => "notices",
        }
    }
}

fn check(rest: &mut Rest<'_>) -> Result<Check, Malformed> {
    let (property, seen) = (rest.text()?, rest.text()?);
    let passed = match rest.byte()? {
        0 => false,
        1 => true,
        other => return Err(Malformed::Kind(other)),
    };
    Ok(Check { property, passed, seen })
}

/// A length beyond four bytes is written as the largest, which no frame can carry: the reader refuses it.
fn put(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend(u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_le_bytes());
    out.extend(bytes);
}

fn put_all(out: &mut Vec<u8>, parts: &[&[u8]]) {
    parts.iter().for_each(|part| put(out, part));
}

fn put_as(out: &mut Vec<u8>, kind: u8, parts: &[&[u8]]) {
    out.push(kind);
    put_all(out, parts);
}

fn put_list<T>(out: &mut Vec<u8>, list: &[T], put_one: impl Fn(&mut Vec<u8>, &T)) {
    out.extend(u32::try_from(list.len()).unwrap_or(u32::MAX).to_le_bytes());
    list.iter().for_each(|one| put_one(out, one));
}

/// What of a message is not read yet.
struct Rest<'a>(&'a [u8]);

impl<'a> Rest<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], Malformed> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or(Malformed::Short)?;
        self.0 = rest;
        Ok(taken)
    }

    fn byte(&mut self) -> Result<u8, Malformed> {
        let (first, rest) = self.0.split_first().ok_or(Malformed::Short)?;
        self.0 = rest;
        Ok(*first)
    }

    fn number(&mut self) -> Result<u32, Malformed> {
        let bytes = self.take(4)?.try_into().map_err(|_| Malformed::Short)?;
        Ok(u32::from_le_bytes(bytes))
    }

    fn length(&mut self) -> Result<usize, Malformed> {
        usize::try_from(self.number()?).map_err(|_| Malformed::Short)
    }

    fn bytes(&mut self) -> Result<&'a [u8], Malformed> {
        let length = self.length()?;
        self.take(length)
    }

    fn text(&mut self) -> Result<String, Malformed> {
        std::str::from_utf8(self.bytes()?).map(String::from).map_err(|_| Malformed::Text)
    }

    fn list<T>(&mut self, one: impl Fn(&mut Self) -> Result<T, Malformed>) -> Result<Vec<T>, Malformed> {
        let count = self.length()?;
        if count > LIST_MAX {
            return Err(Malformed::Count(count));
        }
        (0..count).map(|_| one(self)).collect()
    }

    fn end(&self) -> Result<(), Malformed> {
        if self.0.is_empty() { Ok(()) } else { Err(Malformed::Long) }
    }
}
