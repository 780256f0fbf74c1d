//! The signatures of a Safe's owners brought together.

use vitrine_ceremony::{CombineFailure, Folder, Session, Stage, combine_safe, verify_ethereum_response};
use vitrine_ethereum::GatherError;
use vitrine_ethereum::alloy_primitives::B256;
use vitrine_qr::Payload;

use crate::support::{ANY, Key, Lie, SAFE, account, answer, bundle, folder, folder_of, key, with_safe};

#[test]
fn owners_signatures_become_one_call_and_only_theirs_over_this_hash() {
    let request = bundle(7, "");
    let answers = [answer(&request, 1), answer(&request, 2), answer(&request, 3)];
    let registered = folder(ANY);
    let combine = |answers: &[&Payload]| {
        let answers: Vec<Payload> = answers.iter().map(|answer| (*answer).clone()).collect();
        combine_safe(&registered, &request, &answers)
    };
    let one = combine(&[&answers[1]]).unwrap();
    assert_eq!((one.missing(), one.execution()), (1, None));
    let [a, b] = [combine(&[&answers[0], &answers[1]]).unwrap(), combine(&[&answers[1], &answers[0]]).unwrap()];
    assert_eq!((a.missing(), &a), (0, &b), "the order of the answers does not matter");
    let mut sorted = [1u8, 2];
    sorted.sort_by_key(|n| account(*n));
    let checks = a.checks();
    assert!(checks[0].contains(&account(sorted[0]).to_string()) && checks[1].contains(&account(sorted[1]).to_string()));
    let calldata = a.execution().unwrap();
    assert!(calldata.starts_with(&[0x6a, 0x76, 0x12, 0x02]));
    assert_eq!(a.signatures().len(), 130);
    assert!(calldata.windows(130).any(|window| window == a.signatures()));
    let twice = combine(&[&answers[0], &answers[0]]).unwrap_err();
    assert!(twice.is_refusal() && twice.to_string().contains("signed twice"), "{twice}");
    let stranger = answer_by(&request, 9);
    let error = combine(&[&answers[0], &stranger]).unwrap_err();
    assert!(matches!(&error, CombineFailure::Safe(GatherError::NotAnOwner { .. })), "{error}");
    let of_another = answer(&bundle(8, ""), 2);
    let error = combine(&[&answers[0], &of_another]).unwrap_err();
    assert!(!error.is_refusal() && !error.is_malformed() && error.to_string().starts_with("answer 2: "), "{error}");
    let error = combine(&[&request]).unwrap_err();
    assert!(error.is_malformed() && error.to_string().contains("this is JSON"), "{error}");
}

/// The answer of a key that is no owner's.
fn answer_by(request: &Payload, n: u8) -> Payload {
    let honest = answer(request, 1);
    let owner = verify_ethereum_response(request, &honest, Some(&account(1).to_string())).unwrap();
    let hash: B256 = owner.names()[0].1.parse().unwrap();
    let (r, s) = Key(key(n), Lie::Nothing, 0).sign(hash).scalars();
    let place = honest.bytes.len() - 65;
    let mut bytes = honest.bytes;
    bytes[place..place + 32].copy_from_slice(&r.to_be_bytes::<32>());
    bytes[place + 32..place + 64].copy_from_slice(&s.to_be_bytes::<32>());
    Payload { bytes, ..honest }
}

#[test]
fn signatures_that_a_bundle_carries_count_once_they_verify() {
    let request = bundle(7, "");
    let signature = |n: u8| {
        let answer = answer(&request, n);
        verify_ethereum_response(&request, &answer, Some(&account(n).to_string())).unwrap().names()[3].1.clone()
    };
    let carrying = |owner: u8, signature: &str| {
        let owner = account(owner);
        bundle(7, &format!(r#","confirmations":[{{"owner":"{owner}","signature":"{signature}"}}]"#))
    };
    let other = [answer(&request, 2)];
    let done = combine_safe(&folder(ANY), &carrying(3, &signature(3)), &other).unwrap();
    assert_eq!((done.missing(), done.execution().is_some()), (0, true));
    let lied = combine_safe(&folder(ANY), &carrying(1, &signature(3)), &other).unwrap_err();
    assert!(matches!(&lied, CombineFailure::Safe(GatherError::OtherOwner { .. })), "{lied}");
    let approved = format!("0x{:0>64}{}01", &account(3).to_string()[2..], "00".repeat(32));
    let error = combine_safe(&folder(ANY), &carrying(3, &approved), &other).unwrap_err();
    assert!(matches!(&error, CombineFailure::Safe(GatherError::V { v: 1, .. })), "{error}");
    let same = combine_safe(&folder(ANY), &carrying(2, &signature(2)), &other).unwrap_err();
    assert!(same.to_string().contains("signed twice"), "{same}");
}

#[test]
fn a_safe_that_is_not_registered_is_not_combined_for() {
    let (request, other) = (bundle(7, ""), folder_of(ANY, account(1)));
    let elsewhere = String::from_utf8(request.bytes.clone()).unwrap().replace(SAFE, &account(5).to_string());
    let elsewhere = Payload { bytes: elsewhere.into_bytes(), ..request.clone() };
    let error = combine_safe(&other, &elsewhere, &[answer(&request, 1)]).unwrap_err();
    assert!(error.is_refusal() && error.to_string().contains("Register it"), "{error}");
    let chain = String::from_utf8(request.bytes.clone()).unwrap().replace("\"chainId\":1", "\"chainId\":10");
    let chain = Payload { bytes: chain.into_bytes(), ..request.clone() };
    assert!(combine_safe(&other, &chain, &[answer(&request, 1)]).unwrap_err().is_refusal());
}

/// The errors say what to do.
#[test]
fn who_cannot_sign_is_refused_with_the_next_step() {
    let refusal = |folder: Folder, request: &Payload| {
        let mut session = Session::open(Some(folder), None, None, 1).unwrap();
        session.receive(request, 2).unwrap();
        assert_eq!(session.stage(), Stage::Refused);
        let findings = session.review().unwrap().findings();
        let finding = findings.iter().find(|finding| finding.code == "eth.signer-differs").unwrap();
        format!("{} {} {}", finding.truth, finding.consequence, finding.action)
    };
    let stranger = refusal(folder_of(ANY, account(8)), &bundle(7, ""));
    assert!(stranger.contains("No registered account is an owner of the Safe Treasury."), "{stranger}");
    assert!(stranger.contains("Ask an owner, or register his account"), "{stranger}");
    // The owner is a Safe of ours: its owners sign for it.
    let inner = format!(
        "version = 1\nname = \"Board\"\nsafe = \"{}\"\nsafe_version = \"1.4.1\"\nthreshold = 1\n[[owner]]\n\
         name = \"Alice\"\naddress = \"{}\"\n",
        account(2),
        account(8)
    );
    let through = refusal(with_safe(account(8), &inner), &bundle(7, ""));
    assert!(through.contains("Ask for a bundle of Board") && through.contains("“approves”"), "{through}");
}
