//! The JSON reader beside `serde_json`.

use serde_json::Value;
use vitrine_ethereum::json::{self, Json, JsonValue};

use crate::{ORDER, lines};

/// Whether two readings are the same. Numbers are compared by their spelling.
fn same(ours: &Json, theirs: &Value) -> bool {
    match (&ours.value, theirs) {
        (JsonValue::Null, Value::Null) => true,
        (JsonValue::Bool(a), Value::Bool(b)) => a == b,
        (JsonValue::Number(a), Value::Number(b)) => serde_json::from_str::<serde_json::Number>(a).unwrap() == *b,
        (JsonValue::String(a), Value::String(b)) => a == b,
        (JsonValue::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (JsonValue::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|member| b.get(&member.key).is_some_and(|b| same(&member.value, b)))
        }
        _ => false,
    }
}

/// Contents of values and keys, and the structure, cover each byte once.
fn covered(text: &[u8]) -> bool {
    fn contents(json: &Json, out: &mut Vec<vitrine_review::Span>) {
        match &json.value {
            JsonValue::Array(items) => items.iter().for_each(|item| contents(item, out)),
            JsonValue::Object(members) => members.iter().for_each(|member| {
                out.push(member.key_span);
                contents(&member.value, out);
            }),
            _ => out.push(json.span),
        }
    }
    let document = json::read(text, 7).unwrap();
    let mut spans = document.structure;
    contents(&document.root, &mut spans);
    spans.retain(|span| !span.is_empty());
    spans.sort_unstable();
    let ends = spans.iter().try_fold(7, |end, span| (span.start == end).then_some(span.end));
    ends == Some(7 + text.len())
}

#[test]
fn the_reader_agrees_with_serde_json() {
    let mut texts: Vec<String> = vec![ORDER.to_owned()];
    for file in [include_str!("../vectors/typed_data.tsv"), include_str!("../vectors/eth_sig_util.tsv")] {
        texts.extend(lines(file).map(|columns| columns.last().copied().unwrap().to_owned()));
    }
    for text in &texts {
        assert!(same(&json::read(text.as_bytes(), 0).unwrap().root, &serde_json::from_str(text).unwrap()), "{text}");
        assert!(covered(text.as_bytes()), "{text}");
    }
    println!("{} texts read as serde_json reads them", texts.len());
    assert_eq!(texts.len(), 217);
}

/// Texts that every reader takes.
const TAKEN: [&str; 40] = [
    "{}",
    "[]",
    "\"\"",
    "0",
    "-0",
    "true",
    "false",
    "null",
    " [ ] ",
    "\t\r\n{ }\n",
    "[1,2,3]",
    "{\"a\":1}",
    "[[],[[]]]",
    "{\"\":0}",
    "{\"a\":{\"a\":1}}",
    "1",
    "-1",
    "10",
    "1.5",
    "-0.5",
    "1e3",
    "1E+3",
    "1e-3",
    "0e1",
    "0.0",
    "123456789012345678",
    "[\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"]",
    "[\"\\u0000\"]",
    "[\"\\u00e9\"]",
    "[\"\\uD834\\uDd1e\"]",
    "[\"é☕😁\"]",
    "[\"\u{7f}\"]",
    "[\"\u{2028}\"]",
    "[\"\\u2028\"]",
    "[\"\u{feff}\"]",
    "[\"a\\u005c\"]",
    "{\"a\":1,\"A\":2}",
    "{\"\\u0061\":1,\"b\":2}",
    "[null,true,\"x\"]",
    "{\"a\" :\n1 , \"b\":[ ]}",
];

/// Texts that are no JSON.
const NO_JSON: [&str; 58] = [
    "",
    " ",
    "{",
    "[",
    "\"",
    "}",
    "]",
    "[1",
    "[1,",
    "[1,]",
    "[,1]",
    "[1 2]",
    "[1;2]",
    "{\"a\"}",
    "{\"a\":}",
    "{\"a\":1,}",
    "{a:1}",
    "{'a':1}",
    "{1:1}",
    "{\"a\" 1}",
    "{\"a\":1 \"b\":2}",
    "{,}",
    "01",
    "-01",
    "1.",
    ".5",
    "-",
    "+1",
    "1e",
    "1e+",
    "0x1",
    "1_0",
    "Infinity",
    "NaN",
    "-Infinity",
    "1.2.3",
    "1e2e3",
    "--1",
    "True",
    "nul",
    "nulll",
    "truefalse",
    "[\"\\x41\"]",
    "[\"\\u00e\"]",
    "[\"\\u00g0\"]",
    "[\"\\u+041\"]",
    "[\"\\\"]",
    "[\"\\a\"]",
    "[\"a\nb\"]",
    "[\"\u{0}\"]",
    "[\"\t\"]",
    "{} {}",
    "[]x",
    "1 1",
    "/**/[]",
    "[]//",
    "\u{a0}[]",
    "[\u{b}]",
];

/// Texts that `serde_json` takes and two readers can read differently.
const REFUSED_BY_US: [&str; 4] =
    ["{\"a\":1,\"a\":2}", "{\"a\":1,\"\\u0061\":2}", "{\"a\":{\"b\":1,\"c\":2,\"b\":1}}", "[{\"x\":null,\"x\":null}]"];

#[test]
fn texts_are_taken_or_refused_as_by_serde_json() {
    for text in TAKEN {
        let theirs: Value = serde_json::from_str(text).unwrap_or_else(|e| panic!("{text}: {e}"));
        assert!(same(&json::read(text.as_bytes(), 0).unwrap().root, &theirs), "{text}");
        assert!(covered(text.as_bytes()), "{text}");
    }
    for text in NO_JSON {
        assert!(serde_json::from_str::<Value>(text).is_err(), "{text}");
        let error = json::read(text.as_bytes(), 0).expect_err(text);
        assert!(error.offset <= text.len() && error.to_string().contains(": "), "{text}: {error}");
    }
    for text in REFUSED_BY_US {
        assert!(serde_json::from_str::<Value>(text).is_ok(), "{text}");
        assert!(json::read(text.as_bytes(), 0).is_err(), "{text}");
    }
}

#[test]
fn lone_surrogates_and_other_encodings_are_refused() {
    for text in
        ["\"\\ud800\"", "\"\\udc00\"", "\"\\ud800\\ud800\"", "\"\\ud800x\"", "\"\\ud800\\n\"", "\"\\uDFFF\\uD800\""]
    {
        assert!(json::read(text.as_bytes(), 0).is_err(), "{text}");
    }
    for bytes in
        [&b"\xef\xbb\xbf{}"[..], b"\xff\xfe{\0}\0", b"\"\xff\"", b"\"\xc0\x80\"", b"\"\xed\xa0\x80\"", b"\"\xe2\x82\""]
    {
        assert!(json::read(bytes, 0).is_err(), "{bytes:?}");
    }
}

/// Every text that comes of one changed byte is taken by both readers or by neither, and then read alike.
#[test]
fn changed_texts_are_read_alike() {
    let text = br#"{ "a" : [1, -2.5e+3, true], "b\u00e9\ud83d\ude01": null, "c": {"d": "\\\" x", "e": []} }"#;
    let (mut taken, mut refused, mut stricter) = (0, 0, 0);
    for at in 0..text.len() {
        for byte in 0..=255u8 {
            let mut changed = text.to_vec();
            changed[at] = byte;
            match (json::read(&changed, 0), serde_json::from_slice::<Value>(&changed)) {
                (Ok(ours), Ok(theirs)) => {
                    assert!(same(&ours.root, &theirs), "{}", String::from_utf8_lossy(&changed));
                    taken += 1;
                }
                (Err(_), Err(_)) => refused += 1,
                (Err(e), Ok(_)) if e.to_string().contains("twice") => stricter += 1,
                // a number beyond every float; ours stays text
                (Ok(_), Err(e)) if e.to_string().contains("out of range") => stricter += 1,
                (ours, theirs) => panic!("{}: {ours:?} {theirs:?}", String::from_utf8_lossy(&changed)),
            }
        }
    }
    println!("{taken} taken by both, {refused} refused by both, {stricter} duplicate keys or too large for a float");
    assert!(taken > 1_000 && refused > 10_000 && stricter > 0);
}
