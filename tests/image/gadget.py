"""What every USB device has: descriptors, strings, the standard requests. Chapter 9 of the USB 2.0 specification."""

import queue
import struct
from dataclasses import dataclass, field

LOW, FULL, HIGH = 0, 1, 2
BULK, INTERRUPT = 2, 3
DEVICE, CONFIGURATION, STRING, INTERFACE, ENDPOINT, HID, REPORT = 1, 2, 3, 4, 5, 0x21, 0x22


@dataclass
class Endpoint:
    """One endpoint; bit 7 of the address: to the machine."""

    address: int
    kind: int
    size: int
    interval: int = 1
    interface: int = 0

    def descriptor(self):
        return struct.pack("<BBBBHB", 7, ENDPOINT, self.address, self.kind, self.size, self.interval)


@dataclass
class Interface:
    """One interface with its class (`kind`), what stands before and in it."""

    number: int
    kind: int
    subkind: int = 0
    protocol: int = 0
    endpoints: list = field(default_factory=list)
    extra: bytes = b""
    before: bytes = b""

    def descriptor(self):
        head = struct.pack("<9B", 9, INTERFACE, self.number, 0, len(self.endpoints), self.kind, self.subkind,
                           self.protocol, 0)
        return self.before + head + self.extra + b"".join(e.descriptor() for e in self.endpoints)


def hid_interface(number, report, endpoints, subkind=0, protocol=0):
    """An interface for human interface devices (HID 1.11), whose report descriptor is this long."""
    extra = struct.pack("<BBHBBBH", 9, HID, 0x0111, 0, 1, REPORT, len(report))
    return Interface(number, 3, subkind, protocol, endpoints, extra)


class Gadget:
    """A device. Those of a kind set the fields and answer their requests in `own_control`."""

    name = "device"
    ids = (0x1d6b, 0x0104)
    version = 0x0100
    kind = (0, 0, 0)
    speed = FULL
    strings = ("Vitrine image test", "Device", "0001")

    def __init__(self, interfaces, reports=None):
        self.interfaces = interfaces
        self.hid_reports = reports or {}
        for interface in interfaces:
            for endpoint in interface.endpoints:
                endpoint.interface = interface.number
        self.queue = queue.SimpleQueue()
        self.held = None
        self.cable = None
        self.configurations = []

    # What the cable asks for.

    def plugged(self, cable):
        self.cable = cable
        self.configurations = []

    def unplugged(self):
        """The cable was pulled."""

    def was_reset(self):
        """The machine reset the port."""

    def configured(self, number):
        """The machine chose a configuration; 0 is none. A machine that refuses a device never does."""
        self.configurations.append(number)

    @property
    def is_let_in(self):
        """Whether the machine has it configured: one that refuses a device never does, or takes it back."""
        return self.configurations[-1:] not in ([], [0])

    def endpoints(self):
        return [endpoint for interface in self.interfaces for endpoint in interface.endpoints]

    def sources(self):
        """File descriptors to wait for."""
        return []

    def readable(self, source):
        """Something came on one of them."""

    def patience(self):
        """Seconds until the device has something to say though nothing came; None: never."""
        return None

    def send(self, endpoint, data):
        """Gives an interrupt packet to the machine as soon as it asks: from any thread."""
        self.queue.put((endpoint, data))
        if self.cable:
            self.cable.wake()

    def report(self, started):
        """The next interrupt packet for an endpoint that the machine reads."""
        if self.held is None and not self.queue.empty():
            self.held = self.queue.get()
        if self.held is None or self.held[0] not in started:
            return None
        report, self.held = self.held, None
        return report

    def bulk_in(self, endpoint, length):
        """Up to `length` bytes for the machine, None as long as there are none, or `STALL`."""
        return None

    def bulk_out(self, endpoint, data):
        """Takes bytes; False stalls."""
        return False

    def interrupt_out(self, endpoint, data):
        """Takes a packet."""

    # Standard requests.

    def device_descriptor(self):
        return struct.pack("<BBHBBBBHHHBBBB", 18, DEVICE, 0x0200, *self.kind, 64, *self.ids, self.version, 1, 2, 3, 1)

    def configuration_descriptor(self):
        body = b"".join(interface.descriptor() for interface in self.interfaces)
        numbers = {interface.number for interface in self.interfaces}
        return struct.pack("<BBHBBBBB", 9, CONFIGURATION, 9 + len(body), len(numbers), 1, 0, 0x80, 50) + body

    def control(self, kind, request, value, index, length, data):
        """Answers a control transfer: bytes, or None to stall."""
        if kind in (0x80, 0x81) and request == 6:
            return self.descriptor(value >> 8, value & 255, index)
        if kind & 0x60 == 0:
            return self.standard(kind, request)
        return self.own_control(kind, request, value, index, length, data)

    def standard(self, kind, request):
        if request == 0 and kind & 0x80:  # GET_STATUS
            return b"\0\0"
        return b"" if request in (1, 3) and not kind & 0x80 else None  # CLEAR_FEATURE, SET_FEATURE

    def descriptor(self, kind, place, index):
        if kind == DEVICE:
            return self.device_descriptor()
        if kind == CONFIGURATION and place == 0:
            return self.configuration_descriptor()
        if kind == STRING:
            return self.string(place)
        if kind == REPORT:
            return self.hid_reports.get(index)
        return None

    def string(self, place):
        if place == 0:
            return b"\x04\x03\x09\x04"
        if place > len(self.strings):
            return None
        text = self.strings[place - 1].encode("utf-16le")
        return bytes([len(text) + 2, STRING]) + text

    def own_control(self, kind, request, value, index, length, data):
        if kind == 0x21 and index in self.hid_reports:  # SET_REPORT, SET_IDLE, SET_PROTOCOL
            return b""
        return None
