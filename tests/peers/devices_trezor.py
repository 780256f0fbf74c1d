"""The simulated Trezor, driven by the Trezor's own library: what it signs is judged by others."""

import re
import subprocess
import unicodedata
from contextlib import contextmanager

import by_embit
import checks
import make_request
import payments
import rlp
import wallet_kinds
from checks import add, check, equal, kernel_accepts, same
from embit import bip32, bip39
from embit.psbt import PSBT
from eth_account import Account
from eth_account.messages import encode_defunct, encode_typed_data
from eth_account.typed_transactions import TypedTransaction
from eth_keys import keys
from eth_utils import keccak
from payments import CHANGE_INDEX, CHANGE_SAT, COINS, PAYEE_SAT
from trezorlib import btc, ethereum, exceptions, messages
from trezorlib.client import AppManifest, get_client
from trezorlib.tools import parse_path
from trezorlib.transport.udp import UdpTransport
from wallet_kinds import KINDS

FORMS = {
    "pkh": (messages.InputScriptType.SPENDADDRESS, messages.OutputScriptType.PAYTOADDRESS),
    "sh-wpkh": (messages.InputScriptType.SPENDP2SHWITNESS, messages.OutputScriptType.PAYTOP2SHWITNESS),
    "wpkh": (messages.InputScriptType.SPENDWITNESS, messages.OutputScriptType.PAYTOWITNESS),
    "tr": (messages.InputScriptType.SPENDTAPROOT, messages.OutputScriptType.PAYTOTAPROOT),
    "wsh-sortedmulti": (messages.InputScriptType.SPENDWITNESS, messages.OutputScriptType.PAYTOWITNESS),
    "wsh-multi": (messages.InputScriptType.SPENDWITNESS, messages.OutputScriptType.PAYTOWITNESS),
    "sh-wsh-sortedmulti": (messages.InputScriptType.SPENDP2SHWITNESS, messages.OutputScriptType.PAYTOP2SHWITNESS),
}
ETHEREUM = "m/44h/60h/0h/0/0"
TO = "0x8eA7a3fccC211ED48b763b4164884DDbcF3b0A98"
SEPOLIA = 11_155_111
DEFINITION = {
    "types": {
        "EIP712Domain": [{"name": "name", "type": "string"}, {"name": "chainId", "type": "uint256"}],
        "Person": [{"name": "name", "type": "string"}, {"name": "wallets", "type": "address[]"}],
        "Mail": [
            {"name": "from", "type": "Person"},
            {"name": "to", "type": "Person[]"},
            {"name": "amount", "type": "int64"},
            {"name": "seal", "type": "bytes32"},
            {"name": "body", "type": "bytes"},
            {"name": "urgent", "type": "bool"},
        ],
    },
    "primaryType": "Mail",
    "domain": {"name": "Mail", "chainId": SEPOLIA},
    "message": {
        "from": {"name": "Ann", "wallets": [TO, "0x" + "11" * 20]},
        "to": [{"name": "Bob", "wallets": []}, {"name": "Eve", "wallets": ["0x" + "22" * 20]}],
        "amount": -7,
        "seal": "0x" + "ab" * 32,
        "body": "0x" + "cd" * 45,
        "urgent": True,
    },
}


@contextmanager
def trezor(*options):
    """The library's view of a simulated Trezor that was just switched on."""
    command = [checks.VITRINE.with_name("vitrine-sim"), "trezor", "--udp", "127.0.0.1:0", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as program:
        try:
            port = program.stdout.readline().rpartition(":")[2]
            yield get_client(AppManifest("peers"), UdpTransport(f"127.0.0.1:{int(port)}"))
        finally:
            program.kill()


@contextmanager
def open_wallet(*options):
    with trezor(*options) as client:
        yield client.get_session()


def refused(function, *args, says, **kwargs):
    try:
        function(*args, **kwargs)
    except exceptions.TrezorFailure as failure:
        assert says in failure.message, failure.message
        return
    raise AssertionError(f"not refused, though it should say {says}")


# Bitcoin


def multisig(kind, path, index):
    """The cosigners of a script, as the library takes them; none for a wallet of one key."""
    if "multi" not in kind.pattern:
        return None
    keys = [wallet_kinds.root(letter).derive(f"m/{kind.account}") for letter in cosigners(kind)]
    nodes = [
        messages.HDNodeType(
            depth=key.depth,
            fingerprint=int.from_bytes(key.fingerprint, "big"),
            child_num=key.child_number,
            chain_code=key.chain_code,
            public_key=key.to_public().key.sec(),
        )
        for key in keys
    ]
    order = messages.MultisigPubkeysOrder
    pubkeys_order = order.LEXICOGRAPHIC if "sorted" in kind.pattern else order.PRESERVED
    return messages.MultisigRedeemScriptType(
        nodes=nodes, address_n=[path, index], signatures=[b""] * len(nodes), m=2, pubkeys_order=pubkeys_order
    )


def cosigners(kind):
    return re.findall(r"@([A-D])", kind.pattern)


def parts(kind):
    """The payment of the other checks, in the library's words."""
    spent, change = FORMS[kind.name]
    account = f"m/{kind.account}"

    def script_of(change, index):
        return by_embit.script(kind, change, index)

    unsigned = payments.unsigned(kind, script_of)
    funding = payments.funding(script_of)
    inputs = [
        messages.TxInputType(
            address_n=parse_path(f"{account}/{path}/{index}"),
            prev_hash=tx.txid(),
            prev_index=position,
            amount=sat,
            sequence=kind.sequence,
            script_type=spent,
            multisig=multisig(kind, path, index),
        )
        for (path, index, sat, position), tx in zip(COINS, funding)
    ]
    payee = unsigned.vout[0].script_pubkey.address(make_request.TESTNET)
    outputs = [
        messages.TxOutputType(address=payee, amount=PAYEE_SAT),
        messages.TxOutputType(
            address_n=parse_path(f"{account}/1/{CHANGE_INDEX}"),
            amount=CHANGE_SAT,
            script_type=change,
            multisig=multisig(kind, 1, CHANGE_INDEX),
        ),
    ]
    return unsigned, funding, inputs, outputs


def previous(tx):
    """A transaction that pays one of ours."""
    return messages.TransactionType(
        version=tx.version,
        lock_time=tx.locktime,
        inputs=[
            messages.TxInputType(
                prev_hash=i.txid, prev_index=i.vout, script_sig=i.script_sig.data, sequence=i.sequence
            )
            for i in tx.vin
        ],
        bin_outputs=[messages.TxOutputBinType(amount=o.value, script_pubkey=o.script_pubkey.data) for o in tx.vout],
    )


def sign(session, kind, coin="Testnet", **changed):
    unsigned, funding, inputs, outputs = parts(kind)
    transactions = {tx.txid(): previous(tx) for tx in funding}
    for name, value in changed.items():
        setattr(inputs[0], name, value)
    return unsigned, funding, btc.sign_tx(
        session, coin, inputs, outputs, prev_txes=transactions, version=unsigned.version, lock_time=unsigned.locktime
    )


def stripped(raw):
    """A transaction without what its signatures are in."""
    tx = by_embit.Transaction.parse(raw)
    for one in tx.vin:
        one.script_sig, one.witness = payments.Script(b""), type(one.witness)([])
    return tx.serialize()


def finished(kind, signatures, raw):
    """The whole transaction: where there are cosigners, embit signs for the second and puts it together."""
    if "multi" not in kind.pattern:
        return raw
    request = by_embit.request(kind, 0)
    others = [letter for letter in kind.signers if letter != "A"] or ["B"]
    psbt = PSBT.parse(by_embit.signed(kind, request, others[0]))
    for scope, signature, (path, index, _, _) in zip(psbt.inputs, signatures, COINS):
        own = wallet_kinds.root("A").derive(f"m/{kind.account}/{path}/{index}").to_public().key
        scope.partial_sigs[own] = signature + b"\x01"
    return by_embit.finished(kind, psbt.serialize())


def signed_by_the_library(kind, model):
    with open_wallet("--model", model) as session:
        unsigned, funding, (signatures, raw) = sign(session, kind)
        equal(len(signatures), len(COINS), "signatures")
        raw = finished(kind, signatures, raw)
        same(stripped(raw), unsigned.serialize())
        spent = [(tx.vout[coin[3]].script_pubkey.data, coin[2]) for tx, coin in zip(funding, COINS)]
        assert kernel_accepts(raw, spent), "Bitcoin Core's kernel refuses the transaction"
        for path, index in [(0, 0), (1, 5)]:
            place = parse_path(f"m/{kind.account}/{path}/{index}")
            form, cosigning = FORMS[kind.name][0], multisig(kind, path, index)
            shown = btc.get_address(session, "Testnet", place, show_display=True, multisig=cosigning, script_type=form)
            equal(shown, by_embit.address(kind, path, index), f"address {path}/{index}")


for model in ("safe5", "one"):
    for one in KINDS:
        if one.name in FORMS:
            name = f"simulated trezor, {model}, {one.name}: the kernel takes what trezorlib gets signed"
            add(name, signed_by_the_library, one, model)


@check
def the_simulated_trezor_refuses_coins_of_value_and_an_amount_that_the_previous_transaction_denies():
    kind = next(kind for kind in KINDS if kind.name == "wpkh")
    with open_wallet() as session:
        refused(sign, session, kind, coin="Bitcoin", says="test networks only")
        refused(sign, session, kind, amount=COINS[0][2] + 1, says="amount")


# Ethereum


def place():
    return parse_path(ETHEREUM)


def account():
    root = bip32.HDKey.from_seed(bip39.mnemonic_to_seed(make_request.OURS))
    return Account.from_key(root.derive(ETHEREUM).key.serialize()).address


def signed_by(digest, parity, r, s):
    signature = keys.Signature(vrs=(parity, int.from_bytes(r, "big"), int.from_bytes(s, "big")))
    return signature.recover_public_key_from_msg_hash(digest).to_checksum_address()


def legacy(session, data):
    v, r, s = ethereum.sign_tx(session, place(), 7, 20 * 10**9, 90_000, TO, 12_345, data, SEPOLIA)
    fields = [7, 20 * 10**9, 90_000, bytes.fromhex(TO[2:]), 12_345, data, SEPOLIA, 0, 0]
    return signed_by(keccak(rlp.encode(fields)), v - 35 - 2 * SEPOLIA, r, s)


def dynamic(session, data):
    listed = [messages.EthereumAccessList(address=TO, storage_keys=[b"\x05" * 32])]
    v, r, s = ethereum.sign_tx_eip1559(
        session, place(), nonce=8, gas_limit=90_000, to=TO, value=0, data=data, chain_id=SEPOLIA,
        max_gas_fee=30 * 10**9, max_priority_fee=10**9, access_list=listed,
    )
    unsigned = TypedTransaction.from_dict({
        "type": 2, "chainId": SEPOLIA, "nonce": 8, "gas": 90_000, "to": TO, "value": 0, "data": data,
        "maxFeePerGas": 30 * 10**9, "maxPriorityFeePerGas": 10**9,
        "accessList": [{"address": TO, "storageKeys": ["0x" + "05" * 32]}],
    })
    return signed_by(unsigned.hash(), v, r, s)


def transactions(model):
    with open_wallet("--model", model) as session:
        equal(ethereum.get_address(session, place()), account(), "address")
        for length in (0, 4, 1024, 3000):
            data = bytes(n % 251 for n in range(length))
            equal(legacy(session, data), account(), f"signer of type 0 with {length} bytes of data")
            equal(dynamic(session, data), account(), f"signer of type 2 with {length} bytes of data")
        refused(ethereum.sign_tx, session, place(), 7, 1, 21_000, TO, 1, None, 1, says="test networks only")


def texts(model):
    with open_wallet("--model", model) as session:
        for text in ("Hello, Vitrine!", "two\nlines", "é" * 200):
            answer = ethereum.sign_message(session, place(), text)
            equal(answer.address, account(), "address")
            signer = Account.recover_message(encode_defunct(text=text), signature=answer.signature)
            equal(signer, account(), "signer of a message")


def typed_data(model):
    encoded = encode_typed_data(full_message=DEFINITION)
    with open_wallet("--model", model) as session:
        if model == "one":
            answer = ethereum.sign_typed_data_hash(session, place(), encoded.header, encoded.body)
        else:
            answer = ethereum.sign_typed_data(session, place(), DEFINITION)
        equal(answer.address, account(), "address")
        equal(Account.recover_message(encoded, signature=answer.signature), account(), "signer of typed data")


for model in ("safe5", "one"):
    add(f"simulated trezor, {model}: eth-account recovers the signer of transactions", transactions, model)
    add(f"simulated trezor, {model}: eth-account recovers the signer of messages", texts, model)
# Bare hashes name no chain: the simulated One signs none of them for its networks of no value.
add("simulated trezor, safe5: eth-account recovers the signer of typed data", typed_data, "safe5")


# Who may use it


@check
def the_simulated_trezor_opens_hidden_wallets_as_the_library_expects():
    with trezor("--passphrase", "typed on it", "--pin", "7391") as client:
        for passphrase in ("", "hidden", "café ﬁ"):
            seed = bip39.mnemonic_to_seed(make_request.OURS, unicodedata.normalize("NFKD", passphrase))
            session = client.get_session(passphrase)
            root = bip32.HDKey.from_seed(seed)
            expected = root.derive("m/0h").fingerprint  # of its parent, the master key
            equal(session.get_root_fingerprint().hex(), expected.hex(), f"fingerprint with “{passphrase}”")
            session.initialize()  # resumed: trezorlib raises if it is asked for the passphrase once more
            found = btc.get_public_node(session, parse_path("m/84h/1h/0h"), coin_name="Testnet").xpub
            same(found, root.derive("m/84h/1h/0h").to_public(version=make_request.TESTNET["xpub"]).to_base58())
        refused(client.get_session, "x" * 51, says="50 bytes")
