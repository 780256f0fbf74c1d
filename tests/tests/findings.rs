//! `docs/findings.md` is written from the table in code: `VITRINE_WRITE=1 cargo test -p acceptance --test findings`.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "in a test each is an assertion")]

use std::fmt::Write as _;
use std::fs;

use acceptance::repository::{self, Source, texts};
use vitrine_bitcoin::FINDINGS as BITCOIN;
use vitrine_ethereum::FINDINGS as ETHEREUM;

const HEAD: &str = "\
# Findings

What a review can find, from the tables in `crates/bitcoin/src/findings.rs` and `crates/ethereum/src/findings.rs`. A *fact* is told. A *caution* must be
acknowledged by whoever approves. *Restricted* is refused, unless the ceremony folder excepts it for this very request.
*Refuse* is never signed. Codes are stable: folders, records and scripts may name them.
";
const TABLE: &str = "\
| code | severity | answers | shown by |
|---|---|---|---|
";

/// The first test that names a code, as `path::test`.
fn test_of(code: &str, sources: &[Source]) -> Option<String> {
    let quoted = format!("\"{code}\"");
    sources.iter().find_map(|source| {
        let tests = source.path.contains("/tests/").then_some(0).or_else(|| source.text.find("#[cfg(test)]"))?;
        let at = tests + source.text[tests..].find(&quoted)?;
        let before = &source.text[tests..at];
        let test = before.rfind("#[test]")?;
        let name = before[test..].split("fn ").nth(1)?.split('(').next()?;
        Some(format!("`{}::{name}`", source.path))
    })
}

/// The first scenario that must end in a code.
fn scenario_of(code: &str) -> Option<String> {
    let scenarios = texts("tests/scenarios");
    let found =
        scenarios.iter().find(|s| s.path.ends_with("/scenario.toml") && s.text.contains(&format!("\"{code}\"")));
    found.and_then(|s| s.path.strip_suffix("/scenario.toml")).map(|folder| format!("`{folder}`"))
}

fn document() -> String {
    let mut sources = texts("crates/bitcoin");
    sources.extend(texts("crates/ethereum"));
    sources.extend(texts("crates/ceremony"));
    sources.extend(texts("tests/tests"));
    sources.retain(|s| s.path.ends_with(".rs"));
    let mut text = HEAD.to_owned();
    for (chain, table) in [("Bitcoin", BITCOIN), ("Ethereum", ETHEREUM)] {
        write!(text, "\n## {chain}\n\n{TABLE}").unwrap();
        for (code, severity, answers) in table {
            let test =
                test_of(code, &sources).or_else(|| scenario_of(code)).unwrap_or_else(|| "no test yet".to_owned());
            writeln!(text, "| `{code}` | {} | {answers} | {test} |", severity.word().to_lowercase()).unwrap();
        }
    }
    text
}

#[test]
fn the_document_says_what_the_code_does() {
    let path = repository::root().join("docs/findings.md");
    let expected = document();
    if std::env::var_os("VITRINE_WRITE").is_some() {
        fs::write(&path, &expected).unwrap();
    }
    let found = fs::read_to_string(&path).unwrap_or_default();
    assert!(found == expected, "docs/findings.md is not what the table says: run this test with VITRINE_WRITE=1");
}
