//! Asks the person at the terminal what a device asks.

use std::io::{BufRead as _, Write as _};

use vitrine_device::{Answer, PinKind, Prompt, Prompter};
use zeroize::Zeroizing;

/// Room for what is typed: a line up to this length never moves in memory while it grows.
const LINE_BYTES: usize = 4096;

/// Prompts on stderr and reads answers from standard input.
pub(crate) struct Terminal;

impl Prompter for Terminal {
    fn prompt(&mut self, prompt: Prompt) -> Answer {
        match prompt {
            Prompt::ConfirmOnDevice { screen, what } => {
                eprintln!("Device screen {}: {what}. Compare, then confirm on the device", screen.saturating_add(1));
                Answer::Continue
            }
            Prompt::Pin(PinKind::New) => Answer::Cancel,
            Prompt::Pin(PinKind::Current) => {
                eprintln!(
                    "The device shows the nine digits in an order of its own. Type the place of each digit of the PIN:"
                );
                eprintln!("    7 8 9\n    4 5 6\n    1 2 3");
                ask("Places").map_or(Answer::Cancel, Answer::Pin)
            }
            Prompt::Passphrase => passphrase(),
            Prompt::Pairing { code } => {
                eprintln!("The device was paired. Its pairing code has to have been: {code}");
                match ask("Type yes if it was, on the device's own screen").as_deref().map(String::as_str) {
                    Some("yes") => Answer::Continue,
                    _ => Answer::Cancel,
                }
            }
            Prompt::Again => {
                eprintln!(
                    "The device is now asked to sign the same request again. Compare and confirm as before: a device"
                );
                eprintln!(
                    "whose nonces are deterministic gives the same signatures; one that does not can leak its key"
                );
                Answer::Continue
            }
        }
    }
}

/// On the device where it can be entered there; else typed here, where the terminal shows it.
fn passphrase() -> Answer {
    eprintln!(
        "The device asks for the passphrase. Entered on the device, this machine never learns it. Typed here, it is on"
    );
    eprintln!("this screen, and this machine then knows it; the window at least hides it");
    match line("Enter alone: on the device, where it can; t: typed here").as_deref().map(String::as_str) {
        Some("") => Answer::Continue,
        Some("t") => line("Passphrase, Enter alone for none").map_or(Answer::Cancel, Answer::Passphrase),
        _ => Answer::Cancel,
    }
}

/// What was answered, if anything was.
fn ask(question: &str) -> Option<Zeroizing<String>> {
    line(question).map(|line| Zeroizing::new(line.trim().to_owned())).filter(|text| !text.is_empty())
}

/// One line as it was typed, without its end; none where the input is over.
fn line(question: &str) -> Option<Zeroizing<String>> {
    eprint!("{question}: ");
    std::io::stderr().flush().ok()?;
    let mut line = Zeroizing::new(String::with_capacity(LINE_BYTES));
    let bytes = std::io::stdin().lock().read_line(&mut line).ok()?;
    let text = line.strip_suffix('\n').unwrap_or(&line);
    let text = text.strip_suffix('\r').unwrap_or(text);
    (bytes > 0).then(|| Zeroizing::new(text.to_owned()))
}
