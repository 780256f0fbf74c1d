"""What the Ethereum checks share: our library behind one example, keys, and a development chain."""

import contextlib
import functools
import json
import platform
import socket
import subprocess
import time
import urllib.request

from eth_account import Account
from eth_keys import keys

import checks
from checks import HERE, Skipped

MNEMONIC = "test test test test test test test test test test test junk"  # of every development chain
FOUNDRY = HERE / "node_modules" / "@foundry-rs"


@functools.cache
def key(index):
    """A key of the development chains' mnemonic."""
    Account.enable_unaudited_hdwallet_features()
    return keys.PrivateKey(bytes(Account.from_mnemonic(MNEMONIC, account_path=f"m/44'/60'/0'/0/{index}").key))


def account(index):
    return key(index).public_key.to_canonical_address().hex()


def signature(private_key, digest):
    """r, s and parity as hex: a device's answer."""
    found = private_key.sign_msg_hash(bytes.fromhex(digest))
    return found.r.to_bytes(32).hex() + found.s.to_bytes(32).hex() + found.v.to_bytes(1).hex()


def ask(*asked):
    """What our library says to each; {"refused": why} is an answer too."""
    lines = "".join(json.dumps(one) + "\n" for one in asked)
    command = [checks.VITRINE.parent / "examples" / "peer"]
    done = subprocess.run(command, input=lines, capture_output=True, text=True, timeout=300)
    if done.returncode != 0:
        raise AssertionError(done.stderr)
    found = [json.loads(line) for line in done.stdout.splitlines()]
    if len(found) != len(asked):
        raise AssertionError(f"{len(found)} answers to {len(asked)} questions")
    return found


def said(op, **fields):
    """One answer, which is no refusal."""
    (found,) = ask({"op": op, **fields})
    if "refused" in found:
        raise AssertionError(f"{op} is refused: {found['refused']}")
    return found


def foundry(name):
    """A program of Foundry's, which the package registry has for this machine alone."""
    program = FOUNDRY / f"{name}-linux-amd64" / "bin" / name
    if platform.machine() != "x86_64" or not program.exists():
        raise Skipped(f"{name} is there for x86_64 Linux alone")
    return program


class Refused(Exception):
    """The chain said no."""


class Anvil:
    """A development chain, asked over its own port of this machine."""

    def __init__(self, port):
        self.url = f"http://127.0.0.1:{port}"

    def call(self, method, *params):
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()
        request = urllib.request.Request(self.url, body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=60) as response:
            found = json.load(response)
        if "error" in found:
            raise Refused(f"{method}: {found['error']['message']}")
        return found["result"]

    def receipt(self, transaction_hash):
        """Its receipt: the chain mines at once, but answers before."""
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            if found := self.call("eth_getTransactionReceipt", transaction_hash):
                return found
            time.sleep(0.02)
        raise Refused(f"{transaction_hash} is not mined")

    def send_raw(self, raw):
        """Sends a signed transaction; its hash and receipt."""
        found = self.call("eth_sendRawTransaction", "0x" + raw)
        return found, self.receipt(found)

    def view(self, to, data):
        return bytes.fromhex(self.call("eth_call", {"to": "0x" + to, "data": "0x" + data}, "latest")[2:])

    def do(self, sender, to, data, value=0):
        """A transaction of the chain's own accounts, to set the stage; its receipt."""
        fields = {"from": "0x" + sender, "data": "0x" + data, "value": hex(value), "gas": hex(12_000_000)}
        sent = self.call("eth_sendTransaction", fields | ({"to": "0x" + to} if to else {}))
        receipt = self.receipt(sent)
        if receipt["status"] != "0x1":
            raise Refused(f"the transaction to {to} failed")
        return receipt


@contextlib.contextmanager
def anvil(chain_id):
    """A new chain with this id; it ends with the check."""
    program = foundry("anvil")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [program, "--host", "127.0.0.1", "--port", str(port), "--chain-id", str(chain_id), "--quiet"]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        chain = Anvil(port)
        deadline = time.monotonic() + 60
        while True:
            try:
                if int(chain.call("eth_chainId"), 16) == chain_id:
                    break
            except OSError:
                if time.monotonic() > deadline or process.poll() is not None:
                    raise AssertionError("anvil does not start") from None
                time.sleep(0.1)
        yield chain
    finally:
        process.terminate()
        process.wait(timeout=30)
