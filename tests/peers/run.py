"""Checks Vitrine against software nobody here wrote: python run.py VITRINE

One line for each check, then a count; exits 1 if any failed. Run by `make peers`.
"""

import base64
import json
import shutil
import subprocess
import sys
import traceback
from pathlib import Path

import pbk
from embit import bip32, bip39, finalizer
from embit.psbt import PSBT
from embit.transaction import Transaction
from urtypes.crypto import PSBT as RegistryPsbt

import make_request
import pictures

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
REQUEST = ROOT / "assets" / "demo" / "request.psbt"
CEREMONY = ROOT / "assets" / "demo" / "ceremony"
OUT = ROOT / "target" / "peers"
ASSETS = ROOT / "assets" / "ethereum"
DEMO = OUT / "demo"
FRAGMENT = 200
PURE = -(-(REQUEST.stat().st_size + 3) // FRAGMENT)  # parts of one pass; 3 bytes of CBOR around the PSBT
CHECKS = []


def check(function):
    CHECKS.append(function)
    return function


def vitrine(*args, expect=0, says=""):
    """Runs our program; what it printed, if it exits as expected and its message says so."""
    command = [VITRINE, *map(str, args)]
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=300)
    if done.returncode != expect:
        raise AssertionError(f"{args[0]} exits {done.returncode}, not {expect}: {done.stdout}{done.stderr}")
    if says not in done.stderr:
        raise AssertionError(f"{args[0]} does not say \"{says}\": {done.stderr}")
    return done.stdout


def parts(*args, stdin=""):
    """Runs the peers' part encoders and decoders."""
    done = subprocess.run(["node", HERE / "parts.mjs", *map(str, args)], input=stdin, capture_output=True, text=True)
    if done.returncode != 0:
        raise AssertionError(f"parts.mjs {args[0]}: {done.stderr}")
    return done.stdout


def ur(first, count, ur_type="crypto-psbt", fragment=FRAGMENT):
    return parts("ur-split", ur_type, fragment, first, count, REQUEST).split()


def ur_joined(texts):
    """What @ngraveio/bc-ur joins and urtypes decodes."""
    joined = json.loads(parts("ur-join", stdin="\n".join(texts)))
    return joined["type"], RegistryPsbt.from_cbor(bytes.fromhex(joined["hex"])).data


def scanned(source):
    """What our scanner makes of pictures by others."""
    out = OUT / "scanned.psbt"
    out.unlink(missing_ok=True)
    vitrine("scan", source, "--out", out)
    return out.read_bytes()


def same(found, expected):
    if found != expected:
        raise AssertionError(f"{len(found)} bytes or items, expected {len(expected)}, or others")


def demo(name):
    return DEMO / name


def transaction():
    return bytes.fromhex(demo("transaction.hex").read_text())


# Into Vitrine


@check
def embit_makes_the_committed_request_again():
    same(make_request.request(), REQUEST.read_bytes())


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
        texts = parts("bbqr-split", encoding, 4, REQUEST).split()
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
    joined = json.loads(parts("bbqr-join", stdin="\n".join(pictures.read_film(OUT / "bbqr.gif"))))
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


def kernel_accepts(raw, changed_by=0):
    """Whether every input passes, its spent output changed by some satoshis."""
    flags = pbk.ScriptVerificationFlags
    every = sum(flag for flag in flags)
    tx = pbk.Transaction(raw)
    psbt = PSBT.parse(REQUEST.read_bytes())
    spent = [(bytes(psbt.utxo(n).script_pubkey.data), psbt.utxo(n).value + changed_by) for n in range(len(psbt.inputs))]
    outputs = [pbk.TransactionOutput(pbk.ScriptPubkey(script), sat) for script, sat in spent]
    data = pbk.script.PrecomputedTransactionData(tx, outputs)
    try:
        return all(pbk.ScriptPubkey(script).verify(sat, tx, data, n, every) for n, (script, sat) in enumerate(spent))
    except pbk.ScriptVerifyException:
        return False


@check
def kernel_accepts_the_transaction():
    assert kernel_accepts(transaction())


@check
def kernel_refuses_it_for_other_amounts_or_another_payee():
    assert not kernel_accepts(transaction(), changed_by=1)
    other = Transaction.parse(transaction())
    other.vout[0].value -= 1
    assert not kernel_accepts(other.serialize())


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
    vitrine("verify", "--request", REQUEST, "--response", response, expect=6, says="differs from the reviewed request")


# The packages behind assets/ethereum


def generate(packages, out):
    """Runs the generator; what it said, and whether it went well."""
    out.mkdir()
    for file in ASSETS.glob("known_*"):
        shutil.copy(file, out)
    command = [VITRINE.parent / "examples" / "generate_assets", "--packages", packages, "--out", out]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600)
    return done.stdout + done.stderr, done.returncode == 0


@check
def ethereum_assets_are_made_again_from_the_packages():
    out = OUT / "ethereum"
    said, well = generate(ASSETS / "packages", out)
    assert well, said
    committed = {file.name for file in ASSETS.iterdir() if file.is_file()} - {"SOURCE.md"}
    assert {file.name for file in out.iterdir()} == committed, committed
    for name in sorted(committed):
        same((out / name).read_bytes(), (ASSETS / name).read_bytes())


@check
def a_token_that_ledger_did_not_sign_is_found():
    real, fake = ASSETS / "packages", OUT / "packages"
    changed = Path("node_modules/@ledgerhq/cryptoassets/src/data/evm/246/erc20-signatures.json")
    for folder in reversed(changed.parents):
        (fake / folder).mkdir(exist_ok=True)
        for entry in (real / folder).iterdir():
            if folder / entry.name not in [changed, *changed.parents]:
                (fake / folder / entry.name).symlink_to(entry)
    blobs = bytearray(base64.b64decode(json.loads((real / changed).read_text())))
    blobs[5] ^= 0x20  # a letter of the first ticker, behind two lengths
    (fake / changed).write_text(json.dumps(base64.b64encode(blobs).decode()))
    said, well = generate(fake, OUT / "ethereum-fake")
    assert not well and "do not verify" in said and "(246," in said, said


def main():
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir(parents=True)
    failed = 0
    for function in CHECKS:
        name = function.__name__.replace("_", " ")
        try:
            function()
            print(f"ok      {name}", flush=True)
        except Exception as error:  # each check stands alone
            failed += 1
            print(f"FAILED  {name}: {error or traceback.format_exc(limit=-1)}", flush=True)
    print(f"{len(CHECKS) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    VITRINE = Path(sys.argv[1]).resolve()
    sys.exit(main())
