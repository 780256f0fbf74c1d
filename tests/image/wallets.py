"""Hardware wallets: their USB interfaces here, their insides in `vitrine-sim` or in their vendor's emulator.

Ledger: LedgerHQ/ledger-secure-sdk, `lib_stusb`: interfaces for commands (HID, usage page 0xffa0) and for WebUSB; the low
byte of the product number says which. Packets: channel, tag 5, sequence, and in the first the length of the command.
Trezor: trezor-firmware, `core/src/usb.py`: interfaces for WebUSB (vendor specific) and FIDO.
"""

import os
import re
import socket
import struct
import subprocess

from gadget import INTERRUPT, Endpoint, Gadget, Interface, hid_interface

PACKET = 64
LEDGER_REPORT = bytes.fromhex("06a0ff0901a1010903150026ff00750895408108" "0904150026ff00750895409108c0")
FIDO_REPORT = bytes.fromhex("06d0f10901a10109201500" "26ff0075089540" "8102" "09211500" "26ff0075089540" "9102c0")


class Insides:
    """A simulated device of ours as a process, or a vendor's emulator that runs already."""

    def __init__(self, simulator, kind, *options):
        """`kind` is `ledger` or `trezor`; VITRINE_LEDGER_TCP or VITRINE_TREZOR_UDP names an emulator instead."""
        link = {"ledger": "tcp", "trezor": "udp"}[kind]
        given = os.environ.get(f"VITRINE_{kind}_{link}".upper())
        self.process = None
        if given:
            host, port = given.rsplit(":", 1)
            self.address = (host, int(port))
            return
        command = [simulator, kind, f"--{link}", "127.0.0.1:0", *options]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True)
        said = self.process.stdout.readline()
        port = re.fullmatch(r"listening on 127\.0\.0\.1:(\d+)\n", said)
        if not port:
            raise RuntimeError(f"{simulator} says {said!r}")
        self.address = ("127.0.0.1", int(port.group(1)))

    def end(self):
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process.stdout.close()


class Wallet(Gadget):
    """A device whose packets of 64 bytes go to its insides and come back."""

    def __init__(self, interfaces, reports, insides):
        super().__init__(interfaces, reports)
        self.insides = insides
        self.link = None
        self.exchanged = 0
        self.silent_after = None

    def unplugged(self):
        if self.link:
            self.link.close()
        self.link = None

    def sources(self):
        return [self.link] if self.link else []


    def give(self, endpoint, packets):
        """Passes an answer on, unless the device fell silent, as one does that waits for its owner."""
        if self.silent_after is not None and self.exchanged >= self.silent_after:
            return
        self.exchanged += 1
        for packet in packets:
            self.queue.put((endpoint, packet))

    @property
    def is_silent(self):
        return self.silent_after is not None and self.exchanged >= self.silent_after


class Ledger(Wallet):
    """A Ledger Nano X with an app open."""

    name = "ledger"
    ids = (0x2c97, 0x4011)
    version = 0x0201
    strings = ("Ledger", "Nano X", "0001")
    longest = 5 + 255

    def __init__(self, insides):
        command = hid_interface(0, LEDGER_REPORT, [Endpoint(0x82, INTERRUPT, PACKET), Endpoint(0x02, INTERRUPT, PACKET)])
        webusb = Interface(1, 0xff, 0xff, 0xff, [Endpoint(0x83, INTERRUPT, PACKET), Endpoint(0x03, INTERRUPT, PACKET)])
        super().__init__([command, webusb], {0: LEDGER_REPORT}, insides)

    def plugged(self, cable):
        super().plugged(cable)
        self.command, self.wanted, self.sequence, self.channel = b"", 0, 0, b"\1\1"
        self.answer = b""

    def interrupt_out(self, endpoint, data):
        """Gathers the packets of a command."""
        if endpoint != 0x02 or len(data) != PACKET or data[2] != 5:
            return
        sequence = struct.unpack_from(">H", data, 3)[0]
        if sequence == 0:
            self.channel, self.wanted = data[:2], struct.unpack_from(">H", data, 5)[0]
            self.command, self.sequence = data[7:], 0
        elif sequence == self.sequence + 1:
            self.command, self.sequence = self.command + data[5:], sequence
        else:
            return
        if 0 < self.wanted <= min(len(self.command), self.longest):
            self._pass_on(self.command[:self.wanted])
            self.wanted = 0

    def _pass_on(self, command):
        if self.link is None:
            self.link = socket.create_connection(self.insides.address, timeout=10)
        self.link.sendall(struct.pack(">I", len(command)) + command)

    def readable(self, source):
        """Cuts an answer into packets. Length does not count the two bytes of status."""
        data = self.link.recv(1 << 16)
        if not data:
            self.link.close()
            self.link = None
            return
        self.answer += data
        while len(self.answer) >= 4 and len(self.answer) >= (size := struct.unpack_from(">I", self.answer)[0] + 6):
            self.give(0x82, self._packets(self.answer[4:size]))
            self.answer = self.answer[size:]

    def _packets(self, answer):
        rest, sequence = struct.pack(">H", len(answer)) + answer, 0
        while rest:
            head = self.channel + struct.pack(">BH", 5, sequence)
            part, rest = rest[:PACKET - 5], rest[PACKET - 5:]
            yield (head + part).ljust(PACKET, b"\0")
            sequence += 1


class Trezor(Wallet):
    """A Trezor with firmware that has WebUSB."""

    name = "trezor"
    ids = (0x1209, 0x53c1)
    version = 0x0200
    strings = ("SatoshiLabs", "TREZOR", "000000000000000000000001")

    def __init__(self, insides):
        wire = Interface(0, 0xff, 0, 0, [Endpoint(0x81, INTERRUPT, PACKET), Endpoint(0x01, INTERRUPT, PACKET)])
        fido = hid_interface(1, FIDO_REPORT, [Endpoint(0x82, INTERRUPT, PACKET), Endpoint(0x02, INTERRUPT, PACKET)])
        super().__init__([wire, fido], {1: FIDO_REPORT}, insides)

    def plugged(self, cable):
        super().plugged(cable)
        self.link = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.link.connect(self.insides.address)

    def interrupt_out(self, endpoint, data):
        if endpoint == 0x01 and len(data) == PACKET:
            self.link.send(data)

    def readable(self, source):
        try:
            packet = self.link.recv(PACKET + 1)
        except ConnectionRefusedError:  # the insides ended: a device that no longer answers
            return
        if len(packet) == PACKET:
            self.give(0x81, [packet])
