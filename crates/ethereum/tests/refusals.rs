//! Transactions and requests that must not be signed, each named after the fear.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test says what it expects by failing")]

mod common;

use common::{bytes, hex, list, named, string, unsigned, vectors};
use vitrine_ethereum::{BatchSignRequest, SignRequest, Transaction};

type Items = Vec<Vec<u8>>;

fn number(value: u128) -> Vec<u8> {
    string(&value.to_be_bytes().into_iter().skip_while(|byte| *byte == 0).collect::<Vec<u8>>())
}

fn to() -> Vec<u8> {
    string(&[0x11; 20])
}

fn legacy() -> Items {
    let empty = string(&[]);
    vec![number(9), number(20), number(21_000), to(), number(7), empty.clone(), number(1), empty.clone(), empty]
}

fn access_list() -> Items {
    vec![number(1), number(9), number(20), number(21_000), to(), number(7), string(&[]), list(&[])]
}

fn dynamic_fee() -> Items {
    vec![number(1), number(9), number(2), number(20), number(21_000), to(), number(7), string(&[]), list(&[])]
}

fn blob() -> Items {
    let hash = string(&[&[1][..], &[0xaa; 31]].concat());
    [dynamic_fee(), vec![number(3), list(&[hash])]].concat()
}

fn authorization() -> Items {
    vec![number(1), to(), number(3), number(1), string(&[0x22; 32]), string(&[0x33; 32])]
}

fn set_code() -> Items {
    [dynamic_fee(), vec![list(&[list(&authorization())])]].concat()
}

fn write(transaction_type: u8, items: &[Vec<u8>]) -> Vec<u8> {
    let prefix = if transaction_type == 0 { vec![] } else { vec![transaction_type] };
    [prefix, list(items)].concat()
}

/// The items with one of them replaced.
fn with(mut items: Items, index: usize, item: Vec<u8>) -> Items {
    items[index] = item;
    items
}

#[test]
fn the_items_that_the_cases_begin_with_are_read() {
    for (kind, items) in [(0, legacy()), (1, access_list()), (2, dynamic_fee()), (3, blob()), (4, set_code())] {
        Transaction::from_request(&write(kind, &items)).unwrap();
    }
}

fn transactions_that_are_not_encoded_canonically() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let zero = |at| [0x82, 0, at].to_vec();
    let long_list = {
        let payload = dynamic_fee().concat();
        [vec![2, 0xf9, 0, payload.len() as u8], payload].concat()
    };
    let body = write(2, &dynamic_fee());
    let mut longer_by_one = body.clone();
    longer_by_one[1] += 1;
    vec![
        ("a node takes bytes behind the transaction", [body.clone(), vec![0]].concat(), "something follows"),
        ("a second transaction hides behind the first", [body.clone(), body.clone()].concat(), "something follows"),
        ("a list longer than its bytes", longer_by_one, "end within"),
        ("a list whose length is written longer", long_list, "shortest"),
        ("a nonce with a leading zero", write(2, &with(dynamic_fee(), 1, zero(9))), "nonce has a leading zero"),
        ("a zero written as a byte", write(2, &with(dynamic_fee(), 1, vec![0])), "nonce has a leading zero"),
        ("a value with a leading zero", write(2, &with(dynamic_fee(), 6, zero(7))), "value has a leading zero"),
        ("a gas limit with a leading zero", write(0, &with(legacy(), 2, zero(8))), "gas_limit has a leading zero"),
        ("a chain id with a leading zero", write(0, &with(legacy(), 6, zero(1))), "chain_id has a leading zero"),
        ("a byte with a length in front", write(2, &with(dynamic_fee(), 1, vec![0x81, 9])), "single RLP byte"),
        ("calldata of one byte with a length", write(2, &with(dynamic_fee(), 7, vec![0x81, 0x7f])), "single RLP byte"),
        (
            "a length of 20 in long form",
            write(2, &with(dynamic_fee(), 5, [vec![0xb8, 20], vec![0x11; 20]].concat())),
            "shortest",
        ),
        (
            "a length with a leading zero",
            write(2, &with(dynamic_fee(), 7, [vec![0xb9, 0, 56], vec![1; 56]].concat())),
            "shortest",
        ),
        ("an access list in long form", write(2, &with(dynamic_fee(), 8, vec![0xf8, 0])), "shortest"),
        (
            "a length that overflows",
            write(2, &with(dynamic_fee(), 7, vec![0xbf, 255, 255, 255, 255, 255, 255, 255, 255])),
            "end within",
        ),
        ("an item that reaches into the next list", write(2, &with(dynamic_fee(), 8, vec![0xc1, 0x82])), "end"),
        ("a string as the transaction's list", vec![2, 0x83, 1, 2, 3], "no RLP list"),
        ("a string instead of a legacy list", [vec![0xb8, 60], vec![1; 60]].concat(), "no RLP list"),
        ("lists within lists without end", write(2, &with(dynamic_fee(), 8, nested(200))), "nested too deeply"),
    ]
}

/// Lists, each with the next in it.
fn nested(depth: usize) -> Vec<u8> {
    (0..depth).fold(list(&[]), |inner, _| list(&[inner]))
}

fn transactions_of_another_kind() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let entry = named(&vectors()["transactions"], "dynamic-fee");
    let signed = |name: &str| bytes(&named(&vectors()["transactions"], name), "signed");
    let accessed = list(&[list(&[to(), list(&[string(&[5; 32])])])]);
    let with_blobs = write(3, &[list(&with(blob(), 8, accessed)), list(&[]), list(&[]), list(&[])]);
    vec![
        ("nothing at all", vec![], "no transaction"),
        ("only blanks", b" \n".to_vec(), "no transaction"),
        ("only 0x", b"0x".to_vec(), "no transaction"),
        ("a transaction for every chain", write(0, &legacy()[..6]), "names no chain"),
        ("a chain id of zero", write(0, &with(legacy(), 6, number(0))), "chain_id is zero"),
        ("a chain id of zero with a type", write(2, &with(dynamic_fee(), 0, number(0))), "chain_id is zero"),
        ("a signed legacy transaction", signed("legacy-transfer"), "already signed"),
        ("a signed access list transaction", signed("access-list"), "already signed"),
        ("a signed fee market transaction", bytes(&entry, "signed"), "already signed"),
        ("a signed blob transaction", signed("blob"), "already signed"),
        ("a signed set code transaction", signed("set-code"), "already signed"),
        ("an r where EIP-155 has nothing", write(0, &with(legacy(), 7, number(1))), "already signed"),
        ("a list where EIP-155 has nothing", write(0, &with(legacy(), 8, list(&[]))), "is a list"),
        ("blobs together with the transaction", with_blobs, "comes with its blobs"),
        ("a type byte of zero", [vec![0], list(&legacy())].concat(), "type 0 is no transaction"),
        ("a transaction type of tomorrow", [vec![5], list(&dynamic_fee())].concat(), "type 5 is no transaction"),
        ("an authorization alone", [vec![0x7f], list(&authorization())].concat(), "type 127"),
        ("an item too few", write(2, &dynamic_fee()[..8]), "has 8 items, its type has 9"),
        ("an item too many", write(2, &[dynamic_fee(), vec![number(1)]].concat()), "has 10 items, its type has 9"),
        ("fields of another type", write(1, &dynamic_fee()), "has 9 items, its type has 8"),
        (
            "half a byte of hexadecimal digits",
            format!("0x{}f", data_encoding::HEXLOWER.encode(&unsigned("blob"))).into(),
            "hexadecimal digit",
        ),
        ("a letter that is no digit", b"0x02g0".to_vec(), "hexadecimal digit"),
        ("digits broken by a blank", b"0x02 c0".to_vec(), "hexadecimal digit"),
        ("a prefix in capitals", b"0X02c0".to_vec(), "hexadecimal digit"),
        ("a message instead of a transaction", b"please sign this".to_vec(), "hexadecimal digit"),
        ("more bytes than anybody reads", vec![2; (1 << 20) + 1], "more than are read"),
    ]
}

fn transactions_with_a_field_that_no_chain_takes() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let wide = |bytes: usize| string(&vec![0xff; bytes]);
    let entry = |keys: Vec<Vec<u8>>| list(&[list(&[to(), list(&keys)])]);
    let listed = |item: Vec<u8>| write(2, &with(dynamic_fee(), 8, item));
    let authorized = |index: usize, item: Vec<u8>| {
        write(4, &with(set_code(), 9, list(&[list(&with(authorization(), index, item))])))
    };
    vec![
        (
            "a nonce that is cut to 64 bits elsewhere",
            write(2, &with(dynamic_fee(), 1, wide(9))),
            "nonce is larger than 64 bits",
        ),
        ("the nonce that no account can use", write(2, &with(dynamic_fee(), 1, wide(8))), "no account can use"),
        ("a gas limit above 64 bits", write(2, &with(dynamic_fee(), 4, wide(9))), "gas_limit is larger than 64 bits"),
        ("a chain id above 64 bits", write(2, &with(dynamic_fee(), 0, wide(9))), "chain_id is larger than 64 bits"),
        ("a gas price above 128 bits", write(0, &with(legacy(), 1, wide(17))), "gas_price is larger than 128 bits"),
        ("a fee above 128 bits", write(2, &with(dynamic_fee(), 3, wide(17))), "max_fee_per_gas is larger"),
        ("a tip above 128 bits", write(2, &with(dynamic_fee(), 2, wide(17))), "max_priority_fee_per_gas is larger"),
        ("a blob fee above 128 bits", write(3, &with(blob(), 9, wide(17))), "max_fee_per_blob_gas is larger"),
        ("a value above 256 bits", write(2, &with(dynamic_fee(), 6, wide(33))), "value is larger than 256 bits"),
        (
            "a value that wraps with its fee",
            write(2, &with(dynamic_fee(), 6, wide(32))),
            "more than any account can hold",
        ),
        ("a tip above the whole fee", write(2, &with(dynamic_fee(), 2, number(21))), "is above max_fee_per_gas"),
        ("an address of 19 bytes", write(2, &with(dynamic_fee(), 5, string(&[0x11; 19]))), "to has 19 bytes"),
        ("an address of 21 bytes", write(0, &with(legacy(), 3, string(&[0x11; 21]))), "to has 21 bytes"),
        ("an address padded to a word", write(2, &with(dynamic_fee(), 5, string(&[0; 32]))), "to has 32 bytes"),
        ("a list as the recipient", write(2, &with(dynamic_fee(), 5, list(&[]))), "to is a list"),
        ("a list as the calldata", write(2, &with(dynamic_fee(), 7, list(&[to()]))), "data is a list"),
        ("bytes as the access list", listed(string(&[])), "access_list is a list"),
        ("an access list entry without keys", listed(list(&[list(&[to()])])), "access_list has 1 items instead of 2"),
        (
            "an access list entry with more than keys",
            listed(list(&[list(&[to(), list(&[]), list(&[])])])),
            "has 3 items instead of 2",
        ),
        ("a storage key of 31 bytes", listed(entry(vec![string(&[1; 31])])), "storage_keys has 31 bytes"),
        ("a storage key that is a list", listed(entry(vec![list(&[])])), "storage_keys is a list"),
        (
            "an access list for the empty address",
            listed(list(&[list(&[string(&[]), list(&[])])])),
            "access_list.address has 0 bytes",
        ),
        ("blobs that create a contract", write(3, &with(blob(), 5, string(&[]))), "cannot create a contract"),
        (
            "authorizations that create a contract",
            write(4, &with(set_code(), 5, string(&[]))),
            "cannot create a contract",
        ),
        ("a blob transaction without blobs", write(3, &with(blob(), 10, list(&[]))), "blob_versioned_hashes is empty"),
        ("a blob hash of version 0", write(3, &with(blob(), 10, list(&[string(&[0; 32])]))), "has version 0"),
        ("a blob hash of 31 bytes", write(3, &with(blob(), 10, list(&[string(&[1; 31])]))), "has 31 bytes"),
        (
            "a set code transaction without authorizations",
            write(4, &with(set_code(), 9, list(&[]))),
            "authorization_list is empty",
        ),
        (
            "an unsigned authorization",
            write(4, &with(set_code(), 9, list(&[list(&authorization()[..3])]))),
            "has 3 items instead of 6",
        ),
        ("an authorization for nobody's code", authorized(1, string(&[])), "authorization_list.address has 0 bytes"),
        ("an authorization's nonce above 64 bits", authorized(2, wide(9)), "authorization_list.nonce is larger"),
        ("an authorization's chain above 256 bits", authorized(0, wide(33)), "authorization_list.chain_id is larger"),
        ("an authorization with a parity of two bytes", authorized(3, wide(2)), "y_parity is larger"),
        (
            "an authorization's r with a leading zero",
            authorized(4, string(&[0; 32])),
            "authorization_list.r has a leading zero",
        ),
    ]
}

#[test]
fn transactions_that_are_refused() {
    let cases = [
        transactions_that_are_not_encoded_canonically(),
        transactions_of_another_kind(),
        transactions_with_a_field_that_no_chain_takes(),
    ]
    .concat();
    assert!(cases.len() >= 75, "{}", cases.len());
    for (fear, request, says) in cases {
        let error = Transaction::from_request(&request).expect_err(fear);
        assert!(error.to_string().contains(says), "{fear}: {error}");
        assert!(error.offset <= request.len(), "{fear}: {error}");
    }
}

/// CBOR by hand: a request for a fee market transaction on chain 137, as Keystone's registry writes it.
fn request() -> Vec<u8> {
    bytes(&named(&vectors()["requests"], "dynamic-fee"), "cbor")
}

/// The request with the first such bytes replaced.
fn swap(from: &str, to: &str) -> Vec<u8> {
    let text = data_encoding::HEXLOWER.encode(&request());
    assert!(text.contains(from), "{from}");
    hex(&text.replacen(from, to, 1))
}

/// Key path m/44'/60'/0'/0/0 of 73c5da0a.
const PATH: &str = "a2018a182cf5183cf500f500f400f4021a73c5da0a";

fn requests_that_are_malformed() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let id = "d82550";
    vec![
        ("something behind the request", [request(), vec![0]].concat(), "something follows"),
        ("an array instead of a map", vec![0x80], "another kind"),
        ("a map of indefinite length", swap("a501d825", "bf01d825"), "no definite length"),
        ("bytes of indefinite length", swap(id, "d8255f"), "no definite length"),
        ("a map of eight", swap("a501d825", "a801d825"), "more than 7"),
        ("a map of millions", swap("a501d825", "baffffffff01d825"), "more than 7"),
        ("a key written longer", swap("a501d825", "a51801d825"), "shortest"),
        ("a tag written longer", swap("01d82550", "01d9002550"), "shortest"),
        ("a chain id written longer", swap("04188905", "0419008905"), "shortest"),
        ("a data type written longer", swap("0304041889", "031804041889"), "shortest"),
    ]
}

fn requests_with_wrong_keys() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    vec![
        ("a key of tomorrow", swap("04188905", "08188905"), "key 8 has no meaning"),
        ("a key of zero", swap("04188905", "00188905"), "key 0 has no meaning"),
        ("two data types", swap("0304041889", "0304030204"), "data-type is there twice"),
        ("no data", hex(&format!("a2030405d90130{PATH}")), "sign-data is missing"),
        ("no data type", hex(&format!("a20241c005d90130{PATH}")), "data-type is missing"),
        ("no path", hex("a20241c00304"), "derivation-path is missing"),
        ("a request id without its tag", swap("01d82550", "0150"), "another kind"),
        ("a request id with another tag", swap("01d82550", "01d82650"), "tag 38 is here instead of 37"),
        (
            "a request id of 15 bytes",
            hex(&format!("a401d8254f{}0241c0030405d90130{PATH}", "11".repeat(15))),
            "request-id has 15 bytes",
        ),
        ("a data type of tomorrow", swap("0304041889", "0305041889"), "data-type 5 is not known"),
        ("a data type of zero", swap("0304041889", "0300041889"), "data-type 0 is not known"),
        (
            "a legacy type for a transaction with a type",
            swap("0304041889", "0301041889"),
            "promises a legacy transaction",
        ),
        ("a chain of zero", swap("04188905", "040005"), "chain-id is out of range"),
        ("a negative chain", swap("04188905", "042005"), "another kind"),
        ("a chain as a float", swap("04188905", "04fb406120000000000005"), "another kind"),
        ("a path without its tag", swap("05d90130", "05"), "another kind"),
        ("a path with another tag", swap("d90130", "d90131"), "tag 305 is here instead of 304"),
        (
            "an address of 19 bytes",
            hex(&format!("a40241c003040653{}05d90130{PATH}", "22".repeat(19))),
            "address has 19 bytes",
        ),
        ("an origin that is not UTF-8", hex(&format!("a40241c003040761ff05d90130{PATH}")), "not UTF-8"),
        ("an origin as bytes", hex(&format!("a40241c0030407414105d90130{PATH}")), "another kind"),
        (
            "a chain other than the transaction's",
            swap("04188905", "04188805"),
            "for chain 136, its transaction for chain 137",
        ),
        (
            "no chain, and the transaction of another than 1",
            hex(&data_encoding::HEXLOWER.encode(&swap("04188905", "05")).replacen("a501d825", "a401d825", 1)),
            "for chain 1, its transaction for chain 137",
        ),
        (
            "an origin of a page",
            hex(&format!("a40241c00304077903e8{}05d90130{PATH}", "41".repeat(1000))),
            "origin is out of range",
        ),
        (
            "a transaction that is signed already",
            hex(&format!(
                "a302{}030405d90130{PATH}",
                cbor_bytes(&bytes(&named(&vectors()["transactions"], "dynamic-fee"), "signed"))
            )),
            "already signed",
        ),
    ]
}

fn cbor_bytes(content: &[u8]) -> String {
    format!("59{:04x}{}", content.len(), data_encoding::HEXLOWER.encode(content)).replacen("5900", "58", 1)
}

fn requests_with_a_wrong_path() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    vec![
        ("a path with a wildcard", swap("00f400f4021a", "80f400f4021a"), "does not name one key"),
        ("a path with a range", swap("00f400f4021a", "820005f400f4021a"), "does not name one key"),
        ("a path without an end", swap("018a182cf5", "0189182cf5"), "out of range"),
        ("a path of twenty steps", swap("018a182cf5", "019828182cf5"), "more than 20"),
        ("an index above 2³¹", swap("183cf500f5", "1a80000000f500f5"), "out of range"),
        ("a hardened mark that is a number", swap("182cf5183c", "182c01183c"), "another kind"),
        (
            "a fingerprint above 32 bits",
            swap("021a73c5da0a", "021b0000000173c5da0a"),
            "source-fingerprint is out of range",
        ),
        ("a path with a key of tomorrow", swap("021a73c5da0a", "041a73c5da0a"), "key 4 has no meaning"),
        ("a path with two fingerprints", swap(PATH, "a2021a73c5da0a021a73c5da0a"), "source-fingerprint is there twice"),
        ("a path of nothing but a fingerprint", swap(PATH, "a1021a73c5da0a"), "components is missing"),
        (
            "a depth of another path",
            swap(PATH, "a2018a182cf5183cf500f500f400f40304"),
            "5 components and says that it has 4",
        ),
    ]
}

#[test]
fn requests_that_are_refused() {
    SignRequest::decode(&request()).unwrap();
    let cases = [requests_that_are_malformed(), requests_with_wrong_keys(), requests_with_a_wrong_path()].concat();
    assert!(cases.len() >= 40, "{}", cases.len());
    for (fear, message, says) in cases {
        let error = SignRequest::decode(&message).expect_err(fear);
        assert!(error.to_string().contains(says), "{fear}: {error}");
        assert!(error.offset <= message.len(), "{fear}: {error}");
    }
}

#[test]
fn batches_that_are_refused() {
    let one = data_encoding::HEXLOWER.encode(&request());
    let cases = [
        ("a batch of nothing", "a10180".to_owned(), "no requests"),
        ("a batch without its key", "a0".to_owned(), "no requests"),
        ("another key", format!("a10281d90191{one}"), "key 2 has no meaning"),
        ("a request without its tag", format!("a10181{one}"), "another kind"),
        ("an answer within a batch of requests", format!("a10181d90192{one}"), "tag 402 is here instead of 401"),
        ("one answer for two requests", format!("a10182d90191{one}d90191{one}"), "request-id of its own"),
        (
            "more requests than anybody reviews",
            format!("a101981e{}", format!("d90191{one}").repeat(30)),
            "more than 16",
        ),
        ("a request cut off", format!("a10182d90191{one}"), "ends within"),
        ("something behind the batch", format!("a10181d90191{one}00"), "something follows"),
    ];
    for (fear, message, says) in cases {
        let error = BatchSignRequest::decode(&hex(&message)).expect_err(fear);
        assert!(error.to_string().contains(says), "{fear}: {error}");
    }
    assert_eq!(BatchSignRequest::decode(&hex(&format!("a10181d90191{one}"))).unwrap().requests().len(), 1);
}
