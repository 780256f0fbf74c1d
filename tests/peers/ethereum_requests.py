"""Ethereum requests and answers: made and read by ethers, viem, cast, Keystone's registry and MetaMask's libraries."""

import json
import subprocess

import ethereum_typed_data
from checks import ROOT, check, equal, node, same
from ethereum_peer import account, ask, foundry, key, said, signature

SIGN_REQUESTS = ROOT / "crates" / "ethereum" / "tests" / "vectors" / "sign-requests.json"
PARTS = ROOT / "crates" / "qr" / "tests" / "vectors" / "ethereum.txt"
PATH = [0x8000002C, 0x8000003C, 0x80000000, 0, 0]
COUNT = 200  # transactions made by ethers and viem, of every type in turn


def made():
    return json.loads(node("ethereum_transactions.mjs", "requests"))


def typed_data_hashes(text):
    (found,) = ask({"op": "typed_data", "json": text})
    return None if "refused" in found else tuple(found)


@check
def typed_data_has_the_hashes_of_eth_account_and_eth_sig_util():
    cases = ethereum_typed_data.cases() + ethereum_typed_data.disputed() + ethereum_typed_data.loose()
    texts = [text for _, text in cases]
    found = ask(*({"op": "typed_data", "json": text} for text in texts))
    ours = {text: None if "refused" in one else tuple(one) for text, one in zip(texts, found, strict=True)}
    agreed, refused = ethereum_typed_data.check(ours.__getitem__)
    assert agreed >= 200 and refused >= 11, (agreed, refused)


@check
def the_vectors_are_what_ethers_and_keystones_registry_write():
    same(made(), json.loads(SIGN_REQUESTS.read_text()))
    lines = [line for line in PARTS.read_text().splitlines() if not line.startswith("#")]
    same(node("ethereum_transactions.mjs", "parts").splitlines(), lines)


def compare(unsigned):
    """That ethers, viem and we read the same in each transaction."""
    theirs = json.loads(node("ethereum_fields.mjs", "read", stdin=json.dumps(unsigned)))
    ours = ask(*({"op": "transaction", "unsigned": one} for one in unsigned))
    for raw, found, expected in zip(unsigned, ours, theirs, strict=True):
        for who, fields in expected.items():
            equal(found, fields, f"{raw} by {who}")
    return {found["type"] for found in ours}


@check
def transactions_of_every_type_are_read_as_ethers_and_viem_read_them():
    generated = json.loads(node("ethereum_fields.mjs", "make", COUNT))
    types = compare(generated + [one["unsigned"] for one in made()["transactions"]])
    equal(types, {0, 1, 2, 3, 4}, "types")


def by_cast(*args):
    """An unsigned transaction by cast; everything is said, so that it asks no chain."""
    command = [foundry("cast"), "mktx", "--raw-unsigned", "--rpc-url", "http://127.0.0.1:1"]
    command += ["--from", "0x" + account(0), "--gas-limit", "90000", "--gas-price", "20gwei", *args]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout.strip()[2:]


@check
def transactions_by_cast_are_read_as_ethers_and_viem_read_them():
    usdc, payee = "0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48", "0xd8da6bf26964af9d7eed9e03e53415d37aa96045"
    transfer = [usdc, "transfer(address,uint256)", payee, "1000250000"]
    access = ["--access-list", json.dumps([{"address": usdc, "storageKeys": ["0x" + "11" * 32]}])]
    tip = ["--priority-gas-price", "1gwei"]
    rows = [
        ["--legacy", "--chain", "1", "--nonce", "0", "--value", "1ether", payee],
        ["--legacy", "--chain", "131277322940537", "--nonce", "300", *transfer],
        ["--chain", "10", "--nonce", "7", *tip, *transfer],
        ["--chain", "137", "--nonce", "8", *tip, "--value", "5", *access, *transfer],
        ["--chain", "100", "--nonce", "9", *tip, "--create", "0x6001600155"],
    ]
    equal(compare([by_cast(*row) for row in rows]), {0, 2}, "types")


@check
def requests_by_keystones_registry_say_what_was_put_in():
    documents = made()
    transactions = {one["name"]: one for one in documents["transactions"]}
    found = ask(*({"op": "sign_request", "cbor": one["cbor"]} for one in documents["requests"]))
    read = ask(*({"op": "transaction", "unsigned": one["unsigned"]} for one in transactions.values()))
    read = dict(zip(transactions, read, strict=True))
    for asked, ours in zip(documents["requests"], found, strict=True):
        name = asked["name"]
        signs = {"transaction": read[name]} if name in read else {"hash": asked["hash"]}
        chain_id = read[name]["chain_id"] if name in read else None
        expected = {
            "request_id": asked["request_id"],
            "path": PATH,
            "source_fingerprint": asked["source_fingerprint"],
            "chain_id": chain_id,
            "address": None if name in read else account(0),
            "origin": "metamask" if name == "message" else None,
            "signs": signs,
        }
        equal(ours, expected, name)
    same(said("batch", cbor=documents["batch"]["request"]["cbor"]), found[:3])


@check
def answers_by_us_are_what_metamask_takes():
    documents = made()
    requests = dict(zip((one["name"] for one in documents["requests"]), documents["requests"], strict=True))
    asked = [(one, requests[one["name"]]["cbor"]) for one in documents["transactions"]]

    def question(one, cbor):
        by = {"signer": account(0), "signature": signature(key(0), one["signing_hash"])}
        return {"op": "sign", "cbor": cbor, **by}

    ours = ask(*(question(*row) for row in asked))
    pairs = zip(asked, ours, strict=True)
    answers = [{"unsigned": one["unsigned"], "cbor": found["answer"]} for (one, _), found in pairs]
    theirs = json.loads(node("ethereum_transactions.mjs", "accept", stdin=json.dumps(answers)))
    for (one, cbor), found, taken in zip(asked, ours, theirs, strict=True):
        equal(taken, {"signed": found["signed"], "from": account(0)}, one["name"])
        again = said("returned", cbor=cbor, signer=account(0), answer=found["answer"])
        equal(again["signed"], one["signed"], one["name"])
    batch = said("answers", requests=[question(*row) for row in asked])
    written = {"answers": [one["answer"] for one in ours], "batch": batch}
    read = json.loads(node("ethereum_transactions.mjs", "answers", stdin=json.dumps(written)))
    for (one, _), alone, together in zip(asked, read["answers"], read["batch"], strict=True):
        number, rsv, origin = alone
        equal((number, origin), (requests[one["name"]]["request_id"], "Vitrine"), one["name"])
        equal(rsv[:128], signature(key(0), one["signing_hash"])[:128], one["name"])
        equal(together, [number, rsv, None], f"{one['name']} in a batch")
