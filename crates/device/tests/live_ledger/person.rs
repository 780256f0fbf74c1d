//! The person at an emulated Ledger: reads its screen and presses its buttons, over the emulator's HTTP interface.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use serde_json::{Value, json};
use vitrine_device::{Control, LedgerScreen};

/// What the person is about to do.
pub enum Wish {
    Approve,
    Refuse,
    /// As soon as the review is on the screen.
    CancelThenRefuse(Control),
}

/// Pages that end a review, or lead on to it, by how they begin.
const APPROVING: [&str; 6] =
    ["Blind signing ahead", "To accept risk", "Sign transaction", "Sign message", "Accept risk", "Confirm"];
const REFUSING: [&str; 2] = ["Reject", "Back to safety"];
/// Buttons of a touch screen.
const GOING_ON: [&str; 3] = ["Continue to blind signing", "Accept risk", "Confirm"];
const LEAVING: [&str; 4] = ["Yes, reject", "Back to safety", "Reject", "Close"];

const PAUSE: Duration = Duration::from_millis(80);
/// How often the screen is looked at before the person gives up: a minute or so.
const LOOKS: usize = 600;

struct Text {
    text: String,
    x: i64,
    y: i64,
}

struct Seat {
    api: SocketAddr,
    screen: LedgerScreen,
}

pub struct Person {
    gone: Arc<AtomicBool>,
    thread: JoinHandle<Vec<String>>,
}

impl Person {
    /// How large the emulated screen is.
    pub fn screen(api: SocketAddr) -> LedgerScreen {
        let picture = http(api, "GET /screenshot", "");
        let width = u32::from_be_bytes(picture[16..20].try_into().unwrap());
        if width <= 128 { LedgerScreen::Nano } else { LedgerScreen::Touch }
    }

    /// Leaves whatever is on the screen.
    pub fn go_home(api: SocketAddr, screen: LedgerScreen) {
        Seat { api, screen }.dismiss();
    }

    pub fn sit_down(api: SocketAddr, screen: LedgerScreen, wish: Wish) -> Self {
        let gone = Arc::new(AtomicBool::new(false));
        let watched = Arc::clone(&gone);
        let thread = thread::spawn(move || Seat { api, screen }.watch(wish, &watched));
        Self { gone, thread }
    }

    /// What was on the screen, page by page.
    pub fn leave(self) -> Vec<String> {
        self.gone.store(true, Ordering::SeqCst);
        self.thread.join().unwrap()
    }
}

impl Seat {
    fn watch(&self, wish: Wish, gone: &AtomicBool) -> Vec<String> {
        let (mut pages, mut same) = (Vec::new(), 0);
        for _ in 0..LOOKS * 10 {
            if gone.load(Ordering::SeqCst) && !matches!(wish, Wish::CancelThenRefuse(_)) {
                break;
            }
            let texts = self.settled();
            if self.is_home(&texts) || is_notice(&texts) {
                thread::sleep(PAUSE);
                continue;
            }
            let page = row(&texts);
            if pages.last() == Some(&page) && same < 12 {
                same += 1; // the last press is not drawn yet
                thread::sleep(PAUSE / 2);
                continue;
            }
            same = 0;
            if pages.last() != Some(&page) {
                pages.push(page);
            }
            if let Wish::CancelThenRefuse(control) = &wish {
                control.cancel();
                while !gone.load(Ordering::SeqCst) {
                    thread::sleep(PAUSE);
                }
                break;
            }
            self.step(&texts, matches!(wish, Wish::Approve));
        }
        self.dismiss();
        pages
    }

    fn step(&self, texts: &[Text], approves: bool) {
        match self.screen {
            LedgerScreen::Nano => {
                let first = texts.first().map_or("", |text| text.text.as_str());
                let wanted: &[&str] = if approves { &APPROVING } else { &REFUSING };
                let is_it = wanted.iter().any(|words| first.starts_with(words));
                self.press(if is_it { "both" } else { "right" });
            }
            LedgerScreen::Touch if approves => match find(texts, &["Hold to sign"]) {
                Some(place) => self.hold(place),
                None => match find(texts, &GOING_ON) {
                    Some(place) => self.tap(place),
                    None => self.swipe(),
                },
            },
            LedgerScreen::Touch => match find(texts, &LEAVING) {
                Some(place) => self.tap(place),
                None => self.swipe(),
            },
        }
    }

    /// Refuses what is asked and leaves every notice, until the app's first page is there.
    fn dismiss(&self) {
        for _ in 0..LOOKS {
            let texts = self.settled();
            if self.is_home(&texts) {
                return;
            }
            let is_notice = is_notice(&texts);
            match self.screen {
                _ if is_notice => thread::sleep(PAUSE),
                LedgerScreen::Nano if texts.iter().any(|text| text.text.contains("must be")) => self.press("both"),
                _ => self.step(&texts, false),
            }
            thread::sleep(PAUSE);
        }
        panic!("the app does not come back to its first page: {}", row(&self.settled()));
    }

    fn is_home(&self, texts: &[Text]) -> bool {
        let words = if self.screen == LedgerScreen::Nano { "is ready" } else { "This app enables" };
        texts.iter().any(|text| text.text.contains(words))
    }

    /// The screen once it stopped changing.
    fn settled(&self) -> Vec<Text> {
        let mut last = self.texts();
        for _ in 0..40 {
            thread::sleep(PAUSE * 3 / 4);
            let now = self.texts();
            if row(&now) == row(&last) && !now.is_empty() {
                return now;
            }
            last = now;
        }
        last
    }

    fn texts(&self) -> Vec<Text> {
        let answer = http(self.api, "GET /events?currentscreenonly=true", "");
        let events: Value = serde_json::from_slice(&answer).unwrap();
        let number = |event: &Value, key: &str| event[key].as_i64().unwrap_or_default();
        let text = |event: &Value| Text {
            text: event["text"].as_str().unwrap_or_default().to_owned(),
            x: number(event, "x") + number(event, "w") / 2,
            y: number(event, "y") + number(event, "h") / 2,
        };
        let mut texts: Vec<Text> = events["events"].as_array().unwrap().iter().map(text).collect();
        texts.retain(|text| !text.text.is_empty());
        // The emulator does not clear the first page's text under a notice.
        if let Some(at) =
            texts.iter().rposition(|text| text.text.contains("is ready")).filter(|at| at + 1 < texts.len())
        {
            texts.drain(..=at);
        }
        texts
    }

    fn press(&self, button: &str) {
        let action = json!({ "action": "press-and-release", "delay": 0.05 });
        http(self.api, &format!("POST /button/{button}"), &action.to_string());
    }

    fn finger(&self, action: &Value) {
        http(self.api, "POST /finger", &action.to_string());
    }

    fn tap(&self, (x, y): (i64, i64)) {
        self.finger(&json!({ "action": "press-and-release", "x": x, "y": y, "delay": 0.1 }));
    }

    fn swipe(&self) {
        let action = "press-and-release";
        self.finger(&json!({ "action": action, "x": 350, "y": 400, "x2": 50, "y2": 400, "delay": 0.1 }));
    }

    fn hold(&self, (x, y): (i64, i64)) {
        self.finger(&json!({ "action": "press", "x": x, "y": y }));
        for _ in 0..60 {
            thread::sleep(PAUSE);
            if find(&self.texts(), &["Hold to sign"]).is_none() {
                break;
            }
        }
        self.finger(&json!({ "action": "release", "x": x, "y": y }));
    }
}

fn find(texts: &[Text], words: &[&str]) -> Option<(i64, i64)> {
    let begins = |text: &&Text, words: &str| text.text.starts_with(words);
    words.iter().find_map(|words| texts.iter().find(|text| begins(text, words))).map(|text| (text.x, text.y))
}

/// What is said after a review, for a moment.
fn is_notice(texts: &[Text]) -> bool {
    let ends = ["signed", "rejected", "verified"];
    texts.len() == 1 && ends.iter().any(|end| texts[0].text.ends_with(end))
}

fn row(texts: &[Text]) -> String {
    texts.iter().map(|text| text.text.as_str()).collect::<Vec<_>>().join(" | ")
}

/// The body of the answer. The emulator leaves a connection unanswered now and then: asked again, it answers.
fn http(api: SocketAddr, what: &str, body: &str) -> Vec<u8> {
    let answer = (0..5).find_map(|_| asked(api, what, body));
    answer.unwrap_or_else(|| panic!("{what}: the emulator does not answer"))
}

fn asked(api: SocketAddr, what: &str, body: &str) -> Option<Vec<u8>> {
    let mut stream = TcpStream::connect(api).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(3))).unwrap();
    let head = format!("{what} HTTP/1.0\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n", body.len());
    stream.write_all([head.as_bytes(), body.as_bytes()].concat().as_slice()).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).ok()?;
    let at = answer.windows(4).position(|window| window == b"\r\n\r\n")?;
    assert!(answer.starts_with(b"HTTP/") && answer[9..12] == *b"200", "{what}: {}", String::from_utf8_lossy(&answer));
    Some(answer.split_off(at + 4))
}
