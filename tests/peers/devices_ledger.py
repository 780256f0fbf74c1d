"""The simulated Ledger, driven by Ledger's own clients over the protocol of Ledger's emulator.

Bitcoin: `ledger-bitcoin`, with embit to make requests and to verify. Ethereum: `ledgerblue`, with `eth-account` to verify.
"""

import re
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass

import rlp
from embit import bip32, bip39
from embit.ec import PublicKey, SchnorrSig, Signature
from embit.hashes import tagged_hash
from embit.psbt import PSBT
from embit.script import Script, Witness
from embit.transaction import SIGHASH
from eth_account import Account
from eth_account.messages import encode_defunct, encode_typed_data
from ledger_bitcoin import Chain, TransportClient, WalletPolicy, createClient
from ledger_bitcoin.exception.errors import DenyError, SignatureFailError
from ledgerblue.commException import CommException
from ledgerblue.commTCP import DongleServer

import by_embit
import checks
import wallet_kinds
from make_request import REPLACEABLE, TESTNET

# The seed of Ledger's emulator, which everybody knows.
SEED = (
    "glory promote mansion idle axis finger extra february uncover one trip resource "
    "lawn turtle enact monster seven myth punch hobby comfort wild raise skin"
)
ACCOUNT = "0xDad77910DbDFdE764fC21FCD4E74D71bBACA6D8D"


@dataclass(frozen=True)
class Policy:
    """A wallet; key 0 is the device's, the others belong to public test seeds."""

    name: str
    template: str
    account: str
    sequence: int = REPLACEABLE

    def keys(self):
        others = [wallet_kinds.key(letter, self.account) for letter in "BC"]
        count = 1 + max(int(n) for n in re.findall(r"@(\d+)", self.template))
        return [own_key(self.account), *others][:count]

    def descriptor(self):
        paths = self.template.replace("/**", "/<0;1>/*")
        return re.sub(r"@(\d+)", lambda found: self.keys()[int(found[1])], paths)

    def locktime(self):
        return wallet_kinds.LOCKTIME_HEIGHT

    def is_standard(self):
        return "@1" not in self.template

    def wallet(self):
        # Ledger writes hardened steps with an apostrophe.
        keys = [key.replace("h/", "'/").replace("h]", "']") for key in self.keys()]
        return WalletPolicy("" if self.is_standard() else self.name, self.template, keys)


def root():
    return bip32.HDKey.from_seed(bip39.mnemonic_to_seed(SEED), version=TESTNET["xprv"])


def own_key(account):
    public = root().derive(f"m/{account}").to_public(version=TESTNET["xpub"])
    return f"[{root().my_fingerprint.hex()}/{account}]{public.to_base58()}"


MULTISIG, WRAPPED, TAPROOT = "48h/1h/0h/2h", "48h/1h/0h/1h", "48h/1h/0h/2h"
POLICIES = [
    Policy("pkh", "pkh(@0/**)", "44h/1h/0h"),
    Policy("sh-wpkh", "sh(wpkh(@0/**))", "49h/1h/0h"),
    Policy("wpkh", "wpkh(@0/**)", "84h/1h/0h"),
    Policy("tr", "tr(@0/**)", "86h/1h/0h"),
    Policy("sh-sortedmulti", "sh(sortedmulti(2,@0/**,@1/**,@2/**))", "45h/1h/0h"),
    Policy("wsh-sortedmulti", "wsh(sortedmulti(2,@0/**,@1/**,@2/**))", MULTISIG),
    Policy("wsh-multi", "wsh(multi(1,@2/**,@0/**,@1/**))", MULTISIG),
    Policy("sh-wsh-sortedmulti", "sh(wsh(sortedmulti(2,@2/**,@1/**,@0/**)))", WRAPPED),
    Policy("wsh-or", "wsh(or_d(pk(@0/**),and_v(v:pkh(@1/**),older(144))))", MULTISIG),
    Policy("wsh-andor", "wsh(andor(pk(@1/**),older(144),and_v(v:pkh(@0/**),pk(@2/**))))", MULTISIG),
    Policy("wsh-thresh", "wsh(thresh(2,pk(@0/**),s:pk(@1/**),sln:older(144)))", MULTISIG, sequence=144),
    Policy("tr-by-key", "tr(@0/**,{pk(@1/**),and_v(v:pk(@2/**),older(144))})", TAPROOT),
    Policy("tr-leaf", "tr(@1/**,{and_v(v:pk(@2/**),older(144)),pk(@0/**)})", TAPROOT),
    Policy("tr-leaves", "tr(@1/**,{{pk(@0/**),pk(@2/**)},multi_a(2,@2/<2;3>/*,@0/<2;3>/*)})", TAPROOT),
]


@contextmanager
def simulated(app, *options):
    """The port of a simulated device."""
    program = checks.VITRINE.with_name("vitrine-sim")
    command = [program, "ledger", "--tcp", "127.0.0.1:0", "--app", app, *options]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        yield int(running.stdout.readline().rsplit(":", 1)[1])
    finally:
        running.kill()
        running.wait()


@contextmanager
def client(*options):
    with simulated("bitcoin-test", *options) as port:
        connection = TransportClient("tcp", server="127.0.0.1", port=port)
        try:
            yield createClient(connection, chain=Chain.TEST)
        finally:
            connection.stop()


def bitcoin_keys_are_derived_alike():
    with client() as device:
        checks.equal(device.get_master_fingerprint().hex(), "f5acc2fd", "fingerprint")
        for account in {policy.account for policy in POLICIES}:
            path = "m/" + account.replace("h", "'")
            checks.equal(device.get_extended_pubkey(path), own_key(account).rsplit("]", 1)[1], path)


def bitcoin_wallet(policy):
    """Registers, shows an address, signs a payment of two coins with change."""
    with client() as device:
        wallet, hmac = policy.wallet(), None
        if not policy.is_standard():
            found, hmac = device.register_wallet(wallet)
            checks.equal(found, wallet.id, "wallet id")
        for change, index in [(0, 0), (0, 3), (1, 2)]:
            shown = device.get_wallet_address(wallet, hmac, change, index, True)
            checks.equal(shown, by_embit.address(policy, change, index), f"address {change}/{index}")
        psbt = PSBT.parse(by_embit.request(policy, 0))
        results = device.sign_psbt(psbt.to_string(), wallet, hmac)
    verify(policy, psbt, results)


def verify(policy, psbt, results):
    signed = [n for n, _ in results]
    for n in range(len(psbt.inputs)):
        if n not in signed:
            raise AssertionError(f"no signature for input {n}")
    for n, result in results:
        verified = taproot_is_good if by_embit.derived(policy, 0, 0).is_taproot else ecdsa_is_good
        if not verified(policy, psbt, n, result):
            raise AssertionError(f"the signature for input {n} is wrong")
    complete(policy, psbt, dict(results))


def ecdsa_is_good(policy, psbt, n, result):
    own = {key.sec() for key in by_embit.derived(policy, *by_embit.COINS[n][:2]).keys if is_own(key)}
    kind = result.signature[-1]
    checks.equal(kind, SIGHASH.ALL, "sighash type")
    checks.equal(result.pubkey in own, True, "the device's key")
    digest = psbt.sighash(n, sighash=kind)
    return PublicKey.parse(result.pubkey).verify(Signature.parse(result.signature[:-1]), digest)


def taproot_is_good(policy, psbt, n, result):
    descriptor = by_embit.derived(policy, *by_embit.COINS[n][:2])
    key, signature = PublicKey.from_xonly(result.pubkey), SchnorrSig(result.signature)
    if result.tapleaf_hash is None:
        checks.equal(result.pubkey, descriptor.script_pubkey().data[2:], "output key")
        return key.schnorr_verify(signature, psbt.sighash(n, sighash=SIGHASH.DEFAULT))
    for leaf in by_embit.leaves(descriptor):
        if tagged_hash("TapLeaf", leaf.serialize()) == result.tapleaf_hash:
            checks.equal(any(is_own(k) and k.xonly() == result.pubkey for k in leaf.keys), True, "the device's key")
            script = leaf.miniscript.compile()
            digest = psbt.sighash(n, sighash=SIGHASH.DEFAULT, ext_flag=1, script=Script(script))
            return key.schnorr_verify(signature, digest)
    raise AssertionError("no such leaf")


def is_own(key):
    return key.origin is not None and key.origin.fingerprint == root().my_fingerprint


def complete(policy, psbt, results):
    """Where the device's signature is enough, Bitcoin Core's kernel accepts the transaction."""
    spent = [(psbt.utxo(n).script_pubkey.data, psbt.utxo(n).value) for n in range(len(psbt.inputs))]
    if policy.name in ("tr", "tr-by-key"):
        tx = psbt.tx
        for n, result in results.items():
            tx.vin[n].witness = Witness([result.signature])
        checks.equal(checks.kernel_accepts(tx.serialize(), spent), True, "Bitcoin Core's kernel")
    elif policy.name in ("pkh", "sh-wpkh", "wpkh", "wsh-multi"):
        for n, result in results.items():
            psbt.inputs[n].partial_sigs[PublicKey.parse(result.pubkey)] = result.signature
        raw = by_embit.finished(policy, psbt.serialize())
        checks.equal(checks.kernel_accepts(raw, spent), True, "Bitcoin Core's kernel")


def a_person_refuses_and_the_client_says_so():
    wallet, multisig = POLICIES[2].wallet(), POLICIES[5]
    psbt = PSBT.parse(by_embit.request(POLICIES[2], 0)).to_string()
    with client("--fault", "refuses:0") as device:
        refused(DenyError, lambda: device.get_wallet_address(wallet, None, 0, 0, True))
    with client("--fault", "refuses:4") as device:
        refused(DenyError, lambda: device.sign_psbt(psbt, wallet, None))
        refused(SignatureFailError, lambda: device.get_wallet_address(multisig.wallet(), bytes([1] * 32), 0, 0, True))


def refused(kind, request):
    try:
        request()
    except kind:
        return
    raise AssertionError(f"no {kind.__name__}")


PATH = [44 | 1 << 31, 60 | 1 << 31, 1 << 31, 0, 0]
SEPOLIA = 11155111


def path_bytes():
    return bytes([len(PATH)]) + b"".join(step.to_bytes(4, "big") for step in PATH)


@contextmanager
def ethereum(*options):
    with simulated("ethereum", *options) as port:
        connection = DongleServer("127.0.0.1", port)
        try:
            yield connection
        finally:
            connection.socket.close()


def sent(device, instruction, data):
    """Sends data in packets of at most 255 bytes; the last answer."""
    answer = b""
    for start in range(0, len(data), 255):
        part = data[start : start + 255]
        answer = device.exchange(bytes([0xE0, instruction, 0x80 if start else 0, 0, len(part)]) + part)
    return bytes(answer)


def scalars(answer):
    return answer[0], int.from_bytes(answer[1:33], "big"), int.from_bytes(answer[33:65], "big")


def legacy_transaction():
    fields = [7, 20 * 10**9, 21_000, bytes([0x44] * 20), 10**18, b""]
    with ethereum() as device:
        v, r, s = scalars(sent(device, 0x04, path_bytes() + rlp.encode([*fields, SEPOLIA, 0, 0])))
    # One byte is all that the app has for v.
    whole = next(35 + 2 * SEPOLIA + parity for parity in (0, 1) if (35 + 2 * SEPOLIA + parity) & 0xFF == v)
    checks.equal(Account.recover_transaction(rlp.encode([*fields, whole, r, s])), ACCOUNT, "signer")


def dynamic_fee_transaction():
    fields = [SEPOLIA, 7, 10**9, 20 * 10**9, 100_000, bytes([0x44] * 20), 1, bytes([0xAB] * 400), []]
    with ethereum() as device:
        parity, r, s = scalars(sent(device, 0x04, path_bytes() + b"\x02" + rlp.encode(fields)))
    checks.equal(Account.recover_transaction(b"\x02" + rlp.encode([*fields, parity, r, s])), ACCOUNT, "signer")


def personal_message():
    message = b"all work and no play makes jack a dull boy. " * 20
    with ethereum() as device:
        vrs = scalars(sent(device, 0x08, path_bytes() + len(message).to_bytes(4, "big") + message))
    checks.equal(Account.recover_message(encode_defunct(message), vrs=vrs), ACCOUNT, "signer")


TYPES = {
    "EIP712Domain": [("string", "name"), ("uint256", "chainId"), ("address", "verifyingContract")],
    "Person": [("string", "name"), ("address", "wallet")],
    "Mail": [("Person", "from"), ("Person", "to"), ("string", "contents"), ("bytes32", "salt")],
}
DOMAIN = {"name": "Ether Mail", "chainId": SEPOLIA, "verifyingContract": "0x" + "cc" * 20}
MAIL = {
    "from": {"name": "Cow", "wallet": "0x" + "11" * 20},
    "to": {"name": "Bob", "wallet": "0x" + "22" * 20},
    "contents": "Hello, Bob! " * 30,
    "salt": bytes(range(32)),
}


def defined(kind, name):
    """A member of a struct type: what it is, how large, its name."""
    sizes = {"uint256": (0x42, 32), "bytes32": (0x46, 32)}
    if kind in sizes:
        described = bytes(sizes[kind])
    elif kind in ("address", "string"):
        described = bytes([{"address": 3, "string": 5}[kind]])
    else:
        described = bytes([0, len(kind)]) + kind.encode()
    return described + bytes([len(name)]) + name.encode()


def value_bytes(kind, value):
    if kind == "string":
        return value.encode()
    if kind == "address":
        return bytes.fromhex(value[2:])
    return value if isinstance(value, bytes) else value.to_bytes((value.bit_length() + 7) // 8, "big")


def typed_data():
    with ethereum() as device:

        def send(instruction, p1, p2, data):
            return bytes(device.exchange(bytes([0xE0, instruction, p1, p2, len(data)]) + data))

        def give(struct, value):
            for kind, name in TYPES[struct]:
                if kind in TYPES:
                    give(kind, value[name])
                    continue
                data = value_bytes(kind, value[name])
                data = len(data).to_bytes(2, "big") + data
                for start in range(0, len(data), 255):
                    part = data[start : start + 255]
                    send(0x1C, 1 if start + 255 < len(data) else 0, 0xFF, part)

        for struct, members in TYPES.items():
            send(0x1A, 0, 0, struct.encode())
            for kind, name in members:
                send(0x1A, 0, 0xFF, defined(kind, name))
        for struct, value in (("EIP712Domain", DOMAIN), ("Mail", MAIL)):
            send(0x1C, 0, 0, struct.encode())
            give(struct, value)
        vrs = scalars(send(0x0C, 0, 1, path_bytes()))
    types = {struct: [{"type": kind, "name": name} for kind, name in members] for struct, members in TYPES.items()}
    whole = {"types": types, "primaryType": "Mail", "domain": DOMAIN, "message": MAIL}
    checks.equal(Account.recover_message(encode_typed_data(full_message=whole), vrs=vrs), ACCOUNT, "signer")


def chains_of_value_and_refusals():
    for chain, options, status in ((1, (), 0x6A80), (SEPOLIA, ("--fault", "refuses:2"), 0x6985)):
        fields = [chain, 7, 10**9, 20 * 10**9, 21_000, bytes([0x44] * 20), 1, b"", []]
        with ethereum(*options) as device:
            try:
                sent(device, 0x04, path_bytes() + b"\x02" + rlp.encode(fields))
            except CommException as error:
                checks.equal(error.sw, status, "status word")
            else:
                raise AssertionError("signed")


checks.add("ledger-bitcoin derives keys as the simulated Ledger does", bitcoin_keys_are_derived_alike)
for policy in POLICIES:
    checks.add(f"ledger-bitcoin and the simulated Ledger, {policy.name}", bitcoin_wallet, policy)
checks.add("ledger-bitcoin says that the person refused", a_person_refuses_and_the_client_says_so)
for request in (
    legacy_transaction,
    dynamic_fee_transaction,
    personal_message,
    typed_data,
    chains_of_value_and_refusals,
):
    checks.add(f"ledgerblue and the simulated Ledger, {request.__name__.replace('_', ' ')}", request)
