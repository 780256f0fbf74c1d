//! Documents tell the truth: what they name exists, what they describe is what is printed.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "in a test each is an assertion")]

use std::collections::BTreeSet;

use acceptance::ceremony;
use acceptance::repository::{self, Source, texts};
use serde_json::Value;
use vitrine_ceremony::Session;
use vitrine_qr::Payload;

fn documents() -> Vec<Source> {
    let mut documents = texts("");
    documents.retain(|d| d.path.ends_with(".md") && !d.path.starts_with("assets/fonts"));
    documents
}

/// Texts between backticks, outside code blocks.
fn quoted(document: &Source) -> Vec<String> {
    let mut quoted = Vec::new();
    for (n, block) in document.text.split("```").enumerate() {
        if n % 2 == 0 {
            quoted.extend(block.split('`').skip(1).step_by(2).map(String::from));
        }
    }
    quoted
}

/// A document names a test as `path/of/file.rs::name_of_test`.
#[test]
fn documents_name_only_tests_that_exist() {
    let mut named = 0;
    for document in documents() {
        for quote in quoted(&document) {
            let Some((file, test)) = quote.split_once(".rs::") else { continue };
            let path = repository::root().join(format!("{file}.rs"));
            let text = std::fs::read_to_string(&path).unwrap_or_default();
            assert!(text.contains(&format!("fn {test}(")), "{}: there is no test {quote}", document.path);
            named += 1;
        }
    }
    assert!(named > 20, "the documents name {named} tests");
}

/// A path is meant from the root, or from the folder of the document or one above it.
#[test]
fn documents_name_only_files_that_exist() {
    for document in documents() {
        let place = repository::root().join(&document.path);
        for quote in quoted(&document) {
            let is_path = ["crates/", "tests/", "docs/", "assets/", ".ci/"].iter().any(|top| quote.starts_with(top));
            if is_path && !quote.contains(['*', ' ', '…', ':']) {
                let exists = place.ancestors().skip(1).any(|folder| folder.join(&quote).exists());
                assert!(exists, "{}: there is no {quote}", document.path);
            }
        }
    }
}

#[test]
fn links_between_documents_lead_somewhere() {
    for document in documents() {
        let folder = repository::root().join(&document.path).parent().unwrap().to_owned();
        for link in document.text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let file = link.split('#').next().unwrap();
            let local = !file.is_empty() && !file.contains("://");
            assert!(!local || folder.join(file).exists(), "{}: {link} leads nowhere", document.path);
        }
    }
}

/// The demo's review as JSON.
fn review() -> Value {
    let mut session = Session::open(Some(ceremony::demo_folder()), None, None, 0).unwrap();
    let payload = Payload::from_file(&std::fs::read(ceremony::request()).unwrap()).unwrap();
    let review = session.receive(&payload, 0).unwrap();
    serde_json::from_str(&vitrine_review::to_json(review)).unwrap()
}

fn keys(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) => map.iter().for_each(|(key, inner)| {
            found.insert(key.clone());
            keys(inner, found);
        }),
        Value::Array(items) => items.iter().for_each(|item| keys(item, found)),
        _ => {}
    }
}

#[test]
fn the_json_schema_is_the_one_that_is_printed() {
    let page = std::fs::read_to_string(repository::root().join("docs/formats/review-json.md")).unwrap();
    let example = page.split("```json").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let (review, example) = (review(), serde_json::from_str::<Value>(example).unwrap());
    let top = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<BTreeSet<_>>();
    assert_eq!(top(&review), top(&example));
    for text in ["chain", "network", "leaving", "version"] {
        assert_eq!(review[text], example[text], "{text}");
    }
    let mut all = BTreeSet::new();
    keys(&review, &mut all);
    for key in all {
        assert!(page.contains(&format!("`{key}`")) || example.to_string().contains(&format!("\"{key}\"")), "{key}");
    }
}
