"""The smallest first program, and the initramfs around it: what booting costs before anything of ours runs.

The program fills the text console with a letter and waits for ever: 64-bit x86, system calls of Linux, no compiler needed.
"""

import struct

GREETING = b"M" * (80 * 50)
BASE = 0x400000
WRITE, PAUSE, CONSOLE = 1, 34, 1


def program():
    """An ELF file with one segment. Who starts it has opened the console for it."""
    head, code_length = 64 + 56, 5 + 5 + 5 + 5 + 2 + 5 + 2 + 2
    call = b"\x0f\x05"
    code = b"\xb8" + struct.pack("<I", WRITE) + b"\xbf" + struct.pack("<I", CONSOLE)
    code += b"\xbe" + struct.pack("<I", BASE + head + code_length) + b"\xba" + struct.pack("<I", len(GREETING)) + call
    code += b"\xb8" + struct.pack("<I", PAUSE) + call + b"\xeb\xf7"  # and again
    assert len(code) == code_length
    whole = head + len(code) + len(GREETING)
    elf = b"\x7fELF\x02\x01\x01" + bytes(9) + struct.pack("<HHIQQQIHHHHHH", 2, 62, 1, BASE + head, 64, 0, 0, 64, 56, 1, 0, 0, 0)
    segment = struct.pack("<IIQQQQQQ", 1, 5, 0, BASE, BASE, whole, whole, 0x1000)
    return elf + segment + code + GREETING


def has_run(picture):
    """Whether its letters stand on the screen: no text of firmware or kernel is so dense."""
    _, _, pixels = picture
    return pixels.count(0) < len(pixels) * 4 // 5


def initramfs():
    """An archive (newc) with the program as `init` and the console it writes to."""
    entries = [("dev", 0o040755, 0, b""), ("dev/console", 0o020600, (5, 1), b""), ("init", 0o100755, 0, program()),
               ("TRAILER!!!", 0, 0, b"")]
    archive = b""
    for number, (name, mode, device, data) in enumerate(entries):
        major, minor = device or (0, 0)
        fields = (number, mode, 0, 0, 1, 0, len(data), 0, 0, major, minor, len(name) + 1, 0)
        archive += b"070701" + b"".join(b"%08x" % field for field in fields) + name.encode() + b"\0"
        archive += bytes(-len(archive) % 4) + data
        archive += bytes(-len(archive) % 4)
    return archive
