"""What the checks share: the list of them, Vitrine as its users start it, and Bitcoin Core's kernel."""

import shutil
import subprocess
import time
import traceback
from pathlib import Path

import pbk

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
OUT = ROOT / "target" / "peers"
VITRINE = ROOT / "target" / "debug" / "vitrine"
VERIFICATION = 6  # exit code: verification failed
CHECKS = []


class Skipped(Exception):
    """A check that this machine cannot run; what is missing is printed."""


def check(function):
    """Takes a function into the list; its name is what is printed."""
    CHECKS.append((function.__name__.replace("_", " "), function))
    return function


def add(name, function, *args):
    """Takes one row of a table into the list."""
    CHECKS.append((name, lambda: function(*args)))


def vitrine(*args, expect=0, says=""):
    """Runs our program; what it printed, if it exits as expected and its message says so."""
    command = [VITRINE, *map(str, args)]
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=300)
    if done.returncode != expect:
        raise AssertionError(f"{args[0]} exits {done.returncode}, not {expect}: {done.stderr or done.stdout[-500:]}")
    if says not in done.stderr:
        raise AssertionError(f"{args[0]} does not say \"{says}\": {done.stderr}")
    return done.stdout


def node(script, *args, stdin=""):
    """Runs the peers that are written in JavaScript."""
    command = ["node", HERE / script, *map(str, args)]
    done = subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=300)
    if done.returncode != 0:
        raise AssertionError(f"{script} {args[0]}: {done.stderr}")
    return done.stdout


def same(found, expected):
    """Fails on a difference, without printing what may be long."""
    if found != expected:
        raise AssertionError(f"{len(found)} bytes or items, expected {len(expected)}, or others")


def equal(found, expected, what):
    """Fails on a difference, and shows it."""
    if found != expected:
        raise AssertionError(f"{what}: {found}, expected {expected}")


def written(folder, name, content):
    """A file below the folder of results."""
    file = OUT / folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return file


def ceremony(folder, descriptor, name="Treasury"):
    """A ceremony folder that registers one wallet of testnet."""
    written(folder, "ceremony.toml", 'version = 1\ntitle = "Peers"\nchain = "bitcoin"\nnetwork = "testnet"\n')
    written(folder, "wallets/wallet.toml", f'version = 1\nname = "{name}"\ndescriptor = "{descriptor}"\n')
    return OUT / folder


def kernel_accepts(raw, spent):
    """Whether Bitcoin Core's kernel accepts every input; `spent` are its scripts and amounts in satoshi."""
    every = sum(flag for flag in pbk.ScriptVerificationFlags)
    tx = pbk.Transaction(raw)
    outputs = [pbk.TransactionOutput(pbk.ScriptPubkey(script), sat) for script, sat in spent]
    data = pbk.script.PrecomputedTransactionData(tx, outputs)
    try:
        return all(pbk.ScriptPubkey(script).verify(sat, tx, data, n, every) for n, (script, sat) in enumerate(spent))
    except pbk.ScriptVerifyException:
        return False


def run():
    """Runs all checks, one line for each; how many failed."""
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir(parents=True)
    start, failed, skipped = time.monotonic(), 0, 0
    for name, function in CHECKS:
        try:
            function()
            print(f"ok      {name}", flush=True)
        except Skipped as why:
            skipped += 1
            print(f"skipped {name}: {why}", flush=True)
        except Exception as error:  # each check stands alone
            failed += 1
            print(f"FAILED  {name}: {error or traceback.format_exc(limit=-1)}", flush=True)
    passed = len(CHECKS) - failed - skipped
    print(f"{passed} passed, {failed} failed, {skipped} skipped, {time.monotonic() - start:.0f} seconds")
    return failed
