//! `docs/attacks.md` has a row for each attack, and each row something that shows the defence.

use acceptance::repository;

use crate::requests::SCENARIOS;
use crate::scenario;

/// Attacks in the table, numbered from 1.
const ATTACKS: usize = 47;

/// The cells of each row.
fn rows() -> Vec<Vec<String>> {
    let text = std::fs::read_to_string(repository::root().join("docs/attacks.md")).unwrap();
    let rows = text.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| #"));
    rows.map(|line| line.trim_matches('|').split(" | ").map(|cell| cell.trim().to_owned()).collect()).collect()
}

#[test]
fn every_attack_has_a_defence_that_is_shown() {
    let rows = rows();
    assert_eq!(rows.len(), ATTACKS);
    for (n, row) in rows.iter().enumerate() {
        assert_eq!(row[0], (n + 1).to_string());
        assert_eq!(row.len(), 5, "{row:?}");
        let shown = row[4].contains("`tests/scenarios/btc-") || row[4].contains(".rs::");
        assert!(row.iter().all(|cell| !cell.is_empty()) && shown, "{row:?}");
    }
}

#[test]
fn every_scenario_stands_in_its_row() {
    let rows = rows();
    for (name, _) in SCENARIOS.iter().filter(|(name, _)| !name.starts_with("btc-00")) {
        let number: usize = name[4..6].parse().unwrap();
        let row = &rows[number - 1];
        assert!(row[4].contains(&format!("`tests/scenarios/{name}`")), "{name}: {}", row[4]);
        for code in scenario(name).findings {
            assert!(row[3].contains(&format!("`{code}`")), "{name}: {code} is not in {}", row[3]);
        }
    }
}
