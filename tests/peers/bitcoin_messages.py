"""Signed messages (BIP-322), made and verified by btclib-wallet and bip322-js: what we show, and what we take."""

import base64
import json

from btclib.script import ScriptPubKey
from btclib_wallet import bip322
from btclib_wallet.psbt import Psbt

import by_btclib
import wallet_kinds
from bitcoin_wallets import fields, folder, shown_address
from checks import OUT, VERIFICATION, add, equal, node, vitrine, written
from make_request import TESTNET
from wallet_kinds import KINDS

MESSAGE = "Vitrine holds 3 coins at block 4711208. Prüfung, 監査."
INDEX = 3
ALL = b"\x01\x00\x00\x00"
SIGHASH_TYPE, FINAL_SCRIPTSIG, FINAL_SCRIPTWITNESS = 0x03, 0x07, 0x08  # PSBT_IN_… (BIP-174)
BY_NAME = {kind.name: kind for kind in KINDS}
VARIANTS = {  # how our signature of each kind is written
    "pkh": "ful",
    "sh-wpkh": "ful",
    "wpkh": "smp",
    "tr": "smp",
    "wsh-sortedmulti": "smp",
    "wsh-multi": "smp",
    "sh-wsh-sortedmulti": "ful",
    "sh-sortedmulti": "ful",
    "tr-sortedmulti-a": "smp",
}
BY_BIP322_JS = ("wpkh", "sh-wpkh", "tr")


def address_of(kind):
    return by_btclib.address(kind, 0, INDEX)


def request(kind, message=MESSAGE):
    """btclib's request to sign a message at the wallet's address."""
    psbt = bip322.to_sign_psbt(message.encode(), address_of(kind))
    return by_btclib.branch(kind, 0).update_psbt_input(psbt, 0, INDEX).serialize()


def shows(kind, review, ids):
    """The review says which message is signed as whom, and its transactions are the peer's."""
    by_code = fields(review)
    equal([effect["kind"] for effect in review["effects"]], ["signs-message"], "effects")
    equal(bytes.fromhex(by_code["btc.message.hex"]["text"]).decode(), MESSAGE, "message")
    equal(shown_address(by_code["btc.message.address"]["text"]), address_of(kind), "address")
    equal(by_code["btc.input[0].outpoint-txid"]["text"], ids["toSpend"], "to_spend")
    equal(by_code["btc.transaction.txid"]["text"], ids["toSign"], "to_sign")


def ids_of_btclib(kind):
    spent = bip322.to_spend(MESSAGE.encode(), ScriptPubKey.from_address(address_of(kind)).script)
    hashed = bip322.message_hash(MESSAGE.encode())
    assert spent.vin[0].script_sig == b"\x00\x20" + hashed, "the hash is not what to_spend commits to"
    return {"hash": hashed.hex(), "toSpend": spent.id.hex(), "toSign": bip322.to_sign(spent).id.hex()}


def message_of_btclib(kind):
    """Reviewed, signed by btclib at each place, verified by us; our signature is verified by btclib."""
    place = f"messages/{kind.name}"
    file = written(place, "request.psbt", request(kind))
    ids = ids_of_btclib(kind)
    equal(json.loads(node("messages.mjs", "ids", address_of(kind), MESSAGE)), ids, "ids of bip322-js")
    shows(kind, json.loads(vitrine("inspect", file, "--ceremony", folder(kind), "--format", "json")), ids)
    signed = [by_btclib.signed(kind, file.read_bytes(), letter) for letter in kind.signers]
    responses = [written(place, f"signed-{n}.psbt", response) for n, response in enumerate(signed)]
    if len(responses) == 1:
        said = vitrine("verify", "--request", file, "--response", responses[0])
    else:
        said = vitrine("combine", *responses, "--out", OUT / place / "combined.psbt")
    signature = signature_in(said)
    equal(signature[:3], VARIANTS[kind.name], "variant")
    assert bip322.verify(MESSAGE.encode(), address_of(kind), signature), "btclib does not verify our signature"
    assert not bip322.verify(b"another", address_of(kind), signature), "btclib verifies anything"
    no_transaction(place, file, responses)
    refusals(kind, place, file, signed[0])


def signature_in(said):
    """The message's signature, as verify and combine print it."""
    return next(line.split()[-1] for line in said.splitlines() if line.startswith("the signature of the message is"))


def no_transaction(place, request_file, responses):
    """What signs a message is never written as a transaction."""
    out = OUT / place / "transaction.hex"
    vitrine("verify", "--request", request_file, "--response", responses[0], "--tx-out", out, expect=VERIFICATION)
    assert not out.exists(), "a transaction was written"


def refusals(kind, place, file, response):
    """Another message, another message's signature and a changed signature are refused."""
    psbt = Psbt.parse(file.read_bytes())
    psbt.signed_message = b"Another message"
    lying = written(place, "lying.psbt", psbt.serialize())
    vitrine("inspect", lying, "--ceremony", folder(kind), expect=4, says="btc.message-mismatch")
    other = by_btclib.signed(kind, request(kind, "Another message"), kind.signers[0])
    other = written(place, "other.psbt", other)
    vitrine("verify", "--request", file, "--response", other, expect=VERIFICATION, says="differs from the reviewed")
    for signature in by_btclib.signatures(response):
        changed = signature[:-6] + bytes([signature[-6] ^ 1]) + signature[-5:]
        changed = written(place, "changed.psbt", response.replace(signature, changed))
        says = "not a signature of what was reviewed"
        vitrine("verify", "--request", file, "--response", changed, expect=VERIFICATION, says=says)


def message_of_bip322_js(kind):
    """Signed by bip322-js, verified by us; our signature is verified by bip322-js where it writes the same form."""
    place = f"messages/{kind.name}-js"
    address = address_of(kind)
    signer = wallet_kinds.root(kind.signers[0]).derive(f"m/{kind.account}/0/{INDEX}").key
    witness = base64.b64decode(node("messages.mjs", "sign", signer.wif(TESTNET), address, MESSAGE))
    asked = request(kind)
    if kind.is_taproot():
        asked = with_pair(asked, SIGHASH_TYPE, ALL)  # which bip322-js signs where DEFAULT would do
    file = written(place, "request.psbt", asked)
    response = with_pair(asked, FINAL_SCRIPTWITNESS, witness)
    redeem_script = Psbt.parse(asked).inputs[0].redeem_script
    if redeem_script:
        response = with_pair(response, FINAL_SCRIPTSIG, bytes([len(redeem_script)]) + redeem_script)
    answer = written(place, "signed.psbt", response)
    ours = signature_in(vitrine("verify", "--request", file, "--response", answer))
    if VARIANTS[kind.name] == "smp":
        equal(ours, "smp" + base64.b64encode(witness).decode(), "signature")
        equal(node("messages.mjs", "verify", address, MESSAGE, ours[3:]).strip(), "true", "bip322-js, our signature")
        equal(node("messages.mjs", "verify", address, "Another", ours[3:]).strip(), "false", "bip322-js, another message")


def with_pair(psbt, key_type, value):
    """The PSBT of one input and one output, with one more pair in the input's map."""
    assert psbt.endswith(b"\x00\x00") and len(value) < 0xFD, "not a PSBT of one output without fields"
    return psbt[:-2] + bytes([1, key_type, len(value)]) + value + psbt[-2:]


for name in VARIANTS:
    add(f"a message of {name}: shown, signed by btclib, verified by us and by btclib", message_of_btclib, BY_NAME[name])
for name in BY_BIP322_JS:
    add(f"a message of {name}: signed by bip322-js, verified by us and by bip322-js", message_of_bip322_js, BY_NAME[name])
