"""Starts the image in QEMU and plays the scenarios: python3 run.py [--jobs N] IMAGE_FOLDER [NAME...]

IMAGE_FOLDER is what `make image` wrote. Without names all scenarios are played, in their order; a name may be the beginning
of several. One line for each, then a count; exits 1 if any failed. Pictures of each are kept in target/image-test/NAME.
N machines run at a time (1): each has its own folder, devices and clock, so that what comes of it is the same.
"""

import sys
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.dont_write_bytecode = True

import qemu  # noqa: E402
import table  # noqa: E402
from scenarios import SCENARIOS  # noqa: E402


def play(programs, name, function):
    """Whether it passed; prints a line either way."""
    started = time.monotonic()
    try:
        function(programs)
    except Exception as error:  # each scenario stands alone
        folder = table.OUT / name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "failed.txt").write_text(traceback.format_exc())
        print(f"FAILED  {name}, {time.monotonic() - started:.0f} s: {error or type(error).__name__}", flush=True)
        return False
    print(f"ok      {name}, {time.monotonic() - started:.0f} s", flush=True)
    return True


def main(arguments):
    jobs = 1
    if arguments[:1] == ["--jobs"] and arguments[1:2] and arguments[1].isdecimal():
        jobs, arguments = max(1, int(arguments[1])), arguments[2:]
    if not arguments or arguments[0].startswith("-"):
        raise SystemExit(__doc__)
    if not qemu.is_there():
        raise SystemExit("qemu-system-x86_64 and OVMF are needed: .ci/packages image-test")
    programs = table.Programs(Path(arguments[0]).resolve())
    programs.check()
    chosen = [(n, f) for n, f in SCENARIOS if not arguments[1:] or any(n.startswith(a) for a in arguments[1:])]
    if not chosen:
        raise SystemExit(f"no scenario of this name; there are {', '.join(name for name, _ in SCENARIOS)}")
    started = time.monotonic()
    with ThreadPoolExecutor(jobs) as machines:
        passed = sum(machines.map(lambda scenario: play(programs, *scenario), chosen))
    print(f"{passed} passed, {len(chosen) - passed} failed, {time.monotonic() - started:.0f} seconds; "
          f"pictures in {table.OUT.relative_to(table.ROOT)}")
    return 0 if passed == len(chosen) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
