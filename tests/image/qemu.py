"""A machine in QEMU, seen and touched from outside alone: a screen to look at, ports to plug devices into.

Nothing is added to what it boots. Every wait is for something that is seen, with a limit after which the test fails.
"""

import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

OVMF = Path("/usr/share/OVMF")
PORTS = 8


class Qemu:
    """A running machine. `ports` USB ports take a `Cable` each."""

    def __init__(self, folder, boot, extra=(), memory_mib=1024, cpus=1):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.log = open(self.folder / "qemu.log", "wb")
        # The path of a socket may have 107 bytes; that of a checkout has no limit.
        self.sockets = tempfile.TemporaryDirectory(prefix="vitrine-")
        self.debugger = self._socket("gdb")
        # Time in the machine is counted in instructions, 4 ns each: on a busy host the machine is slow, not late. Without it
        # Linux may find that its timer does not tick, and whoever watches another process finds it silent.
        command = ["qemu-system-x86_64", "-nodefaults", "-no-reboot", "-machine", "q35,accel=tcg", "-cpu", "max",
                   "-icount", "shift=2",
                   "-smp", str(cpus), "-m", str(memory_mib), "-display", "none", "-vga", "std", "-rtc", "base=utc",
                   "-qmp", f"unix:{self._socket('qmp')},server=on,wait=off",
                   "-gdb", f"unix:{self.debugger},server=on,wait=off", "-serial", f"file:{self.folder / 'serial.txt'}", "-device", f"qemu-xhci,id=xhci,p2={PORTS + 1},p3=1"]
        for port in range(PORTS):
            command += ["-chardev", f"socket,id=port{port},path={self._socket(f'port{port}')},server=on,wait=off",
                        "-device", f"usb-redir,chardev=port{port},bus=xhci.0,port={port + 1},id=usb{port}"]
        self.started = time.monotonic()
        self.process = subprocess.Popen([*command, *boot, *extra], stdin=subprocess.DEVNULL, stdout=self.log,
                                        stderr=subprocess.STDOUT)
        self.events = []
        self._connect()

    def _socket(self, name):
        return Path(self.sockets.name) / name

    def port(self, number):
        """The socket of a USB port."""
        return self._socket(f"port{number}")

    def _connect(self):
        deadline = time.monotonic() + 30
        while True:
            self._qmp = socket.socket(socket.AF_UNIX)
            try:
                self._qmp.connect(str(self._socket("qmp")))
                break
            except OSError:
                self._qmp.close()
                if time.monotonic() > deadline or self.process.poll() is not None:
                    raise RuntimeError(f"QEMU did not start: {(self.folder / 'qemu.log').read_text()}") from None
                time.sleep(0.05)
        self._qmp.settimeout(60)
        self._lines = self._qmp.makefile("r")
        json.loads(self._lines.readline())
        self.ask("qmp_capabilities")

    def ask(self, command, **arguments):
        """Asks QEMU through its machine protocol."""
        self._qmp.sendall((json.dumps({"execute": command, "arguments": arguments}) + "\n").encode())
        while True:
            line = self._lines.readline()
            if not line:
                raise RuntimeError(f"QEMU ended: {(self.folder / 'qemu.log').read_text()}")
            message = json.loads(line)
            if "event" in message:
                self.events.append(message["event"])
            elif "error" in message:
                raise RuntimeError(f"{command}: {message['error']['desc']}")
            else:
                return message["return"]

    def keep_events(self):
        """Reads what happened without having been asked for."""
        self.ask("query-status")
        return self.events

    def picture(self, name="screen"):
        """The screen as it is now: a PPM file that the next picture of this name replaces."""
        file = self.folder / f"{name}.ppm"
        self.ask("screendump", filename=str(file))
        return file

    @property
    def seconds(self):
        """Since the start."""
        return time.monotonic() - self.started

    def instructions(self):
        """How many instructions the machine has executed since it was switched on."""
        return self.ask("query-replay")["icount"]

    @property
    def is_running(self):
        """Whether QEMU is still there."""
        return self.process.poll() is None

    def wait_for_end(self, limit_s):
        """Waits until the machine switched itself off."""
        self.process.wait(timeout=limit_s)

    def end(self):
        """Switches the machine off as by its plug."""
        if self.is_running:
            self.process.kill()
        self.process.wait()
        self._qmp.close()
        self.log.close()
        self.sockets.cleanup()


def by_kernel(kernel, initramfs, command_line):
    """Boots a kernel without firmware's help."""
    return ["-kernel", str(kernel), "-initrd", str(initramfs), "-append", command_line]


def by_firmware(folder):
    """UEFI, with variables of its own that nothing else sees."""
    variables = Path(folder) / "vars.fd"
    variables.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(OVMF / "OVMF_VARS_4M.fd", variables)
    return ["-drive", f"if=pflash,format=raw,readonly=on,file={OVMF / 'OVMF_CODE_4M.fd'}",
            "-drive", f"if=pflash,format=raw,file={variables}"]


def stick(image):
    """The image as a USB stick that can be pulled out: `device_del` of `medium`."""
    return ["-drive", f"if=none,id=medium-file,format=raw,file={image}",
            "-device", f"usb-storage,id=medium,drive=medium-file,bus=xhci.0,port={PORTS + 1},bootindex=0,removable=on"]


def disc(image):
    """The image as a disc."""
    return ["-drive", f"if=none,id=disc-file,media=cdrom,format=raw,readonly=on,file={image}",
            "-device", "ide-cd,drive=disc-file,bootindex=0"]


NETWORK = ["-netdev", "user,id=net0,restrict=on", "-device", "e1000e,netdev=net0",
           "-netdev", "user,id=net1,restrict=on", "-device", "virtio-net-pci,netdev=net1"]


def is_there():
    """Whether this machine has QEMU and its firmware."""
    return shutil.which("qemu-system-x86_64") is not None and os.access(OVMF / "OVMF_CODE_4M.fd", os.R_OK)
