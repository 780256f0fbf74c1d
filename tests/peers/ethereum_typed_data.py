"""Typed data (EIP-712) beside eth-account and @metamask/eth-sig-util.

`check(hashes)` compares them with ours: `hashes` takes typed data as text and gives (domain hash, message hash, digest)
in hex, or None if it is refused.
"""

import json
import random
import subprocess
from pathlib import Path

from eth_account.messages import encode_typed_data
from eth_utils import keccak

HERE = Path(__file__).resolve().parent
VECTORS = HERE.parents[1] / "crates" / "ethereum" / "tests" / "vectors" / "typed_data.tsv"
DOMAIN = {"name": "string", "version": "string", "chainId": "uint256", "verifyingContract": "address", "salt": "bytes32"}


def declared(members):
    return [{"name": name, "type": kind} for name, kind in members]


def typed_data(structs, domain, message, primary="S0"):
    types = {"EIP712Domain": declared((name, DOMAIN[name]) for name in DOMAIN if name in domain)}
    types.update((name, declared(members)) for name, members in structs.items())
    return {"types": types, "primaryType": primary, "domain": domain, "message": message}


def used(structs):
    """The structs that S0 needs: eth-account guesses the primary type, and refuses when there are several."""
    names, found = ["S0"], {}
    while names:
        name = names.pop()
        found[name] = structs[name]
        stems = (kind.partition("[")[0] for _, kind in structs[name])
        names += [stem for stem in stems if stem in structs and stem not in found]
    return found


class Generator:
    """Typed data of random types and values, the same on every machine."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def hex(self, length):
        return "0x" + self.random.randbytes(length).hex()

    def kind(self, own, count):
        pick = self.random.randrange(9)
        if pick < 3 and own + 1 < count:
            stem = f"S{self.random.randrange(own + 1, count)}"
        elif pick == 3:
            stem = f"uint{8 * self.random.randint(1, 32)}"
        elif pick == 4:
            stem = f"int{8 * self.random.randint(1, 32)}"
        elif pick == 5:
            stem = f"bytes{self.random.randint(1, 32)}"
        else:
            stem = self.random.choice(["address", "bool", "bytes", "string"])
        return stem + self.random.choice(["", "", "", "[]", "[2]", "[][1]"])

    def value(self, kind, structs):
        if kind.endswith("]"):
            item, _, count = kind[:-1].rpartition("[")
            return [self.value(item, structs) for _ in range(int(count) if count else self.random.randrange(3))]
        if kind in structs:
            return {name: self.value(inner, structs) for name, inner in structs[kind]}
        if kind.startswith("uint"):
            return str(self.random.getrandbits(int(kind[4:])))
        if kind.startswith("int"):
            bits = int(kind[3:]) - 1
            return str(self.random.randint(-(2**bits), 2**bits - 1))
        if kind == "address":
            return self.hex(20)
        if kind == "bool":
            return self.random.random() < 0.5
        if kind == "bytes":
            return self.hex(self.random.randrange(70))
        if kind == "string":
            return self.random.choice(["", "plain", "two\nlines", "ünïcödé ☕ 😁", "0x01", "\u202eover", '"\\'])
        return self.hex(int(kind[5:]))

    def domain(self):
        full = {
            "name": self.value("string", {}),
            "version": "1",
            "chainId": self.random.choice([1, "137", "0xa4b1"]),
            "verifyingContract": self.hex(20),
            "salt": self.hex(32),
        }
        return {name: value for name, value in full.items() if self.random.random() < 0.7}

    def request(self):
        count = self.random.randint(1, 5)
        structs = {
            f"S{own}": [(f"m{i}", self.kind(own, count)) for i in range(self.random.randrange(1, 6))] for own in range(count)
        }
        return typed_data(used(structs), self.domain(), self.value("S0", structs))


def cases():
    """(name, typed data as text): requests of the usual kinds, then random ones."""
    rows = [line.split("\t") for line in VECTORS.read_text().splitlines() if not line.startswith("#")]
    named = [(row[0], row[-1]) for row in rows]
    generated = [(f"random {seed}", Generator(seed).request()) for seed in range(200)]
    return named + [(name, json.dumps(request, ensure_ascii=False)) for name, request in generated]


def note(kind, value):
    return typed_data({"S0": [("x", kind)]}, {"name": "N"}, {"x": value})


def disputed():
    """(name, typed data as text) that the two peers hash differently, or that only one of them takes."""
    undeclared = note("bool", True)
    undeclared["domain"]["chainId"] = 1
    other_order = note("bool", True)
    other_order["types"]["EIP712Domain"] = declared([("chainId", "uint256"), ("name", "string")])
    other_order["domain"]["chainId"] = 1
    missing = note("string", "")
    del missing["types"]["EIP712Domain"]
    requests = {
        "an address of one byte": note("address", "0x01"),
        "a number beyond its type": note("int8", 255),
        "a domain key that is not declared": undeclared,
        "a domain in another order": other_order,
        "a domain that is not declared": missing,
    }
    return [(name, json.dumps(request)) for name, request in requests.items()]


def loose():
    """(name, typed data as text) that both peers take, other programs or versions otherwise, and EIP-712 not at all."""
    requests = {
        "a truth value as text": note("bool", "false"),
        "bytes as plain text": note("bytes", "coffee"),
        "fixed bytes that are short": note("bytes4", "0x01"),
        "a text as a number": note("string", 10),
        "uint without bits": note("uint", 1),
        "a struct as null": typed_data({"S0": [("x", "S1")], "S1": [("y", "bool")]}, {"name": "N"}, {"x": None}),
    }
    return [(name, json.dumps(request)) for name, request in requests.items()]


def by_eth_account(text):
    try:
        message = encode_typed_data(full_message=json.loads(text))
    except Exception:  # it raises errors of many kinds
        return None
    digest = keccak(b"\x19" + message.version + message.header + message.body)
    return tuple(part.hex() for part in (message.header, message.body, digest))


def by_eth_sig_util(texts):
    done = subprocess.run(
        ["node", HERE / "typed_data.mjs"], input=json.dumps(texts), capture_output=True, text=True, check=True
    )
    return [found and tuple(found) for found in json.loads(done.stdout)]


def check(hashes):
    """Compares our hashes with those of both peers; how many agree, and how many requests we refuse."""
    agreed, differing, refused = cases(), disputed(), loose()
    for (name, text), theirs in zip(agreed, by_eth_sig_util([text for _, text in agreed]), strict=True):
        found = {"eth-sig-util": theirs, "eth-account": by_eth_account(text), "ours": hashes(text)}
        if len(set(found.values())) != 1 or theirs is None:
            raise AssertionError(f"{name}: {found}")
    for (name, text), theirs in zip(differing, by_eth_sig_util([text for _, text in differing]), strict=True):
        if theirs == by_eth_account(text):
            raise AssertionError(f"{name}: the peers agree")
    for name, text in differing + refused:
        if hashes(text) is not None:
            raise AssertionError(f"{name}: not refused")
    return len(agreed), len(differing) + len(refused)
