"""The packages behind assets/ethereum: our generator makes the same files from them again."""

import base64
import json
import shutil
import subprocess
from pathlib import Path

import checks
from checks import OUT, ROOT, check, same

ASSETS = ROOT / "assets" / "ethereum"


def generate(packages, out):
    """Runs the generator; what it said, and whether it went well."""
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    for file in ASSETS.glob("known_*"):
        shutil.copy(file, out)
    command = [checks.VITRINE.parent / "examples" / "generate_assets", "--packages", packages, "--out", out]
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
    shutil.rmtree(fake, ignore_errors=True)
    changed = Path("node_modules/@ledgerhq/cryptoassets/src/data/evm/246/erc20-signatures.json")
    for folder in reversed(changed.parents):
        (fake / folder).mkdir(parents=True, exist_ok=True)
        for entry in (real / folder).iterdir():
            if folder / entry.name not in [changed, *changed.parents]:
                (fake / folder / entry.name).symlink_to(entry)
    blobs = bytearray(base64.b64decode(json.loads((real / changed).read_text())))
    blobs[5] ^= 0x20  # a letter of the first ticker, behind two lengths
    (fake / changed).write_text(json.dumps(base64.b64encode(blobs).decode()))
    said, well = generate(fake, OUT / "ethereum-fake")
    assert not well and "do not verify" in said and "(246," in said, said
