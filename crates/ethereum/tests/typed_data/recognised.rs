//! Messages whose meaning is known, and others that only look so.

use vitrine_ethereum::alloy_primitives::{U256, address, keccak256};
use vitrine_ethereum::typed_data::{AuthorizedSender, DomainChain, Recognised, Support, TypedData};

use crate::{decode, lines};

fn request(name: &str) -> String {
    let found = lines(include_str!("../vectors/typed_data.tsv")).find(|columns| columns[0] == name);
    found.unwrap_or_else(|| panic!("no {name}"))[4].to_owned()
}

fn recognised(name: &str) -> (TypedData, Recognised) {
    let data = decode(request(name).as_bytes()).unwrap();
    let found = data.recognise().unwrap_or_else(|| panic!("{name} is not recognised"));
    (data, found)
}

/// Type hashes as the deployed contracts carry them.
#[test]
fn type_hashes_are_those_of_the_contracts() {
    let known = [
        ("EIP-712 example: Mail", "a0cedeb2dc280ba39b857546d74f5549c3a1d7bdc2dd96bf881f76108e23dac2"),
        (
            "Safe 1.3.0 transaction: addOwnerWithThreshold",
            "bb8310d486368db6bd6f849402fdd73ad53d316b5a4b2644ad6efe0f941286d8",
        ),
        ("Safe message", "60b3cbf8b4a223d68d641b3b6ddf9a298e7f33710cf3d3a9d1146b5a6150fbca"),
        ("Safe operation 0.3.0", "c03dfc11d8b10bf9cf703d558958c8c42777f785d998c62060d85a4f0ef6ea7f"),
        ("Safe operation 0.2.0", "84aa190356f56b8c87825f54884392a9907c23ee0f8e1ea86336b763faf021bd"),
        ("ERC-4337 operation of EntryPoint 0.8", "29a0bca4af4be3421398da00295e58e6d7de38cb492214754cb6a47507dd6f8e"),
        ("EIP-2612 permit of USD Coin, unlimited", "6e71edae12b1b97f4d1f60370fef10105fa2faae0126114a169c64845d6126c9"),
        ("Dai permit", "ea2aa0a1be11a07ed86d755c93467f4f82362b452371d1ba94d1715123511acb"),
        ("ERC-4494 permit of one position", "49ecf333e5b8c95c40fdafc95c1ad136e8914a8fb55e9dc8bb01eaa83a2df9ad"),
        ("Permit2 single, unlimited for ever", "f3841cd1ff0085026a6327b620b67997ce40f282c88a8e905a7a5626e310f3d0"),
        ("Permit2 batch", "af1b0d30d2cab0380e68f0689007e3254993c596f2fdd0aaa7f4d04f79440863"),
        ("Permit2 transfer", "939c21a48a8dbe3a9a2404a1d46691e4d39f6583d6ec6b35714604c986d80106"),
        ("Permit2 batch transfer", "fcf35f5ac6a2c28868dc44c302166470266239195f02b0ee408334829333b766"),
        ("EIP-3009 transfer", "7c7c6cdb67a18743f49ec6fa9b35f50d52ed05cbed4cc592e13b44501c1a2267"),
        ("EIP-3009 receive", "d099cc98ef71107a616c4f0f941f04c322d8e254fe26b3c6668db87aae413de8"),
        ("EIP-3009 cancel", "158b0a9edf7a828aad02f63cd515c68ef2f50ba807396f6d12842833a1597429"),
        ("ERC-5805 delegation", "e48329057bfd03d55e49b547132e39cffd9c1820ad7b9d4c5307691425d15adf"),
        ("Ballot of OpenZeppelin 4", "150214d74d59b7d1e90c73fc22ef3d991dd0a76b046543d4d80ab92d2a50328f"),
        ("Ballot of OpenZeppelin 5", "f2aad550cf55f045cb27e9c559f9889fdfb6e6cdaa032301d6ea397784ae51d7"),
        ("Extended ballot of OpenZeppelin 5", "3e83946653575f9a39005e1545185629e92736b7528ab20ca3816f315424a811"),
        ("Forwarded call of OpenZeppelin 4", "dd8f4b70b0f4393e889bd39128a30628a78b61816a9eb8199759e7a349657e48"),
        ("Forwarded call of OpenZeppelin 5", "7f96328b83274ebc7c1cf4f7a3abda602b51a78b7fa1d86a2ce353d75e587cac"),
        ("Seaport order", "fa445660b7e21515a59617fcd68910b487aa5808b8abda3d78bc85df364b2c2f"),
    ];
    for (name, hash) in known {
        let data = decode(request(name).as_bytes()).unwrap();
        let found = data_encoding::HEXLOWER.encode(keccak256(data.encode_type()).as_slice());
        assert_eq!(found, hash, "{name}: {} {found}", data.encode_type());
    }
}

#[test]
fn a_safe_transaction_hands_out_its_ten_fields() {
    let (data, found) = recognised("Safe transaction with refund: all ten fields");
    let Recognised::SafeTx(tx) = found else { panic!("{found:?}") };
    assert_eq!(tx.to, address!("40A2aCCbd92BCA938b02010E17A5b8929b49130D"));
    assert_eq!((tx.operation, tx.data.bytes()), (1, &[0x8d, 0x80, 0xff, 0x0a][..]));
    let span = tx.data.span();
    assert_eq!(
        &request("Safe transaction with refund: all ten fields")[span.start - 1_000..span.end - 1_000],
        "8d80ff0a"
    );
    let numbers = [tx.value, tx.safe_tx_gas, tx.base_gas, tx.gas_price, tx.nonce].map(|n| n.to::<u64>());
    assert_eq!(numbers, [0, 1, 2, 3, 42]);
    assert_eq!(tx.gas_token, address!("A0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48"));
    assert_eq!(tx.refund_receiver, address!("bBbBBBBbbBBBbbbBbbBbbbbBBbBbbbbBbBbbBBbB"));
    assert_eq!(data.domain().chain_id, DomainChain::Chain(U256::from(1)));
    assert_eq!(data.domain().verifying_contract, Some(address!("111CEEee040739fD91D29C34C33E6B3E112F2177")));
}

#[test]
fn the_chain_is_there_or_zero_or_absent() {
    let (old, _) = recognised("Safe 1.0.0 transaction: no chain in the domain");
    assert_eq!(old.domain().chain_id, DomainChain::Absent);
    let json = request("Dai permit").replacen(r#""chainId":1"#, r#""chainId":"0x0""#, 1);
    assert_eq!(decode(json.as_bytes()).unwrap().domain().chain_id, DomainChain::Zero);
}

#[test]
fn rights_over_tokens_are_recognised() {
    let (_, found) = recognised("EIP-2612 permit of USD Coin, unlimited");
    let Recognised::Permit(permit) = found else { panic!("{found:?}") };
    assert_eq!((permit.value, permit.deadline.to::<u64>()), (U256::MAX, 1_795_155_876));
    let (_, found) = recognised("Dai permit");
    assert!(matches!(found, Recognised::DaiPermit(ref permit) if permit.allowed && permit.expiry.is_zero()));
    let (_, found) = recognised("ERC-4494 permit of one position");
    assert!(matches!(found, Recognised::NftPermit(ref permit) if permit.token_id == U256::from(123_456)));
    let (_, found) = recognised("Uniswap v4 permit for all positions");
    assert!(matches!(found, Recognised::PermitForAll(ref permit) if permit.approved));
    let (_, found) = recognised("Permit2 batch");
    let Recognised::Permit2Allowance(batch) = found else { panic!("{found:?}") };
    let details: Vec<_> = batch.details.iter().map(|d| (d.expiration, d.nonce)).collect();
    assert_eq!(details, [(1_795_155_876, 0), (0, 5)]);
    let (_, found) = recognised("Permit2 single, unlimited for ever");
    assert!(matches!(found, Recognised::Permit2Allowance(ref p) if p.details[0].expiration == (1 << 48) - 1));
    for (name, count, witness) in [
        ("Permit2 transfer", 1, None),
        ("Permit2 batch transfer", 2, None),
        ("Permit2 transfer with witness", 1, Some("witness")),
        ("Permit2 batch transfer with witness", 1, Some("mandate")),
    ] {
        let (_, found) = recognised(name);
        let Recognised::Permit2Transfer(transfer) = found else { panic!("{found:?}") };
        assert_eq!((transfer.permitted.len(), transfer.witness.as_deref()), (count, witness));
    }
    let (_, found) = recognised("EIP-3009 receive");
    assert!(matches!(found, Recognised::TransferAuthorization(ref a) if a.sender == AuthorizedSender::Recipient));
    let (_, found) = recognised("EIP-3009 cancel");
    assert!(matches!(found, Recognised::CancelAuthorization(_)));
}

#[test]
fn operations_and_votes_are_recognised() {
    for name in ["Safe operation 0.2.0", "Safe operation 0.3.0"] {
        let (_, found) = recognised(name);
        let Recognised::SafeOp(op) = found else { panic!("{found:?}") };
        assert_eq!((op.call_gas_limit, op.verification_gas_limit), (U256::from(100_000), U256::from(200_000)));
        assert_eq!(
            (op.max_fee_per_gas_wei, op.max_priority_fee_per_gas_wei),
            (U256::from(2_000_000_000), U256::from(1))
        );
    }
    let (_, found) = recognised("ERC-4337 operation of EntryPoint 0.8");
    assert!(matches!(found, Recognised::PackedUserOperation(ref op) if op.account_gas_limits[31] == 0x22));
    let (_, found) = recognised("Safe message");
    assert!(matches!(found, Recognised::SafeMessage(ref message) if message.bytes() == b"Hello"));
    let (_, found) = recognised("Forwarded call of OpenZeppelin 5");
    assert!(matches!(found, Recognised::ForwardRequest(ref call) if call.deadline == Some(1_795_155_876)));
    let (_, found) = recognised("Forwarded call of OpenZeppelin 4");
    assert!(matches!(found, Recognised::ForwardRequest(ref call) if call.deadline.is_none()));
    let (_, found) = recognised("ERC-5805 delegation");
    assert!(matches!(found, Recognised::Delegation(_)));
    for (name, support, reason) in [
        ("Ballot of GovernorAlpha", Support::YesOrNo(false), None),
        ("Ballot of OpenZeppelin 4", Support::Number(1), None),
        ("Ballot of OpenZeppelin 5", Support::Number(2), None),
        ("Extended ballot of OpenZeppelin 4", Support::Number(0), Some("too dear")),
        ("Extended ballot of OpenZeppelin 5", Support::Number(0), Some("")),
    ] {
        let (_, found) = recognised(name);
        let Recognised::Ballot(ballot) = found else { panic!("{found:?}") };
        assert_eq!((ballot.support, ballot.reason.as_deref()), (support, reason), "{name}");
    }
}

#[test]
fn an_order_names_what_is_given_and_what_is_paid() {
    let (_, found) = recognised("Seaport order");
    let Recognised::SeaportOrder(order) = found else { panic!("{found:?}") };
    assert_eq!((order.offer.len(), order.offer[0].item_type, order.offer[0].recipient), (1, 2, None));
    let paid: Vec<_> = order.consideration.iter().map(|i| (i.start_amount.to::<u64>(), i.recipient)).collect();
    let signer = address!("d8dA6BF26964aF9D7eEd9e03E53415D37aA96045");
    let other = address!("bBbBBBBbbBBBbbbBbbBbbbbBBbBbbbbBbBbbBBbB");
    assert_eq!(paid, [(975, Some(signer)), (25, Some(other))]);
    assert_eq!((order.offerer, order.end_time.to::<u64>()), (signer, 1_795_155_876));
    let swapped = request("Seaport order").replacen("OfferItem[]", "ConsiderationItem[]", 1);
    assert!(decode(swapped.as_bytes()).unwrap_err().contains("recipient"));
}

/// A type that has the name and not the members of a known one would be shown with the known one's meaning.
#[test]
fn look_alikes_are_not_recognised() {
    for (name, from, to) in [
        (
            "EIP-2612 permit of USD Coin, unlimited",
            r#""type":"uint256"},{"name":"nonce""#,
            r#""type":"uint255"},{"name":"nonce""#,
        ),
        (
            "EIP-2612 permit of USD Coin, unlimited",
            r#"{"name":"owner","type":"address"},{"name":"spender","type":"address"}"#,
            r#"{"name":"spender","type":"address"},{"name":"owner","type":"address"}"#,
        ),
        (
            "EIP-2612 permit of USD Coin, unlimited",
            r#"{"name":"owner","type":"address"}"#,
            r#"{"name":"owner","type":"bytes20"}"#,
        ),
        (
            "EIP-2612 permit of USD Coin, unlimited",
            r#"{"name":"deadline","type":"uint256"}"#,
            r#"{"name":"deadline","type":"uint128"}"#,
        ),
        ("Dai permit", "Permit", "permit"),
        (
            "Safe 1.3.0 transaction: addOwnerWithThreshold",
            r#"{"name":"operation","type":"uint8"}"#,
            r#"{"name":"operation","type":"uint16"}"#,
        ),
        (
            "Permit2 single, unlimited for ever",
            r#"{"name":"expiration","type":"uint48"}"#,
            r#"{"name":"expiration","type":"uint64"}"#,
        ),
        ("Permit2 transfer", r#"{"name":"amount","type":"uint256"}"#, r#"{"name":"amount","type":"uint160"}"#),
        (
            "Permit2 transfer with witness",
            r#"{"name":"amount","type":"uint256"}"#,
            r#"{"name":"amount","type":"uint160"}"#,
        ),
        ("Permit2 batch transfer with witness", "PermitBatchWitnessTransferFrom", "PermitBatchWitnessTransferTo"),
        ("Ballot of OpenZeppelin 4", r#"{"name":"support","type":"uint8"}"#, r#"{"name":"support","type":"uint16"}"#),
        ("Seaport order", r#"{"name":"orderType","type":"uint8"}"#, r#"{"name":"orderType","type":"uint16"}"#),
    ] {
        let genuine = request(name);
        assert!(genuine.contains(from), "{name}");
        let changed = genuine.replace(from, to);
        match decode(changed.as_bytes()) {
            Ok(data) => assert_eq!(data.recognise(), None, "{name}: {}", data.encode_type()),
            Err(error) => assert!(error.contains("uint255") || error.contains("BytesN"), "{name}: {error}"),
        }
    }
    let more = request("Permit2 transfer with witness").replacen(
        r#"{"name":"witness","type":"ExclusiveDutchOrder"}"#,
        r#"{"name":"witness","type":"ExclusiveDutchOrder"},{"name":"also","type":"address"}"#,
        1,
    );
    let more = more.replacen(r#""witness":{"#, r#""also":"0xbBbBBBBbbBBBbbbBbbBbbbbBBbBbbbbBbBbbBBbB","witness":{"#, 1);
    assert_eq!(decode(more.as_bytes()).unwrap().recognise(), None);
    for name in ["EIP-712 example: Mail", "A name with a colon"] {
        assert_eq!(decode(request(name).as_bytes()).unwrap().recognise(), None, "{name}");
    }
}
