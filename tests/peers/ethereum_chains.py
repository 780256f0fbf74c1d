"""Transactions that we rebuilt from a review and a signature, sent to chains: anvil, and py-evm, which is strict."""

import json

import rlp
from eth_tester import EthereumTester, PyEVMBackend

from checks import check, equal, node
from ethereum_peer import MNEMONIC, account, anvil, ask, key, said, signature

ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
ANVIL_CHAIN = 1_234_567
TESTER_CHAIN = 131277322940537  # what eth-tester has, whatever is asked for
# The empty blob: commitment and every proof are the point at infinity (EIP-4844, EIP-7594).
INFINITY = b"\xc0" + bytes(47)
SIDECAR = [b"\x01", [bytes(131_072)], [INFINITY], [INFINITY] * 128]


def transactions(chain_id):
    return json.loads(node("ethereum_fields.mjs", "chain", chain_id))


def signed(one, **changed):
    """Our signed transaction over the signature of the first key, and what we read in the unsigned one."""
    read = said("transaction", unsigned=one["unsigned"])
    rsv = signature(key(0), read["signing_hash"])
    built = said("sign", unsigned=one["unsigned"], signer=account(0), signature=rsv)
    again = said("returned", unsigned=one["unsigned"], signer=account(0), signed=built["signed"])
    equal(again["signed"], built["signed"], one["name"])
    return read, built


def with_blobs(raw):
    """As it travels from node to node: the signed transaction and its blobs."""
    body = rlp.decode(bytes.fromhex(raw)[1:])
    return "03" + rlp.encode([body, *SIDECAR]).hex()


def same_as_reviewed(found, read, name):
    """That a chain has the transaction that was reviewed, by its own reading."""
    number = lambda key: str(int(found[key], 16))  # noqa: E731
    expected = {
        "from": "0x" + account(0),
        "to": read["to"] and "0x" + read["to"],
        "input": "0x" + read["data"],
    }
    equal({key: found[key] for key in expected}, expected, name)
    numbers = {"type": str(read["type"]), "nonce": read["nonce"], "value": read["value"], "gas": read["gas_limit"]}
    equal({key: number(key) for key in numbers}, numbers, name)
    equal(number("chainId"), read["chain_id"], name)
    price = "gasPrice" if read["type"] < 2 else "maxFeePerGas"
    equal(number(price), read["fees"][-1], name)


@check
def anvil_takes_transactions_of_every_type_as_we_rebuilt_them():
    with anvil(ANVIL_CHAIN) as chain:
        rows = transactions(ANVIL_CHAIN)
        for one in rows:
            read, built = signed(one)
            raw = with_blobs(built["signed"]) if one["type"] == 3 else built["signed"]
            found, receipt = chain.send_raw(raw)
            equal(found, "0x" + built["transaction_hash"], one["name"])
            equal(receipt["status"], "0x1", one["name"])
            same_as_reviewed(chain.call("eth_getTransactionByHash", found), read, one["name"])
        equal({one["type"] for one in rows}, {0, 1, 2, 3, 4}, "types")
        code = chain.call("eth_getCode", "0x" + account(1), "latest")
        equal(code, "0xef0100" + "22" * 20, "the code of the account that authorised it (EIP-7702)")


def tester():
    return EthereumTester(PyEVMBackend.from_mnemonic(MNEMONIC, num_accounts=1, hd_path="m/44'/60'/0'/0"))


def taken(send, undo):
    """Whether a chain takes a transaction; it is undone."""
    try:
        send()
    except Exception:  # py-evm raises errors of many kinds
        return False
    finally:
        undo()
    return True


def taken_by_py_evm(chain, raw):
    mark = chain.take_snapshot()
    return taken(lambda: chain.send_raw_transaction("0x" + raw), lambda: chain.revert_to_snapshot(mark))


def taken_by_anvil(chain, raw):
    mark = chain.call("evm_snapshot")
    return taken(lambda: chain.send_raw(raw), lambda: chain.call("evm_revert", mark))


@check
def py_evm_takes_transactions_of_every_type_but_blobs_as_we_rebuilt_them():
    chain, types = tester(), set()
    for one in (one for one in transactions(TESTER_CHAIN) if one["type"] != 3):
        read, built = signed(one)
        found = chain.send_raw_transaction("0x" + built["signed"])
        equal(found, "0x" + built["transaction_hash"], one["name"])
        assert chain.get_transaction_receipt(found)["status"] == 1, one["name"]
        there = chain.get_transaction_by_hash(found)
        said_there = [there["from"].lower(), (there["to"] or "").lower(), there["value"], there["nonce"], there["data"]]
        to = "0x" + read["to"] if read["to"] else ""
        expected = ["0x" + account(0), to, int(read["value"]), int(read["nonce"]), "0x" + read["data"]]
        equal(said_there, expected, one["name"])
        types.add(read["type"])
    equal(types, {0, 1, 2, 4}, "types")


def items(raw):
    """Type byte, if any, and the fields of a signed transaction."""
    data = bytes.fromhex(raw)
    kind = data[:1] if data[0] < 0x80 else b""
    return kind, rlp.decode(data[len(kind) :])


def other_s(kind, fields):
    """The other signature of the same key over the same transaction: s above half the order, the other parity."""
    *rest, v, r, s = fields
    v, s = int.from_bytes(v), ORDER - int.from_bytes(s)
    parity = v ^ 1 if kind else ((v - 35) ^ 1) + 35
    return [*rest, parity.to_bytes((parity.bit_length() + 7) // 8), r, s.to_bytes(32)]


def long_length(payload):
    """A list whose length is written with a zero in front."""
    length = len(payload).to_bytes(3)
    return bytes([0xF7 + len(length)]) + length + payload


def hostile(raw):
    """(what is wrong, the transaction so written)."""
    kind, fields = items(raw)
    whole = bytes.fromhex(raw)
    value = 4 if not kind else {1: 5, 2: 6}[kind[0]]
    zero = [b"\x00" + field if n == value else field for n, field in enumerate(fields)]
    payload = b"".join(map(rlp.encode, fields))
    return {
        "a byte behind": whole + b"\x00",
        "the other s": kind + rlp.encode(other_s(kind, fields)),
        "a leading zero": kind + rlp.encode(zero),
        "a long length": kind + long_length(payload),
        "one item more": kind + rlp.encode([*fields, b"\x01"]),
        "an s of another signature": kind + rlp.encode([*fields[:-1], b"\x01" + fields[-1][1:]]),
    }


def first_transactions(chain_id):
    """One of each of the types 0, 1 and 2, each the account's first, signed."""
    rows = json.loads(node("ethereum_fields.mjs", "firsts", chain_id))
    return [(one, signed(one)[1]["signed"]) for one in rows]


@check
def what_was_not_reviewed_is_refused_even_where_a_chain_takes_it():
    strict, by_anvil = tester(), set()
    with anvil(TESTER_CHAIN) as lenient:
        for one, raw in first_transactions(TESTER_CHAIN):
            assert taken_by_py_evm(strict, raw) and taken_by_anvil(lenient, raw), one["name"]
            reviewed = {"op": "returned", "unsigned": one["unsigned"], "signer": account(0)}
            variants = hostile(raw)
            answers = ask(*(reviewed | {"signed": bad.hex()} for bad in variants.values()))
            for (name, bad), ours in zip(variants.items(), answers, strict=True):
                assert "refused" in ours, f"{name} of {one['name']} is not refused"
                assert not taken_by_py_evm(strict, bad.hex()), f"py-evm takes {name} of {one['name']}"
                if taken_by_anvil(lenient, bad.hex()):
                    by_anvil.add(name)
    equal(by_anvil, {"a byte behind", "the other s"}, "what anvil takes")
