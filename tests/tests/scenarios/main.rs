//! One folder per attack, in `tests/scenarios`: what arrives, what the ceremony knows, and what a person then reads.
//!
//! `scenario.toml` says what is attacked and what must be found; `review.txt` is the whole review, and `verify.txt` what
//! the program says of an answer. Requests and ceremony folders are made by `requests.rs` and `ethereum/` from public
//! test seeds, and committed, so that a change of either shows.
//! `VITRINE_WRITE=1 cargo test -p acceptance --test scenarios` writes everything but `scenario.toml` anew.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "in a test each is an assertion")]

mod ethereum;
mod joint;
mod maker;
mod messages;
mod names;
mod outputs;
mod readme;
mod requests;
mod table;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use acceptance::{program, repository};
use serde::Deserialize;
use vitrine_ceremony::{Folder, Session, SessionError, Stage};
use vitrine_qr::Payload;

use maker::Made;
use requests::Scenario as Row;

/// What a scenario says of itself.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Scenario {
    title: String,
    attack: String,
    /// `reviewed`, `refused` or `malformed`.
    stage: String,
    /// Exit code of `vitrine inspect`.
    exit: i32,
    /// Codes of the findings that the attack must end in; the review may have others.
    findings: Vec<String>,
    /// What answers the attack, in a sentence; of Ethereum.
    defence: Option<String>,
    /// Who published it; of Ethereum.
    source: Option<String>,
    /// Exit code of `vitrine verify`, where an answer is there.
    verify: Option<i32>,
}

/// Every scenario of both chains.
fn scenarios() -> impl Iterator<Item = &'static Row> {
    requests::SCENARIOS.iter().chain(ethereum::SCENARIOS)
}

/// What happened to a request.
struct Outcome {
    stage: &'static str,
    findings: Vec<&'static str>,
    /// What a person reads.
    text: String,
}

fn place(name: &str) -> PathBuf {
    repository::root().join("tests/scenarios").join(name)
}

fn is_writing() -> bool {
    std::env::var_os("VITRINE_WRITE").is_some()
}

fn scenario(name: &str) -> Scenario {
    let path = place(name).join("scenario.toml");
    let text = fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    toml::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// The committed file is what is expected, or becomes it.
fn agree(path: &Path, expected: &[u8], faults: &mut Vec<String>) {
    if is_writing() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, expected).unwrap();
    }
    let found = fs::read(path).unwrap_or_default();
    if found != expected {
        let (found, expected) = (String::from_utf8_lossy(&found), String::from_utf8_lossy(expected));
        let differs = found.lines().zip(expected.lines()).position(|(a, b)| a != b);
        let line = differs.unwrap_or_else(|| found.lines().count().min(expected.lines().count()));
        let shown = |text: &str| text.lines().nth(line).unwrap_or("end of file").chars().take(200).collect::<String>();
        let (was, is) = (shown(&found), shown(&expected));
        faults.push(format!("{}:{}\n  committed: {was}\n  now:       {is}", path.display(), line + 1));
    }
}

fn folder(made: &Made) -> Folder {
    let files: BTreeMap<_, _> = made.ceremony.iter().map(|(p, t)| (p.clone(), t.clone().into_bytes())).collect();
    Folder::parse(&files).unwrap()
}

/// Shows the request to a session of that ceremony.
fn outcome(made: &Made) -> Outcome {
    let mut session = Session::open(Some(folder(made)), None, None, 0).unwrap();
    let payload = match Payload::from_file(&made.request) {
        Ok(payload) => payload,
        Err(error) => return Outcome { stage: "malformed", findings: Vec::new(), text: format!("{error}\n") },
    };
    match session.receive(&payload, 0) {
        Ok(_) => {}
        Err(error @ (SessionError::Malformed(_) | SessionError::Unusable(_))) => {
            return Outcome { stage: "malformed", findings: Vec::new(), text: format!("{error}\n") };
        }
        Err(error) => panic!("{error}"),
    }
    let stage = if session.stage() == Stage::Reviewed { "reviewed" } else { "refused" };
    let findings = session.review().unwrap().findings().iter().map(|finding| finding.code).collect();
    Outcome { stage, findings, text: session.page().unwrap() }
}

/// Every file below a folder, by its path.
fn files_below(folder: &Path, prefix: &str) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap());
    let below = |entry: fs::DirEntry| {
        let path = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() { files_below(&entry.path(), &format!("{path}/")) } else { vec![path] }
    };
    entries.flat_map(below).collect()
}

#[test]
fn requests_and_ceremonies_are_what_the_generator_makes() {
    let mut faults = Vec::new();
    for (name, make) in scenarios() {
        let made = make();
        let mut files = BTreeSet::from(["review.txt".to_owned(), "scenario.toml".to_owned(), made.file.to_owned()]);
        agree(&place(name).join(made.file), &made.request, &mut faults);
        for (path, text) in &made.ceremony {
            agree(&place(name).join("ceremony").join(path), text.as_bytes(), &mut faults);
        }
        files.extend(made.ceremony.iter().map(|(path, _)| format!("ceremony/{path}")));
        if let Some(answer) = &made.answer {
            agree(&place(name).join(answer.file), &answer.bytes, &mut faults);
            files.extend([answer.file.to_owned(), "verify.txt".to_owned()]);
        }
        if name.starts_with("eth-") {
            agree(&place(name).join("README.md"), readme::of(name, &made).as_bytes(), &mut faults);
            files.insert("README.md".to_owned());
        }
        let left: Vec<_> = files_below(&place(name), "").into_iter().filter(|file| !files.contains(file)).collect();
        faults.extend(left.iter().map(|file| format!("{name}/{file} is made by nobody: remove it")));
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn each_attack_ends_in_its_finding() {
    let mut faults = Vec::new();
    for (name, make) in scenarios() {
        let (expected, found) = (scenario(name), outcome(&make()));
        if expected.stage != found.stage {
            faults.push(format!("{name} is {}, should be {}:\n{}", found.stage, expected.stage, found.text));
        }
        for code in expected.findings.iter().filter(|code| !found.findings.contains(&code.as_str())) {
            faults.push(format!("{name} has no {code} among {:?}", found.findings));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn each_review_reads_as_committed() {
    let mut faults = Vec::new();
    for (name, make) in scenarios() {
        agree(&place(name).join("review.txt"), outcome(&make()).text.as_bytes(), &mut faults);
    }
    assert!(faults.is_empty(), "read the difference, then run with VITRINE_WRITE=1:\n{}", faults.join("\n"));
}

/// Nothing that the review holds is left out of a rendering, however it is folded.
#[test]
fn page_and_json_hold_every_field_finding_effect_and_byte() {
    let mut fields = 0;
    for (name, make) in scenarios() {
        let made = make();
        let mut session = Session::open(Some(folder(&made)), None, None, 0).unwrap();
        let payload = Payload::from_file(&made.request);
        if !payload.is_ok_and(|payload| session.receive(&payload, 0).is_ok()) {
            continue;
        }
        let (review, page) = (session.review().unwrap(), session.page().unwrap());
        let json: serde_json::Value = serde_json::from_str(&vitrine_review::to_json(review)).unwrap();
        let lines: BTreeSet<&str> = page.lines().map(str::trim).collect();
        for (section, in_json) in review.document().sections().iter().zip(json["sections"].as_array().unwrap()) {
            assert!(lines.contains(section.title.as_str()), "{name}: {}", section.title);
            for (field, in_json) in section.fields.iter().zip(in_json["fields"].as_array().unwrap()) {
                let line = format!("{:<24} {}", field.label, field.value.to_text());
                assert!(lines.contains(line.trim()), "{name}: {}", field.code);
                assert!(lines.contains(field.proof.sentence().as_str()), "{name}: {}", field.code);
                assert_eq!(in_json["text"], field.value.to_text(), "{name}: {}", field.code);
                fields += 1;
            }
        }
        for finding in review.findings().iter() {
            for sentence in [&finding.truth, &finding.consequence, &finding.action] {
                assert!(lines.contains(sentence.as_str()), "{name}: {sentence}");
            }
        }
        for effect in &review.effects().list {
            for part in [&effect.sentence, &effect.proof.sentence()].into_iter().chain(&effect.provenance) {
                assert!(page.contains(part.as_str()), "{name}: {part}");
            }
        }
        for owner in review.account().owners() {
            let line = format!("{:06x}..{:06x}  {}", owner.span.start, owner.span.end, owner.label);
            assert!(lines.iter().any(|found| found.starts_with(&line)), "{name}: {line}");
        }
        for digest in [review.digest(), review.request_digest()] {
            assert!(lines.contains(digest.groups().join(" ").as_str()), "{name}");
        }
    }
    assert!(fields > 1_000, "{fields} fields were compared");
}

/// Who is tired reads the beginning: it must be enough.
#[test]
fn the_first_forty_lines_are_what_a_signer_decides_upon() {
    for (name, make) in scenarios().filter(|(name, _)| name.starts_with("btc-00-")) {
        let page = outcome(&make()).text;
        let top: Vec<&str> = page.lines().take(40).collect();
        let place = |start: &str| top.iter().position(|line| line.trim_start().starts_with(start));
        let places = [
            "Leaves this wallet",
            "Worst case",
            "Findings",
            "Approval policy",
            "Bytes explained",
            "Review digest",
            "Payee 1: Sends",
            "Change: Returns",
            "Fee: Pays",
            "WHAT OTHERS CAN STILL CHANGE",
            "FINDINGS",
            "DIGESTS TO COMPARE",
            "Request: its bytes alone",
        ]
        .map(|start| place(start).unwrap_or_else(|| panic!("{name}: no {start} in\n{}", top.join("\n"))));
        assert!(places.is_sorted(), "{name}: {places:?}");
    }
    // A refusal comes before everything that it makes void.
    for (name, make) in scenarios() {
        let page = outcome(&make()).text;
        if let Some((before, _)) = page.split_once("\nREFUSED\n") {
            assert!(before.lines().count() < 10 && !before.contains("WHAT THIS DOES"), "{name}");
        }
    }
}

#[test]
fn each_folder_is_a_scenario_that_says_what_it_is_about() {
    let mut folders: Vec<_> = fs::read_dir(place("")).unwrap().map(|e| e.unwrap().file_name()).collect();
    folders.sort();
    let mut names: Vec<_> = scenarios().map(|(name, _)| *name).collect();
    names.sort_unstable();
    assert_eq!(folders, names);
    for name in names {
        let scenario = scenario(name);
        assert!(!scenario.title.is_empty() && scenario.attack.ends_with('.'), "{name}");
        let exit = match scenario.stage.as_str() {
            "reviewed" => 0,
            "refused" => 4,
            "malformed" => 3,
            other => panic!("{name}: there is no stage {other}"),
        };
        assert_eq!(scenario.exit, exit, "{name}");
        if name.starts_with("eth-") {
            assert!(scenario.defence.is_some_and(|text| text.ends_with('.')), "{name}");
            assert!(scenario.source.is_some_and(|text| text.ends_with('.')), "{name}");
        }
    }
}

#[test]
fn the_program_exits_as_each_scenario_says() {
    for (name, make) in scenarios() {
        let args = [place(name).join(make().file), "--ceremony".into(), place(name).join("ceremony")];
        let finished = program::vitrine(["inspect".into()].into_iter().chain(args));
        assert_eq!(finished.code, scenario(name).exit, "{name}: {}", finished.stderr);
    }
}

/// Where the defence comes after signing: what the operator's side says of an answer.
#[test]
fn each_answer_is_taken_or_refused_as_committed() {
    let mut faults = Vec::new();
    for (name, make) in scenarios() {
        let (made, expected) = (make(), scenario(name).verify);
        let Some(answer) = made.answer else {
            assert_eq!(expected, None, "{name} has no answer");
            continue;
        };
        let (request, response) = (place(name).join(made.file), place(name).join(answer.file));
        let args = ["verify".into(), "--request".into(), request, "--response".into(), response];
        let finished = program::vitrine(args.into_iter().chain(["--signer".into(), answer.signer.into()]));
        let text = format!("{}{}", finished.stdout, finished.stderr).replace(&place(name).display().to_string(), ".");
        agree(&place(name).join("verify.txt"), text.as_bytes(), &mut faults);
        if Some(finished.code) != expected {
            faults.push(format!("{name}: verify exits with {}, should with {expected:?}:\n{text}", finished.code));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// The same key under another path is the same cosigner: two of three would be two of two.
#[test]
fn one_cosigner_cannot_be_two() {
    let twice = maker::multisig().replace("[73c5da0a/48'/1'/0'/2']", "[73c5da0a/48'/1'/9'/2']");
    let twice = twice.replace(&maker::Seed::Zoo.account("48h/1h/0h/2h"), &maker::Seed::Abandon.account("48h/1h/0h/2h"));
    let made = maker::Maker::empty(twice).made();
    let files: BTreeMap<_, _> = made.ceremony.iter().map(|(p, t)| (p.clone(), t.clone().into_bytes())).collect();
    let error = Folder::parse(&files).unwrap_err().to_string();
    assert!(error.contains("wallets/treasury.toml"), "{error}");
}
