//! `docs/attacks.md` has a row for each attack, and each row something that shows the defence.

use acceptance::repository;

use crate::{scenario, scenarios};

/// The chains' headings, what their scenarios' names begin with, and how many attacks each has, numbered from 1.
const CHAINS: [(&str, &str, usize); 2] = [("## Bitcoin", "btc-", 47), ("## Ethereum", "eth-", 39)];

/// The cells of each row below a heading.
fn rows(heading: &str) -> Vec<Vec<String>> {
    let text = std::fs::read_to_string(repository::root().join("docs/attacks.md")).unwrap();
    let lines = text.lines().skip_while(|line| *line != heading).skip(1).take_while(|line| !line.starts_with("## "));
    let rows = lines.filter(|line| line.starts_with("| ") && !line.starts_with("| #"));
    rows.map(|line| line.trim_matches('|').split(" | ").map(|cell| cell.trim().to_owned()).collect()).collect()
}

#[test]
fn every_attack_has_a_defence_that_is_shown() {
    for (heading, prefix, attacks) in CHAINS {
        let rows = rows(heading);
        assert_eq!(rows.len(), attacks, "{heading}");
        for (n, row) in rows.iter().enumerate() {
            assert_eq!(row[0], (n + 1).to_string());
            assert_eq!(row.len(), 5, "{row:?}");
            let shown = row[4].contains(&format!("`tests/scenarios/{prefix}")) || row[4].contains(".rs::");
            assert!(row.iter().all(|cell| !cell.is_empty()) && shown, "{row:?}");
        }
    }
}

#[test]
fn every_scenario_stands_in_its_row() {
    for (heading, prefix, _) in CHAINS {
        let rows = rows(heading);
        for (name, _) in scenarios().filter(|(name, _)| name.starts_with(prefix) && &name[4..6] != "00") {
            let number: usize = name[4..6].parse().unwrap();
            let row = &rows[number - 1];
            assert!(row[4].contains(&format!("`tests/scenarios/{name}`")), "{name}: {}", row[4]);
            for code in scenario(name).findings {
                assert!(row[3].contains(&format!("`{code}`")), "{name}: {code} is not in {}", row[3]);
            }
        }
    }
}
