//! What is refused, each case named after the fear.

use crate::{ORDER, decode, lines};

#[test]
fn each_fear_is_refused_with_its_reason() {
    let order = ORDER.trim_end();
    decode(order.as_bytes()).unwrap();
    let mut count = 0;
    for columns in lines(include_str!("refusals.tsv")) {
        let [fear, from, to, says] = columns[..] else { panic!("{columns:?}") };
        assert!(order.contains(from), "{fear}: nothing to replace");
        let changed = order.replacen(from, to, 1);
        let error = decode(changed.as_bytes()).expect_err(fear);
        assert!(error.contains(says), "{fear}: {error}");
        count += 1;
    }
    println!("{count} refusals");
    assert!(count >= 100, "{count}");
}

fn says(json: &str) -> String {
    decode(json.as_bytes()).expect_err(json)
}

#[test]
fn bytes_that_are_no_text() {
    for (from, to, message) in [
        (&b"Cow"[..], &b"C\xffw"[..], "not UTF-8"),
        (b"Cow", b"C\xed\xa0\x80", "not UTF-8"),
        (b"Cow", b"C\nw", "bare control character"),
        (b"Cow", b"C\0w", "bare control character"),
        (b"{\"types\"", b"\xef\xbb\xbf{\"types\"", "byte order mark"),
        (b"{\"types\"", b"\"types\"", "something follows"),
        (b"{\"types\"", b"\x0b{\"types\"", "a value is expected"),
    ] {
        let order = ORDER.as_bytes();
        let at = order.windows(from.len()).position(|window| window == from).unwrap();
        let changed = [&order[..at], to, &order[at + from.len()..]].concat();
        let error = decode(&changed).unwrap_err();
        assert!(error.contains(message), "{error}");
    }
    assert!(decode(b"").unwrap_err().contains("ends within a value"));
    assert!(says("[]").contains("an array stands where an object"));
    let text = format!("{:?}", ORDER.trim_end());
    assert!(says(&text).contains("a string stands where an object"), "typed data as text, which alloy unpacks");
}

#[test]
fn a_struct_with_the_name_of_an_elementary_type() {
    for name in ["bool", "address", "uint256", "bytes32", "function", "uint", "int7", "tuple"] {
        let json = format!(
            r#"{{"types":{{"EIP712Domain":[],"{name}":[{{"name":"x","type":"string"}}]}},"primaryType":"{name}","domain":{{}},"message":{{"x":"1"}}}}"#
        );
        assert!(says(&json).contains("no struct may be named"), "{name}");
    }
}

#[test]
fn what_the_second_implementation_cannot_read_is_refused() {
    let unused = ORDER.replacen(r#""types":{"#, r#""types":{"Unused":[{"name":"x"}],"#, 1);
    assert!(says(&unused).contains("the second implementation cannot read"));
    let pair = r#"{"types":{"EIP712Domain":[],"A":[{"name":"b","type":"B[]"}],"B":[{"name":"a","type":"A[]"}]},"primaryType":"A","domain":{},"message":{"b":[]}}"#;
    assert!(says(pair).contains("the second implementation cannot read"));
}

/// Types that double with each step: 30 lines of JSON that alloy would write out as 2^30 types.
#[test]
fn a_bomb_of_types() {
    let steps = 30;
    let step = |i: usize| format!(r#""T{i}":[{{"name":"a","type":"T{0}[]"}},{{"name":"b","type":"T{0}[]"}}]"#, i + 1);
    let types: Vec<_> = (0..steps).map(step).collect();
    let json = format!(
        r#"{{"types":{{"EIP712Domain":[],{},"T{steps}":[]}},"primaryType":"T0","domain":{{}},"message":{{"a":[],"b":[]}}}}"#,
        types.join(",")
    );
    assert!(says(&json).contains("more members of types within types than can be read"));
}

#[test]
fn more_than_can_be_read() {
    let note = |kind: &str, more: &str, text: &str| {
        format!(
            r#"{{"types":{{"EIP712Domain":[],"Note":[{{"name":"x","type":"{kind}"}}]{more}}},"primaryType":"Note","domain":{{}},"message":{{"x":{text}}}}}"#
        )
    };
    let deep = note("uint8", "", &format!("{}{}", "[".repeat(40), "]".repeat(40)));
    assert!(says(&deep).contains("nested too deeply"));
    let many = note("uint8[]", "", &format!("[{}1]", "1,".repeat(66_000)));
    assert!(says(&many).contains("more values than can be read"));
    let long = note("string", "", &format!("\"{}\"", "x".repeat(1 << 20)));
    assert!(says(&long).contains("longer than can be read"));
    let chain = |n: usize| -> String {
        (0..n).map(|i| format!(r#","T{i}":[{{"name":"x","type":"T{}[]"}}]"#, i + 1)).collect::<String>()
            + &format!(r#","T{n}":[]"#)
    };
    assert!(decode(note("T0[]", &chain(100), "[]").as_bytes()).is_ok());
    assert!(says(&note("T0[]", &chain(200), "[]")).contains("more types than can be read"));
    let members: Vec<_> = (0..1_100).map(|i| format!(r#"{{"name":"m{i}","type":"bool"}}"#)).collect();
    let wide = note("Wide[]", &format!(r#","Wide":[{}]"#, members.join(",")), "[]");
    assert!(says(&wide).contains("more members of types than can be read"));
    let names: Vec<_> = (0..900).map(|i| format!(r#"{{"name":"{}{i}","type":"Leaf[]"}}"#, "n".repeat(200))).collect();
    let heavy = format!(r#","Leaf":[],"Big":[{}]"#, names.join(","));
    let empty: Vec<_> = (0..900).map(|i| format!(r#""{}{i}":[]"#, "n".repeat(200))).collect();
    let one = format!("{{{}}}", empty.join(","));
    assert!(decode(note("Big[]", &heavy, &format!("[{one}]")).as_bytes()).is_ok());
    let heavy = format!(r#","Leaf":[{{"name":"b","type":"Big[]"}}],"Big":[{}]"#, names.join(","));
    let leaves = format!("[{}{{\"b\":[]}}]", "{\"b\":[]},".repeat(20_000));
    let json = note("Leaf[]", &heavy, &leaves);
    assert!(says(&json).contains("more structs than can be read"));
}

/// 30 names of 250 letters, one in the other, and 40 000 values at the end: 300 MB of paths.
#[test]
fn many_values_at_the_end_of_a_long_path() {
    let name = "n".repeat(250);
    let types: String = (0..25)
        .map(|i| format!(r#","T{i}":[{{"name":"{name}","type":"T{}"}}]"#, i + 1))
        .chain([format!(r#","T25":[{{"name":"{name}","type":"bool[]"}}]"#)])
        .collect();
    let values = format!("[{}true]", "true,".repeat(40_000));
    let message = (0..26).fold(values, |inner, _| format!(r#"{{"{name}":{inner}}}"#));
    let json =
        format!(r#"{{"types":{{"EIP712Domain":[]{types}}},"primaryType":"T0","domain":{{}},"message":{message}}}"#);
    assert!(says(&json).contains("more values with long names than can be read"));
}

/// alloy sorts descriptions, EIP-712 names: `A(` comes after `A$(`, `A` before `A$`.
#[test]
fn names_that_the_second_implementation_sorts_otherwise_are_refused() {
    let json = r#"{"types":{"EIP712Domain":[],"P":[{"name":"a","type":"A"},{"name":"b","type":"A$"}],"A":[],"A$":[]},"primaryType":"P","domain":{},"message":{"a":{},"b":{}}}"#;
    assert!(says(json).contains("two implementations find different hashes"));
    assert!(decode(json.replace("A$", "A1").as_bytes()).is_ok());
}
