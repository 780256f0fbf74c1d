"""A process of the machine fails as by a bug: through QEMU's debugger its next instruction is moved to nowhere, or into a loop.

The image stays as it is; what happens is what a wild jump in that process would do. GDB's remote serial protocol.
"""

import random
import socket
import time

RIP, RSP, CS = 16, 7, 18
STACK_MOST = 256 * 1024
PIECE = 2048


class NotCaught(AssertionError):
    """The process never ran when it was looked for."""


class Debugger:
    """QEMU's debugger on a socket. While it is attached the machine stands still, but for `run_for`."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(30)
        self.socket.connect(str(path))
        self.buffer = b""
        # QEMU gives single registers only to those who have asked which there are.
        self.ask("qXfer:features:read:target.xml:0,800")

    def _read(self, count):
        while len(self.buffer) < count:
            data = self.socket.recv(4096)
            if not data:
                raise ConnectionError("the debugger went away")
            self.buffer += data
        taken, self.buffer = self.buffer[:count], self.buffer[count:]
        return taken

    def _send(self, text):
        self.socket.sendall(f"${text}#{sum(text.encode()) & 255:02x}".encode())

    def _answer(self):
        while self._read(1) != b"$":
            pass
        text = b""
        while (byte := self._read(1)) != b"#":
            text += byte
        self._read(2)
        self.socket.sendall(b"+")
        return text.decode()

    def ask(self, text):
        """The answer; that the machine stopped is also told when nobody asked, as when the debugger comes."""
        self._send(text)
        while (answer := self._answer()).startswith(("T", "S")):
            pass
        return answer

    def run_for(self, seconds):
        """Lets the machine run, then stops it again."""
        self._send("c")
        time.sleep(seconds)
        self.socket.sendall(b"\x03")
        while not self._answer().startswith(("T", "S")):
            pass

    def let_go(self):
        """Lets the machine run for good."""
        self._send("D")
        self._answer()
        self.socket.close()

    def register(self, number):
        """A register of the processor that was chosen; None where it cannot be read."""
        text = self.ask(f"p{number:x}")
        if not text:
            raise NotCaught("the debugger gives no single registers")
        return None if text.startswith("E") else int.from_bytes(bytes.fromhex(text), "little")

    def memory(self, address, count):
        """Memory as the processor that was chosen sees it; empty where nothing is."""
        text = self.ask(f"m{address:x},{count:x}")
        return b"" if text.startswith("E") else bytes.fromhex(text)

    def is_in(self, argument):
        """Whether the chosen processor runs a program, not the kernel, that was started with this argument."""
        code_segment, stack = self.register(CS), self.register(RSP)
        if code_segment is None or stack is None or code_segment & 3 != 3:
            return False
        wanted, last = b"\0" + argument.encode() + b"\0", b""
        # What would cross the stack's end cannot be read: pieces are parts of pages.
        for place in range(stack - stack % PIECE, stack + STACK_MOST, PIECE):
            piece = self.memory(place, PIECE)
            if wanted in last[-64:] + piece:
                return True
            if not piece:
                return False
            last = piece
        return False


def moves(path, argument, address, processors=1, limit_s=600):
    """Has the process that was started with `argument` go on at `address`, the next time it is caught running."""
    debugger = Debugger(path)
    deadline = time.monotonic() + limit_s
    try:
        while time.monotonic() < deadline:
            for processor in range(1, processors + 1):
                debugger.ask(f"Hg{processor:x}")
                if debugger.is_in(argument):
                    place = address.to_bytes(8, "little").hex()
                    if debugger.ask(f"P{RIP:x}={place}") != "OK":
                        raise NotCaught("the debugger cannot write a register")
                    return
            debugger.run_for(random.uniform(0.01, 0.1))
    finally:
        debugger.let_go()
    raise NotCaught(f"no program with the argument {argument} ran within {limit_s} s")


def endless_loop(program):
    """An address in a static program at which an instruction jumps to itself."""
    elf = program.read_bytes()
    table, size, count = (int.from_bytes(elf[at:at + n], "little") for at, n in ((32, 8), (54, 2), (56, 2)))
    for header in (elf[table + size * n:table + size * (n + 1)] for n in range(count)):
        kind, flags = (int.from_bytes(header[at:at + 4], "little") for at in (0, 4))
        offset, address, _, length = (int.from_bytes(header[at:at + 8], "little") for at in (8, 16, 24, 32))
        found = elf.find(b"\xeb\xfe", offset, offset + length)
        if kind == 1 and flags & 1 and found >= 0:
            return address + found - offset
    raise ValueError(f"{program} has no such instruction")
