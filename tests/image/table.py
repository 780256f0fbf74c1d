"""The table on which a session takes place: a machine with the image, and what is plugged into it."""

import hashlib
import shutil
import subprocess
import threading
from dataclasses import dataclass
from pathlib import Path

import camera
import export
import hid
import qemu
import storage
import wallets
from screen import Screen
from usbredir import Cable

ROOT = Path(__file__).resolve().parents[2]
OUT = ROOT / "target" / "image-test"
CLOCK = "2026-11-20T14:18:00"
ASSETS = ROOT / "assets" / "demo"
FILMING = threading.Lock()


@dataclass
class Programs:
    """What was built: the image's folder, and programs that stay outside of it."""

    image: Path
    vitrine: Path = ROOT / "target/debug/vitrine"
    simulator: Path = ROOT / "target/debug/vitrine-sim"
    film: Path = ROOT / "target/debug/examples/film_jpeg"
    find_text: Path = ROOT / "target/debug/examples/find_text"

    @property
    def program(self):
        """The one program that is in the image."""
        return self.image / "vitrine-appliance"

    def check(self):
        """Says what was not built."""
        wanted = [self.image / name for name in ("vmlinuz", "initramfs.img", "vitrine-stick.img",
                                                     "vitrine.iso", "vitrine-appliance")]
        missing = [path for path in (*wanted, self.vitrine, self.simulator, self.film, self.find_text) if not path.exists()]
        if missing:
            raise SystemExit(f"not built: {', '.join(map(str, missing))}")

    def command_line(self):
        """The kernel's, as it stands in the image."""
        lines = (ROOT / "reproducible-build/command-line.txt").read_text().splitlines()
        return " ".join(part for line in lines if (part := line.split("#")[0].strip()))


@dataclass(frozen=True)
class Job:
    """A request, the folder that allows it, and the wallet that signs it."""

    name: str
    request: Path
    ceremony: Path
    wallet: str
    signer: tuple = ()


BITCOIN_TREZOR = Job("bitcoin-trezor", ASSETS / "request.psbt", ASSETS / "ceremony", "trezor")
BITCOIN_LEDGER = Job("bitcoin-ledger", ASSETS / "ledger/request.psbt", ASSETS / "ledger/ceremony", "ledger")
ETHEREUM_LEDGER = Job("ethereum-ledger", ASSETS / "ethereum/request.json", ASSETS / "ethereum/ledger/ceremony", "ledger",
                      ("--signer", "0xDad77910DbDFdE764fC21FCD4E74D71bBACA6D8D"))


class Table:
    """A machine that runs until the `with` block ends, with as many cables as were plugged in."""

    def __init__(self, programs, name, boot="kernel", extra=(), memory_mib=1024):
        self.programs, self.folder = programs, OUT / name
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        self.cables, self.insides, self.medium = [], [], None
        self.boot, self.extra, self.memory_mib = boot, extra, memory_mib
        self.machine = self.screen = self.stick = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for cable in self.cables:
            cable.pull()
        for insides in self.insides:
            insides.end()
        if self.screen:
            self.screen.close()
        if self.machine:
            self.machine.end()

    def start(self):
        """Switches the machine on; what was prepared is plugged in from the first moment."""
        clock = ["-rtc", f"base={CLOCK}"]
        self.machine = qemu.Qemu(self.folder, self._medium(), [*clock, *self.extra], self.memory_mib)
        for port, cable in enumerate(self.cables):
            cable.port = self.machine.port(port)
            cable.plug()
        self.screen = Screen(self.machine, self.folder, self.programs.find_text)
        return self

    def _medium(self):
        image = self.programs.image
        if self.boot == "kernel":
            return qemu.by_kernel(image / "vmlinuz", image / "initramfs.img", self.programs.command_line())
        name, medium = {"stick": ("vitrine-stick.img", qemu.stick), "disc": ("vitrine.iso", qemu.disc)}[self.boot]
        self.medium = self.folder / name
        shutil.copyfile(image / name, self.medium)
        return [*qemu.by_firmware(self.folder), *medium(self.medium)]

    def plug(self, device):
        """Puts a device on the next port: before the start, or into the machine that runs."""
        cable = Cable(None, device)
        if self.machine:
            cable.port = self.machine.port(len(self.cables))
            cable.plug()
        self.cables.append(cable)
        return device

    def pull(self, device):
        """Pulls a device out."""
        self.cable(device).pull()

    def plug_again(self, device):
        self.cable(device).plug()

    def cable(self, device):
        """The cable that the device is on."""
        return next(cable for cable in self.cables if cable.device is device)

    def port(self, device):
        """The number of the port that the device is on, from 0."""
        return next(n for n, cable in enumerate(self.cables) if cable.device is device)

    def no_cable_broke(self):
        """Every device spoke the protocol to the end."""
        broken = {cable.device.name: cable.broken for cable in self.cables if cable.broken}
        if broken:
            raise AssertionError(f"cables broke: {broken}")

    # What sits on most tables.

    def keyboard(self):
        self.keys = self.plug(hid.Keyboard())
        return self.keys

    def plug_wallet(self, kind, *options):
        insides = wallets.Insides(self.programs.simulator, kind, *options)
        self.insides.append(insides)
        return self.plug({"ledger": wallets.Ledger, "trezor": wallets.Trezor}[kind](insides))

    def film(self, request, frames=150):
        """The film of a request as a camera sees it, made once."""
        folder = OUT / "films" / hashlib.sha256(request.read_bytes()).hexdigest()[:16]
        with FILMING:
            if not (folder / "whole").exists():
                subprocess.run([self.programs.film, request, folder, str(frames)], check=True)
                (folder / "whole").touch()
        return folder

    def plug_camera(self, request, kind=camera.Camera, **options):
        return self.plug(kind.of_folder(self.film(request), **options))

    def plug_export_stick(self, ceremony=None, leave_bytes=None, **options):
        """The stick for the record, with the ceremony folder on it."""
        self.stick_file = export.make(self.folder / "export.img", ceremony, **options)
        if leave_bytes is not None:
            export.fill(self.stick_file, leave_bytes)
        self.stick = self.plug(storage.Stick(self.stick_file))
        return self.stick

    def vitrine(self, *arguments, expect=0):
        """Runs our program outside; what it printed."""
        command = [self.programs.vitrine, *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=300)
        if done.returncode != expect:
            raise AssertionError(f"{arguments[0]} exits {done.returncode}, not {expect}: {done.stderr}")
        return done.stdout
