//! Asks the person at the terminal what a device asks.

use std::io::{BufRead as _, Write as _};

use vitrine_device::{Answer, PinKind, Prompt, Prompter};

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
                ask("PIN positions, as the device shows them").map_or(Answer::Cancel, Answer::Pin)
            }
            Prompt::Passphrase => Answer::Continue,
            Prompt::Pairing { code } => {
                eprintln!("The device was paired. Its pairing code has to have been: {code}");
                match ask("Type yes if it was, on the device's own screen").as_deref() {
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

fn ask(question: &str) -> Option<String> {
    eprint!("{question}: ");
    std::io::stderr().flush().ok()?;
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).ok()?;
    Some(line.trim().to_owned()).filter(|text| !text.is_empty())
}
