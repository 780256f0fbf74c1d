"""embit: requests of either version, addresses, signatures, and the transactions that it can finish."""

from functools import cache

from embit import finalizer
from embit.descriptor import Descriptor
from embit.descriptor.taptree import _tweak_helper
from embit.ec import PublicKey
from embit.hashes import tagged_hash
from embit.psbt import PSBT, DerivationPath
from embit.transaction import Transaction
from embit.util import secp256k1

import payments
import wallet_kinds
from make_request import TESTNET
from payments import COINS, CHANGE_INDEX, Facts

NAME = "embit"
VERSIONS = (0, 2)
TAP_KEY_SIG = b"\x13"
FINISHES = ("pkh", "sh-wpkh", "wpkh", "wsh-sortedmulti", "wsh-multi", "sh-wsh-sortedmulti")


@cache
def derived(kind, change, index):
    return Descriptor.from_string(kind.descriptor()).derive(index, branch_index=change)


def script(kind, change, index):
    return derived(kind, change, index).script_pubkey().data


def address(kind, change, index):
    return derived(kind, change, index).address(TESTNET)


def request(kind, version):
    def script_of(change, index):
        return script(kind, change, index)

    tx = payments.unsigned(kind, script_of)
    psbt = PSBT(tx, version=version or None)
    for scope, previous, (change, index, _, position) in zip(psbt.inputs, payments.funding(script_of), COINS):
        descriptor = derived(kind, change, index)
        scope.non_witness_utxo = previous
        if descriptor.is_segwit:
            scope.witness_utxo = previous.vout[position]
        describe(scope, descriptor)
        if descriptor.taptree:
            scope.taproot_merkle_root = descriptor.taptree.tweak()
            scope.taproot_scripts = control_blocks(descriptor)
    describe(psbt.outputs[1], derived(kind, 1, CHANGE_INDEX))
    return psbt.serialize()


def describe(scope, descriptor):
    """Adds scripts and key origins of a derived descriptor."""
    origins = [key for key in descriptor.keys if key.origin]
    if not descriptor.is_taproot:
        scope.redeem_script = descriptor.redeem_script()
        scope.witness_script = descriptor.witness_script()
        for key in origins:
            scope.bip32_derivations[key.key.key] = path(key)
        return
    scope.taproot_internal_key = PublicKey.from_xonly(descriptor.key.xonly())
    for key in origins:
        hashes = [tagged_hash("TapLeaf", leaf.serialize()) for leaf in leaves(descriptor) if uses(leaf, key)]
        scope.taproot_bip32_derivations[PublicKey.from_xonly(key.xonly())] = (hashes, path(key))


def path(key):
    return DerivationPath(key.origin.fingerprint, key.origin.derivation)


def leaves(descriptor):
    return [leaf for leaf, _ in _tweak_helper(descriptor.taptree)[0]] if descriptor.taptree else []


def uses(leaf, key):
    return any(other.xonly() == key.xonly() for other in leaf.keys)


def control_blocks(descriptor):
    """Control block to script and leaf version, as PSBT_IN_TAP_LEAF_SCRIPT has them (BIP-371)."""
    internal = descriptor.key.xonly()
    tweak = tagged_hash("TapTweak", internal + descriptor.taptree.tweak())
    output_key = secp256k1.ec_pubkey_add(secp256k1.ec_pubkey_parse(b"\x02" + internal), tweak)
    parity = secp256k1.ec_pubkey_serialize(output_key)[0] & 1
    blocks = {}
    for leaf, merkle_path in _tweak_helper(descriptor.taptree)[0]:
        block = bytes([leaf.version | parity]) + internal + merkle_path
        blocks[block] = leaf.miniscript.compile() + bytes([leaf.version])
    return blocks


def facts(request_bytes):
    psbt = PSBT.parse(request_bytes)
    spent = [psbt.utxo(n) for n in range(len(psbt.inputs))]

    def pairs(outputs):
        return [(output.script_pubkey.address(TESTNET), output.value) for output in outputs]

    return Facts(pairs(spent), pairs(psbt.tx.vout), psbt.fee())


def can_sign(kind):
    return kind.name != "tr-leaf-after-pkh"  # embit looks for the key itself in a leaf


def signed(kind, request_bytes, letter):
    psbt = PSBT.parse(request_bytes)
    if psbt.sign_with(wallet_kinds.root(letter)) < len(psbt.inputs):
        raise AssertionError("embit did not sign every input")
    return psbt.serialize()


def can_finish(kind):
    return kind.name in FINISHES


def finished(kind, psbt_bytes):
    return finalizer.finalize_psbt(PSBT.parse(psbt_bytes)).serialize()


def without_signature(psbt_bytes):
    """A response that lacks what signs its last input."""
    psbt = PSBT.parse(psbt_bytes)
    last = psbt.inputs[-1]
    last.partial_sigs.clear()
    last.taproot_sigs.clear()
    last.unknown.pop(TAP_KEY_SIG, None)
    last.final_scriptwitness = None
    return psbt.serialize()


def with_finished_inputs(request_bytes, transaction):
    """The request with what finishes each input of a transaction, nothing removed."""
    psbt, finished = PSBT.parse(request_bytes), Transaction.parse(transaction)
    for scope, txin in zip(psbt.inputs, finished.vin):
        scope.final_scriptsig = txin.script_sig if txin.script_sig.data else None
        scope.final_scriptwitness = txin.witness if txin.witness.items else None
    return psbt.serialize()
