"""The demo's request and its result, as codes and as PSBT: made, read, signed and finished by others."""

import json
import shutil

from embit import bip32, bip39, finalizer
from embit.psbt import PSBT
from embit.transaction import Transaction
from urtypes.crypto import PSBT as RegistryPsbt

import make_request
import pictures
from checks import OUT, ROOT, VERIFICATION, check, kernel_accepts, node, same, vitrine

REQUEST = ROOT / "assets" / "demo" / "request.psbt"
CEREMONY = ROOT / "assets" / "demo" / "ceremony"
DEMO = OUT / "demo"
FRAGMENT = 200
PURE = -(-(REQUEST.stat().st_size + 3) // FRAGMENT)  # parts of one pass; 3 bytes of CBOR around the PSBT


def ur(first, count, ur_type="crypto-psbt", fragment=FRAGMENT):
    return node("parts.mjs", "ur-split", ur_type, fragment, first, count, REQUEST).split()


def ur_joined(texts):
    """What @ngraveio/bc-ur joins and urtypes decodes."""
    joined = json.loads(node("parts.mjs", "ur-join", stdin="\n".join(texts)))
    return joined["type"], RegistryPsbt.from_cbor(bytes.fromhex(joined["hex"])).data


def scanned(source):
    """What our scanner makes of pictures by others."""
    out = OUT / "scanned.psbt"
    out.unlink(missing_ok=True)
    vitrine("scan", source, "--out", out)
    return out.read_bytes()


def demo(name):
    return DEMO / name


def transaction():
    return bytes.fromhex(demo("transaction.hex").read_text())


# Into Vitrine


@check
def embit_makes_the_committed_request_again():
    same(make_request.request(), REQUEST.read_bytes())
    ledgers = ROOT / "assets" / "demo" / "ledger" / "request.psbt"
    same(make_request.request(make_request.LEDGERS), ledgers.read_bytes())


@check
def parts_of_bc_ur_as_text():
    text = OUT / "parts.txt"
    text.write_text("\n".join(ur(1, PURE)) + "\n")
    same(vitrine("inspect", text, "--network", "testnet"), vitrine("inspect", REQUEST, "--network", "testnet"))


@check
def film_of_bc_ur_parts():
    same(scanned(pictures.film(ur(1, PURE), OUT / "pure.gif")), REQUEST.read_bytes())


@check
def film_of_bc_ur_joined_late_with_mixed_parts_alone():
    same(scanned(pictures.film(ur(PURE + 2, 6 * PURE), OUT / "mixed.gif")), REQUEST.read_bytes())


@check
def film_of_bc_ur_in_100_parts_of_the_new_type():
    texts = ur(1, 100, "psbt", 13)
    same(scanned(pictures.film(texts, OUT / "many.gif")), REQUEST.read_bytes())


@check
def one_bc_ur_code():
    same(scanned(pictures.stills(ur(1, 1, fragment=5000), OUT / "single")), REQUEST.read_bytes())


@check
def bbqr_pictures_in_each_encoding():
    for encoding in "H2Z":
        texts = node("parts.mjs", "bbqr-split", encoding, 4, REQUEST).split()
        same(scanned(pictures.stills(texts, OUT / f"bbqr-{encoding}")), REQUEST.read_bytes())


@check
def base64_of_embit_in_one_code():
    texts = [PSBT.parse(REQUEST.read_bytes()).to_string()]
    same(scanned(pictures.stills(texts, OUT / "base64")), REQUEST.read_bytes())


@check
def review_shows_what_embit_put_in():
    review = vitrine("inspect", OUT / "pure.gif", "--ceremony", CEREMONY)
    _, payment = make_request.payment()
    bare = "".join(review.split())
    for output in payment.vout:
        assert output.script_pubkey.address(make_request.TESTNET) in bare, "an address is missing"
    for sat in [make_request.FREIGHT_SAT, make_request.SUPPLIER_SAT, make_request.FEE_SAT]:
        assert f"{sat / 1e8:.8f}" in review, f"{sat} sat is missing"


# Out of Vitrine


@check
def demo_runs_to_the_end():
    shutil.rmtree(DEMO, ignore_errors=True)
    assert "verified" in vitrine("demo", "--headless", "--out", DEMO)


@check
def zxing_and_bc_ur_read_the_film_of_the_result():
    ur_type, psbt = ur_joined(pictures.read_film(demo("signed.gif")))
    same(psbt, demo("signed.psbt").read_bytes())
    assert ur_type == "crypto-psbt", ur_type


@check
def bc_ur_joins_late_and_loses_every_third_frame():
    texts = pictures.read_film(demo("signed.gif"))
    late = texts[5:] + texts[:5]
    lossy = [text for number, text in enumerate(late * 3) if number % 3 != 0]
    same(ur_joined(lossy)[1], demo("signed.psbt").read_bytes())


@check
def zxing_and_bc_ur_read_the_new_type():
    vitrine("show", demo("signed.psbt"), "--type", "psbt", "--fragment", 60, "--png", OUT / "psbt")
    ur_type, psbt = ur_joined(pictures.read_stills(OUT / "psbt"))
    same(psbt, demo("signed.psbt").read_bytes())
    assert ur_type == "psbt", ur_type


@check
def zxing_and_bbqr_read_our_bbqr():
    vitrine("show", demo("signed.psbt"), "--as", "bbqr", "--fragment", 150, "--gif", OUT / "bbqr.gif")
    joined = json.loads(node("parts.mjs", "bbqr-join", stdin="\n".join(pictures.read_film(OUT / "bbqr.gif"))))
    same(bytes.fromhex(joined["hex"]), demo("signed.psbt").read_bytes())
    assert joined["type"] == "P", joined["type"]


@check
def embit_finds_the_request_and_signatures_alone():
    psbt = PSBT.parse(demo("signed.psbt").read_bytes())
    for scope in psbt.inputs:
        assert len(scope.partial_sigs) == 1, f"{len(scope.partial_sigs)} signatures"
        scope.partial_sigs.clear()
    same(psbt.serialize(), REQUEST.read_bytes())


@check
def embit_finalizes_to_our_transaction():
    psbt = PSBT.parse(demo("signed.psbt").read_bytes())
    same(finalizer.finalize_psbt(psbt).serialize(), transaction())


# The kernel of Bitcoin Core


def spent(changed_by=0):
    """Scripts and amounts of the spent outputs, the amounts changed by some satoshis."""
    psbt = PSBT.parse(REQUEST.read_bytes())
    outputs = [psbt.utxo(n) for n in range(len(psbt.inputs))]
    return [(bytes(output.script_pubkey.data), output.value + changed_by) for output in outputs]


@check
def kernel_accepts_the_transaction():
    assert kernel_accepts(transaction(), spent())


@check
def kernel_refuses_it_for_other_amounts_or_another_payee():
    assert not kernel_accepts(transaction(), spent(changed_by=1))
    other = Transaction.parse(transaction())
    other.vout[0].value -= 1
    assert not kernel_accepts(other.serialize(), spent())


# The operator's check


def signed_by_embit(psbt):
    root = bip32.HDKey.from_seed(bip39.mnemonic_to_seed(make_request.OURS))
    assert psbt.sign_with(root) == len(psbt.inputs)
    file = OUT / "signed-by-embit.psbt"
    file.write_bytes(psbt.serialize())
    return file


@check
def operator_verifies_the_film():
    out = OUT / "transaction.hex"
    out.unlink(missing_ok=True)
    vitrine("verify", "--request", REQUEST, "--response", demo("signed.gif"), "--tx-out", out)
    same(bytes.fromhex(out.read_text()), transaction())


@check
def operator_verifies_what_embit_signed():
    response = signed_by_embit(PSBT.parse(REQUEST.read_bytes()))
    vitrine("verify", "--request", REQUEST, "--response", response)


@check
def operator_refuses_what_embit_signed_for_another_payee():
    other = PSBT.parse(REQUEST.read_bytes())
    other.outputs[0].script_pubkey = other.outputs[2].script_pubkey
    response = signed_by_embit(other)
    vitrine("verify", "--request", REQUEST, "--response", response, expect=VERIFICATION,
            says="differs from the reviewed request")
