"""btclib-wallet: requests of either version, addresses, signatures (MuSig2 too) and finished transactions."""

from functools import cache

from btclib.script import ScriptPubKey
from btclib.tx import Tx
from btclib_wallet.descriptors import SpendContext, multipath_descriptors, parse
from btclib_wallet.psbt import Psbt, musig2, prevouts
from btclib_wallet.psbt_signer import SoftwareSigner

import payments
import wallet_kinds
from payments import COINS, CHANGE_INDEX, Facts

NAME = "btclib"
VERSIONS = (0, 2)
NETWORK = "testnet"


@cache
def branch(kind, change):
    return parse(multipath_descriptors(kind.descriptor(), NETWORK)[change], NETWORK)


def script(kind, change, index):
    return branch(kind, change).script_pub_key(index).script


def address(kind, change, index):
    return branch(kind, change).address(index)


def request(kind, version):
    def script_of(change, index):
        return script(kind, change, index)

    psbt = Psbt.from_tx(Tx.parse(payments.unsigned(kind, script_of).serialize()))
    for n, (previous, coin) in enumerate(zip(payments.funding(script_of), COINS)):
        change, index, _, position = coin
        psbt.inputs[n].non_witness_utxo = Tx.parse(previous.serialize())
        if not kind.pattern.startswith(("pkh", "sh(sortedmulti")):
            psbt.inputs[n].witness_utxo = psbt.inputs[n].non_witness_utxo.vout[position]
        psbt = branch(kind, change).update_psbt_input(psbt, n, index)
    psbt = branch(kind, 1).update_psbt_output(psbt, 1, CHANGE_INDEX)
    return (psbt.to_v2() if version == 2 else psbt).serialize()


def facts(request_bytes):
    psbt = Psbt.parse(request_bytes)

    def pairs(outputs):
        return [(ScriptPubKey(output.script_pub_key.script, NETWORK).address, output.value) for output in outputs]

    spent, outputs = pairs(prevouts(psbt)), pairs(psbt.tx.vout)
    return Facts(spent, outputs, sum(sat for _, sat in spent) - sum(sat for _, sat in outputs))


def spent(request_bytes):
    """Scripts and amounts of the spent outputs, for the kernel."""
    return [(output.script_pub_key.script, output.value) for output in prevouts(Psbt.parse(request_bytes))]


def can_sign(kind):
    return True


def signed(kind, request_bytes, letter):
    psbt = Psbt.parse(request_bytes)
    answer = SoftwareSigner(wallet_kinds.root(letter).to_base58()).sign_psbt(psbt)
    if not all(signatures_of(psbt_in) for psbt_in in answer.inputs):
        raise AssertionError("btclib did not sign every input")
    return answer.serialize()


def signed_together(kind, request_bytes):
    """All rounds of MuSig2 (BIP-373), its signatures added to the request."""
    answer, session = Psbt.parse(request_bytes), Psbt.parse(request_bytes)
    for n, (change, index, _, _) in enumerate(COINS):
        (aggregate, participants), = session.inputs[n].musig2_participant_pub_keys.items()
        steps = f"/{change}/{index}" if "@A" in kind.pattern.split("musig")[1] else ""
        keys = [wallet_kinds.root(letter).derive(f"m/{kind.account}{steps}").key for letter in kind.signers]
        secrets = [int.from_bytes(key.secret, "big") for key in keys]
        if {key.sec() for key in keys} != set(participants):
            raise AssertionError("the participants are others")
        leaf = {"leaf_hash": leaf_of(session.inputs[n], aggregate)}
        nonces = [musig2.nonce_gen(session, n, secret, aggregate, **leaf) for secret in secrets]
        for nonce, secret in zip(nonces, secrets):
            musig2.partial_sign(session, n, nonce, secret, aggregate, **leaf)
        musig2.partial_sigs_agg(session, n, aggregate, **leaf)
        answer.inputs[n].taproot_key_spend_signature = session.inputs[n].taproot_key_spend_signature
        answer.inputs[n].taproot_script_spend_signatures = session.inputs[n].taproot_script_spend_signatures
    return answer.serialize()


def leaf_of(psbt_in, aggregate):
    """Hash of the leaf in which a key stands; empty if it is the internal key's."""
    hashes, _ = psbt_in.taproot_hd_key_paths.get(aggregate[1:], ([], None))
    return hashes[0] if hashes else b""


def can_finish(kind):
    return True


def finished(kind, psbt_bytes):
    psbt = Psbt.parse(psbt_bytes)
    tx = psbt.tx
    for n, (psbt_in, (change, index, _, _)) in enumerate(zip(psbt.inputs, COINS)):
        if psbt_in.final_script_witness:
            tx.vin[n].script_witness = psbt_in.final_script_witness
            continue
        spend = SpendContext(locktime=tx.lock_time, sequence=tx.vin[n].sequence, version=tx.version)
        by_key = keyed(kind, psbt_in, change, index)
        tx.vin[n].script_sig, tx.vin[n].script_witness = branch(kind, change).satisfy(by_key, index, spend=spend)
    return tx.serialize(include_witness=True)


def keyed(kind, psbt_in, change, index):
    """Signatures by the key that the descriptor names."""
    internal = branch(kind, change).internal_key.sec(index, NETWORK) if kind.is_taproot() else b""
    if psbt_in.taproot_key_spend_signature:
        return {internal: psbt_in.taproot_key_spend_signature}
    in_leaves = {key[:32]: signature for key, signature in psbt_in.taproot_script_spend_signatures.items()}
    return {**psbt_in.partial_sigs, **in_leaves}


def signatures_of(psbt_in):
    """All signatures of an input, however they stand there."""
    final = [item for item in psbt_in.final_script_witness.stack if len(item) in (64, 65, 71, 72)]
    by_key = [psbt_in.taproot_key_spend_signature] if psbt_in.taproot_key_spend_signature else []
    return [*psbt_in.partial_sigs.values(), *by_key, *psbt_in.taproot_script_spend_signatures.values(), *final]


def signatures(psbt_bytes):
    return [signature for psbt_in in Psbt.parse(psbt_bytes).inputs for signature in signatures_of(psbt_in)]


def is_finished(psbt_bytes):
    return any(psbt_in.final_script_witness for psbt_in in Psbt.parse(psbt_bytes).inputs)
