"""Boots the image and looks at its first screen: python3 smoke.py IMAGE_FOLDER

In the same run the same kernel is booted, on the same machine, with a first program that does nothing but say that it runs.
The figure is the ratio of instructions executed from switching on to the first frame, and to that program: it is the same on
a fast host and on a busy one. Seconds of the host are printed beside it.
"""

import sys
import time
from pathlib import Path

sys.dont_write_bytecode = True

import empty_init  # noqa: E402
import qemu  # noqa: E402
import table  # noqa: E402
import words  # noqa: E402
from screen import Screen, read_ppm  # noqa: E402

LIMIT_S = 600
RATIO = 2.0


def until_empty_init(programs):
    """Instructions and seconds until the same kernel runs a program that does nothing."""
    folder = table.OUT / "smoke"
    folder.mkdir(parents=True, exist_ok=True)
    initramfs = folder / "empty-initramfs.img"
    initramfs.write_bytes(empty_init.initramfs())
    boot = qemu.by_kernel(programs.image / "vmlinuz", initramfs, programs.command_line())
    machine = qemu.Qemu(folder / "empty", boot)
    try:
        while not empty_init.has_run(read_ppm(machine.picture())):
            if machine.seconds > LIMIT_S or not machine.is_running:
                raise SystemExit(f"FAILED  the kernel did not start an empty program in {machine.seconds:.0f} s")
            time.sleep(0.1)
        return machine.instructions(), machine.seconds
    finally:
        machine.end()


def until_first_frame(programs):
    """Instructions and seconds until the interface drew its first frame; the start screen is kept, and must be one."""
    boot = qemu.by_kernel(programs.image / "vmlinuz", programs.image / "initramfs.img", programs.command_line())
    machine = qemu.Qemu(table.OUT / "smoke" / "image", boot)
    screen = Screen(machine, table.OUT / "smoke", programs.find_text)
    try:
        while not screen.is_drawn():
            if machine.seconds > LIMIT_S or not machine.is_running:
                screen.keep("not-drawn")
                raise SystemExit(f"FAILED  no frame in {machine.seconds:.0f} s")
            time.sleep(0.1)
        first = machine.instructions(), machine.seconds
        screen.wait(*words.STARTS, limit_s=LIMIT_S)
        screen.keep("start")
        return first
    finally:
        screen.close()
        machine.end()


def main(arguments):
    if len(arguments) != 1:
        raise SystemExit(__doc__)
    programs = table.Programs(Path(arguments[0]).resolve())
    programs.check()
    empty, first = until_empty_init(programs), until_first_frame(programs)
    ratio = first[0] / empty[0]
    print(f"first frame after {first[0] / 1e9:.2f} G instructions ({first[1]:.1f} s), an empty first program on the same kernel "
          f"after {empty[0] / 1e9:.2f} G ({empty[1]:.1f} s): {ratio:.2f} x")
    if ratio > RATIO:
        print(f"FAILED  more than {RATIO} x")
        return 1
    print("ok      the image boots to its start screen")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
