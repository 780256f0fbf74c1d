//! The form of the sources.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "in a test each is an assertion")]

use acceptance::repository::{self, Source, texts};

const LONGEST_FILE: usize = 500;
const LONGEST_FUNCTION: usize = 100;
/// Nine functions in ten are no longer.
const USUAL_FUNCTION: usize = 40;

fn sources() -> Vec<Source> {
    let mut sources = texts("crates");
    sources.extend(texts("tests/src"));
    sources.extend(texts("tests/tests"));
    sources.retain(|s| s.path.ends_with(".rs"));
    assert!(sources.len() > 50, "the sources were not found");
    sources
}

#[test]
fn no_file_is_too_long_to_read_at_once() {
    for source in sources().iter().filter(|s| s.path.contains("/src/")) {
        let lines = source.code().count();
        assert!(lines < LONGEST_FILE, "{}: {lines} lines before its tests", source.path);
    }
}

/// Lengths of the functions before a file's tests, by their indentation (rustfmt's form).
fn functions(source: &Source) -> Vec<(usize, usize)> {
    let (mut open, mut lengths) = (Vec::new(), Vec::new());
    for (number, line) in source.code() {
        let text = line.trim_start();
        let indent = line.len() - text.len();
        let words: Vec<_> = text.split_whitespace().take(4).collect();
        let starts = words.contains(&"fn") && !text.starts_with("//") && !text.ends_with(';') && !text.ends_with('}');
        if starts {
            open.push((indent, number));
        } else if text == "}"
            && let Some(at) = open.iter().rposition(|(i, _)| *i == indent)
        {
            let (_, start) = open.remove(at);
            lengths.push((start, number - start + 1));
        }
    }
    lengths
}

#[test]
fn functions_stay_short() {
    let (mut all, mut long) = (0, 0);
    for source in sources() {
        for (start, length) in functions(&source) {
            assert!(length <= LONGEST_FUNCTION, "{}:{start}: a function of {length} lines", source.path);
            all += 1;
            long += usize::from(length > USUAL_FUNCTION);
        }
    }
    assert!(all > 300, "the functions were not found");
    assert!(long * 10 <= all, "{long} of {all} functions have more than {USUAL_FUNCTION} lines");
}

#[test]
fn no_lint_is_switched_off_without_a_reason() {
    for source in sources() {
        let attributes = source.text.match_indices("#[").chain(source.text.match_indices("#!["));
        for (start, _) in attributes {
            let attribute = source.text[start..].split(']').next().unwrap();
            let body = attribute.trim_start_matches(['#', '!', '[']);
            let switches = body.starts_with("allow(") || body.starts_with("expect(");
            assert!(!switches || body.contains("reason ="), "{}: {attribute}]", source.path);
        }
    }
}

/// Nothing here may depend on the machine where it was written.
#[test]
fn no_path_of_a_machine() {
    let folders = ["ro\x6ft", "w\x6frk", "h\x6fme"].map(|folder| format!("/{folder}/"));
    for source in texts("") {
        for (n, line) in source.text.lines().enumerate() {
            let found = folders.iter().find(|folder| line.contains(folder.as_str()));
            assert!(found.is_none(), "{}:{}: {}", source.path, n + 1, line.trim());
        }
    }
}

/// Lock files must not say from where packages came.
#[test]
fn lock_files_name_no_host() {
    for folder in ["tests/peers", "assets/ethereum/packages"] {
        let lock = std::fs::read_to_string(repository::root().join(folder).join("package-lock.json")).unwrap();
        assert!(!lock.contains("\"resolved\""), "{folder}");
    }
}
