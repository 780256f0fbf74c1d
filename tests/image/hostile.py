"""Gadgets that have no business at a signing machine. A keyboard that comes late is `hid.Keyboard`, plugged in late."""

import struct

from gadget import BULK, HIGH, INTERRUPT, Endpoint, Gadget, Interface, hid_interface
from hid import KEYBOARD_REPORT, NAMED, Keyboard
from wallets import LEDGER_REPORT, PACKET, Ledger


LOCK = NAMED["F9"]


def types_lock(device, endpoint):
    """Presses the key that locks the screen: were it heard, everybody would see it."""
    for report in (bytes([0, 0, LOCK, 0, 0, 0, 0, 0]), bytes(8)):
        device.send(endpoint, report)


class EthernetAdapter(Gadget):
    """A network adapter of the class for communications (CDC ECM 1.2): Linux needs no driver of its maker."""

    name = "network adapter (ECM)"
    ids = (0x0525, 0xa4a1)
    kind = (2, 0, 0)
    speed = HIGH
    strings = ("Vitrine image test", "Ethernet", "0001", "02005E000001")
    subkind, protocol = 6, 0

    def __init__(self):
        header, union = bytes([5, 0x24, 0, 0x10, 1]), bytes([5, 0x24, 6, 0, 1])
        ethernet = struct.pack("<BBBBIHHB", 13, 0x24, 0x0f, 4, 0, 1514, 0, 0)
        control = Interface(0, 2, self.subkind, self.protocol, [Endpoint(0x82, INTERRUPT, 16, 9)],
                            header + union + ethernet)
        data = Interface(1, 0x0a, 0, 0, [Endpoint(0x81, BULK, 512, 0), Endpoint(0x01, BULK, 512, 0)])
        super().__init__([control, data])


class RndisAdapter(EthernetAdapter):
    """A network adapter as tethered telephones are one (RNDIS)."""

    name = "network adapter (RNDIS)"
    ids = (0x0525, 0xa4a2)
    subkind, protocol = 2, 0xff


class LedgerWithKeyboard(Ledger):
    """A Ledger's numbers and interfaces, and a keyboard beside them."""

    name = "ledger with a keyboard"

    def __init__(self, insides):
        super().__init__(insides)
        keys = hid_interface(2, KEYBOARD_REPORT, [Endpoint(0x84, INTERRUPT, 8, 10)], 1, 1)
        keys.endpoints[0].interface = 2
        self.interfaces.append(keys)
        self.hid_reports[2] = KEYBOARD_REPORT

    def configured(self, number):
        super().configured(number)
        types_lock(self, 0x84)


class LedgerWithFidoKeyboard(LedgerWithKeyboard):
    """A keyboard where a Ledger's FIDO stands, whose class is a keyboard's: let in as a Ledger, read as nothing else."""

    name = "ledger with a keyboard for FIDO"
    ids = (0x2c97, 0x4015)

    def __init__(self, insides):
        super().__init__(insides)
        command, webusb, keys = self.interfaces
        keys.number, webusb.number = 1, 2
        keys.endpoints[0].interface = 1
        for endpoint in webusb.endpoints:
            endpoint.interface = 2
        self.interfaces = [command, keys, webusb]
        self.hid_reports = {0: LEDGER_REPORT, 1: KEYBOARD_REPORT}


class LedgerThatTypes(Gadget):
    """A Ledger's numbers and the very interfaces that one has; only the report descriptor is a keyboard's."""

    name = "keyboard in a ledger's clothes"
    ids, version, strings = Ledger.ids, Ledger.version, Ledger.strings

    def __init__(self):
        command = hid_interface(0, KEYBOARD_REPORT, [Endpoint(0x82, INTERRUPT, PACKET), Endpoint(0x02, INTERRUPT, PACKET)])
        webusb = Interface(1, 0xff, 0xff, 0xff, [Endpoint(0x83, INTERRUPT, PACKET), Endpoint(0x03, INTERRUPT, PACKET)])
        super().__init__([command, webusb], {0: KEYBOARD_REPORT})

    def configured(self, number):
        """Types as soon as anybody reads."""
        super().configured(number)
        types_lock(self, 0x82)


class TwoFaced(Keyboard):
    """A Ledger as long as its descriptors are read for the first time, a keyboard from the second time on."""

    name = "device of two faces"
    ids, version, strings = Ledger.ids, Ledger.version, Ledger.strings

    def __init__(self):
        super().__init__()
        self.times_read = 0
        self.ledger = hid_interface(0, LEDGER_REPORT, [Endpoint(0x81, INTERRUPT, PACKET)])

    def configured(self, number):
        super().configured(number)
        types_lock(self, 0x81)

    def configuration_descriptor(self):
        """Linux reads nine bytes for the length, then all: both readings are the first time."""
        self.times_read += 1
        honest = self.interfaces
        if self.times_read <= 2:
            self.interfaces = [self.ledger]
        descriptor = super().configuration_descriptor()
        self.interfaces = honest
        return descriptor


class Hub(Gadget):
    """A hub: behind it anything may come."""

    name = "hub"
    ids = (0x05e3, 0x0608)
    kind = (9, 0, 1)
    speed = HIGH
    strings = ("Vitrine image test", "Hub", "0001")

    def __init__(self):
        super().__init__([Interface(0, 9, 0, 0, [Endpoint(0x81, INTERRUPT, 1, 12)])])

    def own_control(self, kind, request, value, index, length, data):
        if kind == 0xa0 and request == 6:  # the hub's descriptor: four ports
            return bytes([9, 0x29, 4, 0xe0, 0, 50, 100, 0, 0xff])
        if kind in (0xa0, 0xa3) and request == 0:
            return bytes(4)
        return b"" if kind in (0x20, 0x23) else None
