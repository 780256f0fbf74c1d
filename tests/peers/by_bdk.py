"""bdkpython (BDK): requests of version 0 by its own transaction builder, addresses, signatures, finished transactions."""

import base64
import json
from functools import cache

import bdkpython as bdk

import payments
import wallet_kinds
from payments import COINS, FEE_SAT, PAYEE_SAT, Facts

NAME = "bdk"
VERSIONS = (0,)
TESTNET = bdk.Network.TESTNET


@cache
def branches(kind, secret=""):
    text = wallet_kinds.filled(kind.pattern, kind.account, secret)
    if not secret:
        return bdk.Descriptor(text, bdk.NetworkKind.TEST).to_single_descriptors()
    # BDK takes no private keys with two paths at once.
    return [bdk.Descriptor(text.replace("<0;1>", path), bdk.NetworkKind.TEST) for path in "01"]


def script(kind, change, index):
    return bytes(branches(kind)[change].derive_address(index, TESTNET).script_pubkey().to_bytes())


def address(kind, change, index):
    return str(branches(kind)[change].derive_address(index, TESTNET))


def wallet(kind, secret=""):
    receive, change = branches(kind, secret)
    return bdk.Wallet(receive, change, TESTNET, bdk.Persister.new_in_memory(), 25)


def request(kind, version):
    watching = wallet(kind)
    paid_by = payments.funding(lambda change, index: script(kind, change, index))
    known = [bdk.Transaction(tx.serialize()) for tx in paid_by]
    watching.apply_unconfirmed_txs([bdk.UnconfirmedTx(tx=tx, last_seen=1) for tx in known])
    coins = [bdk.OutPoint(txid=tx.compute_txid(), vout=coin[3]) for tx, coin in zip(known, COINS)]
    to = bdk.Script(payments.payee().data)
    builder = bdk.TxBuilder().version(2).add_utxos(coins).manually_selected_only()
    builder = builder.add_recipient(to, bdk.Amount.from_sat(PAYEE_SAT)).fee_absolute(bdk.Amount.from_sat(FEE_SAT))
    builder = builder.nlocktime(bdk.LockTime.BLOCKS(kind.locktime())).set_exact_sequence(kind.sequence)
    builder = builder.ordering(bdk.TxOrdering.UNTOUCHED)
    for keychain in bdk.KeychainKind:
        builder = with_policy(builder, kind, watching.policies(keychain), keychain)
    return base64.b64decode(builder.finish(watching).serialize())


def with_policy(builder, kind, policy, keychain):
    """Tells BDK which way of spending is meant, where there are several."""
    path = {}
    fingerprints = {wallet_kinds.root(letter).my_fingerprint.hex() for letter in kind.signers}
    choose(json.loads(policy.as_string()), kind, fingerprints, path)
    return builder.policy_path(path, keychain) if policy.requires_path() else builder


def choose(node, kind, fingerprints, path):
    """Whether a part of the policy can be satisfied; of a threshold it takes the first parts that can."""
    match node["type"]:
        case "THRESH":
            possible = [n for n, item in enumerate(node["items"]) if choose(item, kind, fingerprints, path)]
            path[node["id"]] = possible[:node["threshold"]]
            return len(possible) >= node["threshold"]
        case "MULTISIG":
            return sum(key.get("fingerprint") in fingerprints for key in node["keys"]) >= node["threshold"]
        case "RELATIVETIMELOCK":
            return node["value"] == {"Blocks": kind.sequence}
        case "ABSOLUTETIMELOCK":
            return node["value"] <= kind.locktime()
        case _:
            return node.get("fingerprint") in fingerprints


def facts(request_bytes):
    psbt = of(request_bytes)
    tx = psbt.extract_tx_unchecked_fee_rate()
    spent = [json.loads(psbt.spend_utxo(n)) for n in range(len(tx.input()))]
    inputs = [(shown(bytes.fromhex(output["script_pubkey"])), output["value"]) for output in spent]
    outputs = [(shown(output.script_pubkey.to_bytes()), output.value.to_sat()) for output in tx.output()]
    return Facts(inputs, outputs, psbt.fee())


def shown(raw):
    return str(bdk.Address.from_script(bdk.Script(raw), TESTNET))


def of(psbt_bytes):
    return bdk.Psbt(base64.b64encode(psbt_bytes).decode())


def can_sign(kind):
    return not kind.is_taproot()  # but its own: to others' it adds fields of the wallet, which no response may have


def signed(kind, request_bytes, letter):
    psbt = of(request_bytes)
    options = bdk.SignOptions(trust_witness_utxo=False, assume_height=None, allow_all_sighashes=False,
                              try_finalize=False, sign_with_tap_internal_key=True, allow_grinding=False)
    wallet(kind, letter).sign(psbt, options)
    return base64.b64decode(psbt.serialize())


def can_finish(kind):
    return kind.name != "tr-leaf-after-pkh"  # BDK ends the whole process


def finished(kind, psbt_bytes):
    result = of(psbt_bytes).finalize()
    if not result.could_finalize:
        raise AssertionError(f"bdk cannot finish it: {result.errors}")
    return bytes(result.psbt.extract_tx_unchecked_fee_rate().serialize())
