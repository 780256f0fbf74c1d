//! The page of a scenario's folder, written from its `scenario.toml`.

use std::fmt::Write as _;

use crate::maker::Made;
use crate::scenario;

/// Lines of at most so many characters.
const WIDTH: usize = 120;

/// The page: what the attack is, what answers it, who published it, and the commands that show it.
pub fn of(name: &str, made: &Made) -> String {
    let scenario = scenario(name);
    let mut page = format!("# {}\n\n{}\n", scenario.title, wrapped(&scenario.attack));
    for (head, text) in [("Defence", &scenario.defence), ("Source", &scenario.source)] {
        let text = text.as_deref().unwrap_or_default();
        write!(page, "\n{}\n", wrapped(&format!("**{head}.** {text}"))).unwrap();
    }
    let inspect = format!("vitrine inspect {} --ceremony ceremony", made.file);
    write!(page, "\n| command | says | exit code |\n|---|---|---|\n").unwrap();
    writeln!(page, "| `{inspect}` | [review.txt](review.txt) | {} |", scenario.exit).unwrap();
    if let (Some(answer), Some(exit)) = (&made.answer, scenario.verify) {
        let verify =
            format!("vitrine verify --request {} --response {} --signer {}", made.file, answer.file, answer.signer);
        writeln!(page, "| `{verify}` | [verify.txt](verify.txt) | {exit} |").unwrap();
    }
    page
}

fn wrapped(text: &str) -> String {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let last = lines.last_mut().unwrap();
        if !last.is_empty() && last.chars().count() + 1 + word.chars().count() > WIDTH {
            lines.push(word.to_owned());
        } else {
            if !last.is_empty() {
                last.push(' ');
            }
            last.push_str(word);
        }
    }
    lines.join("\n")
}
