"""The devices by themselves, without a machine: python3 -m unittest, run by `make image-test` first."""

import socket
import struct
import tempfile
import threading
import unittest
from pathlib import Path

import camera
import empty_init
import hid
import hostile
import storage
import usbredir
import wallets
from usbredir import CAPABILITIES, CONTROL, HELLO, Malformed, Parser

HELLO_BODY = b"machine".ljust(64, b"\0") + struct.pack("<I", CAPABILITIES)


def hello(body=HELLO_BODY):
    return struct.pack("<III", HELLO, len(body), 0) + body


class Parsing(unittest.TestCase):
    def test_messages_arrive_whole_however_they_are_cut(self):
        after = struct.pack("<IIQ", usbredir.SET_CONFIGURATION, 1, 7) + b"\1"
        for cut in range(len(hello() + after)):
            parser, stream = Parser(), hello() + after
            found = parser.feed(stream[:cut]) + parser.feed(stream[cut:])
            self.assertEqual([(k, i, len(b)) for k, i, b in found], [(HELLO, 0, 68), (usbredir.SET_CONFIGURATION, 7, 1)])

    def test_what_is_no_message_is_refused(self):
        greeted = hello()
        for stream in (struct.pack("<III", CONTROL, 10, 0) + bytes(10), hello(bytes(64)), hello(HELLO_BODY + b"x"),
                       struct.pack("<III", HELLO, 1 << 30, 0), greeted + struct.pack("<IIQ", 99, 0, 0),
                       greeted + struct.pack("<IIQ", usbredir.RESET, 1, 0) + b"x",
                       greeted + struct.pack("<IIQ", CONTROL, 9, 0) + bytes(9)):
            with self.assertRaises(Malformed, msg=stream.hex()):
                Parser().feed(stream)


class Machine:
    """The other end of a cable, by hand."""

    def __init__(self, test, device):
        self.folder = tempfile.TemporaryDirectory()
        test.addCleanup(self.folder.cleanup)
        path = Path(self.folder.name) / "port"
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(path))
        listener.listen(1)
        self.cable = usbredir.Cable(path, device).plug()
        self.socket, _ = listener.accept()
        listener.close()
        self.socket.settimeout(10)
        test.addCleanup(self.socket.close)
        test.addCleanup(self.cable.pull)
        self.read(12 + 68)
        self.socket.sendall(hello())
        self.introduction = [self.message()[0] for _ in range(3)]

    def read(self, count):
        data = b""
        while len(data) < count:
            piece = self.socket.recv(count - len(data))
            if not piece:
                raise EOFError
            data += piece
        return data

    def message(self):
        kind, length, ident = struct.unpack("<IIQ", self.read(16))
        return kind, ident, self.read(length)

    def tell(self, kind, body, ident=1):
        self.socket.sendall(struct.pack("<IIQ", kind, len(body), ident) + body)

    def descriptor(self, kind, place=0, length=255):
        self.tell(CONTROL, struct.pack("<BBBBHHH", 0x80, 6, 0x80, 0, kind << 8 | place, 0, length))
        _, _, body = self.message()
        return body[3], body[10:]


class Descriptors(unittest.TestCase):
    def devices(self):
        insides = type("Insides", (), {"address": ("127.0.0.1", 9)})()
        return [hid.Keyboard(), hid.Tablet(), wallets.Ledger(insides), wallets.Trezor(insides), camera.Camera([b"jpeg"]),
                hostile.EthernetAdapter(), hostile.RndisAdapter(), hostile.LedgerWithKeyboard(insides),
                hostile.LedgerWithFidoKeyboard(insides), hostile.LedgerThatTypes(), hostile.Hub()]

    def test_lengths_and_counts_are_those_announced(self):
        for device in self.devices():
            with self.subTest(device.name):
                whole = device.configuration_descriptor()
                self.assertEqual(struct.unpack_from("<H", whole, 2)[0], len(whole))
                place, kinds = 0, []
                while place < len(whole):
                    kinds.append(whole[place + 1])
                    place += whole[place]
                self.assertEqual(place, len(whole))
                self.assertEqual(kinds.count(4), whole[4])
                self.assertEqual(kinds.count(5), len(device.endpoints()))

    def test_the_second_reading_of_two_faces_is_another(self):
        device = hostile.TwoFaced()
        first, second = device.configuration_descriptor(), device.configuration_descriptor()
        self.assertEqual(first, second)
        self.assertNotEqual(device.configuration_descriptor(), first)


class OnTheCable(unittest.TestCase):
    def test_a_keyboard_is_introduced_and_types_only_when_it_is_read(self):
        keyboard = hid.Keyboard()
        machine = Machine(self, keyboard)
        self.assertEqual(machine.introduction, [usbredir.ENDPOINTS, usbredir.INTERFACES, usbredir.CONNECT])
        self.assertEqual(machine.descriptor(1), (0, keyboard.device_descriptor()))
        self.assertEqual(machine.descriptor(0x0f)[0], usbredir.STALLED)
        keyboard.down(hid.ENTER)
        machine.tell(usbredir.SET_CONFIGURATION, b"\1")
        self.assertEqual(machine.message()[0], usbredir.CONFIGURATION)
        self.assertTrue(keyboard.is_let_in and not machine.cable.used)
        machine.tell(usbredir.START_INTERRUPT, b"\x81")
        self.assertEqual(machine.message()[0], usbredir.INTERRUPT_STATUS)
        self.assertEqual(machine.message()[2][4:], bytes([0, 0, hid.ENTER, 0, 0, 0, 0, 0]))
        self.assertEqual(machine.cable.used, {0x81})

    def test_a_machine_that_breaks_the_protocol_is_told_of(self):
        machine = Machine(self, hid.Keyboard())
        machine.tell(77, b"")
        machine.cable.thread.join(10)
        self.assertIn("77", machine.cable.broken)

    def test_a_pulled_cable_is_an_end_without_a_fault(self):
        machine = Machine(self, hid.Keyboard())
        machine.cable.pull()
        self.assertIsNone(machine.cable.broken)
        with self.assertRaises((EOFError, ConnectionError)):
            machine.read(1)


class LedgerPackets(unittest.TestCase):
    def test_a_long_command_and_a_long_answer_are_cut_and_joined(self):
        listener = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(listener.close)
        ledger = wallets.Ledger(type("Insides", (), {"address": listener.getsockname()})())
        ledger.plugged(None)
        command, answer = bytes(range(200)), bytes(150) + b"\x90\0"
        seen = []

        def emulator():
            link, _ = listener.accept()
            with link:
                seen.append(link.recv(4 + len(command), socket.MSG_WAITALL))
                link.sendall(struct.pack(">I", len(answer) - 2) + answer)

        thread = threading.Thread(target=emulator)
        thread.start()
        rest, number = struct.pack(">H", len(command)) + command, 0
        while rest:
            ledger.interrupt_out(0x02, (b"\1\1\5" + struct.pack(">H", number) + rest[:59]).ljust(64, b"\0"))
            rest, number = rest[59:], number + 1
        thread.join(10)
        self.assertEqual(seen, [struct.pack(">I", 200) + command])
        ledger.readable(ledger.link)
        packets = [ledger.queue.get_nowait()[1] for _ in range(ledger.queue.qsize())]
        self.assertEqual([len(p) for p in packets], [64, 64, 64])
        self.assertEqual([p[:5] for p in packets], [b"\1\1\5" + struct.pack(">H", n) for n in range(3)])
        self.assertEqual(b"".join(p[5:] for p in packets)[:2 + len(answer)], struct.pack(">H", len(answer)) + answer)
        ledger.unplugged()


class StickCommands(unittest.TestCase):
    def setUp(self):
        self.file = tempfile.NamedTemporaryFile()
        self.file.truncate(64 * storage.SECTOR)
        self.stick = storage.Stick(self.file.name)
        self.addCleanup(self.file.close)
        self.addCleanup(self.stick.close)

    def command(self, command, expected=0, inward=True):
        head = struct.pack("<IIBBB", 5, expected, 0x80 if inward else 0, 0, len(command))
        return self.stick.bulk_out(storage.OUT, storage.COMMAND + head + command.ljust(16, b"\0"))

    def status(self):
        return struct.unpack("<IIB", self.stick.bulk_in(storage.IN, 13)[4:])

    def test_what_is_written_is_read(self):
        write = struct.pack(">BBIBHB", storage.WRITE_10, 0, 3, 0, 1, 0)
        self.assertTrue(self.command(write, storage.SECTOR, inward=False))
        self.assertTrue(self.stick.bulk_out(storage.OUT, b"v" * storage.SECTOR))
        self.assertEqual(self.status(), (5, 0, 0))
        self.command(struct.pack(">BBIBHB", storage.READ_10, 0, 3, 0, 1, 0), storage.SECTOR)
        self.assertEqual(self.stick.bulk_in(storage.IN, 4096), b"v" * storage.SECTOR)
        self.assertEqual(self.status(), (5, 0, 0))

    def test_beyond_the_end_is_refused(self):
        self.command(struct.pack(">BBIBHB", storage.READ_10, 0, 64, 0, 1, 0), storage.SECTOR)
        self.assertEqual(self.stick.bulk_in(storage.IN, 512), b"")
        self.assertEqual(self.status()[2], storage.FAILED)

    def test_what_is_no_command_stalls(self):
        self.assertFalse(self.stick.bulk_out(storage.OUT, bytes(31)))
        self.assertFalse(self.stick.bulk_out(storage.OUT, b"USBC"))


class Film(unittest.TestCase):
    def test_a_frame_is_cut_into_payloads_that_say_where_it_ends(self):
        jpeg = bytes(5000)
        played = camera.Camera([jpeg])
        parts = []
        while not parts or not parts[-1][1] & camera.END_OF_FRAME:
            parts.append(played.bulk_in(0x81, 4096))
        self.assertEqual(b"".join(part[2:] for part in parts), jpeg)
        self.assertEqual(len({part[1] & camera.FRAME_ID for part in parts}), 1)

    def test_tables_can_be_left_out(self):
        def segment(marker, body):
            return b"\xff" + bytes([marker]) + struct.pack(">H", len(body) + 2) + body
        rest = segment(0xdb, b"q") + segment(0xda, b"s") + b"data"
        self.assertEqual(camera.without_tables(b"\xff\xd8" + segment(0xc4, b"huff") + rest), b"\xff\xd8" + rest)


class EmptyInit(unittest.TestCase):
    def test_the_archive_is_aligned_and_its_program_an_elf_file(self):
        archive = empty_init.initramfs()
        self.assertEqual(len(archive) % 4, 0)
        self.assertIn(empty_init.program(), archive)
        self.assertEqual(empty_init.program()[:4], b"\x7fELF")


if __name__ == "__main__":
    unittest.main()
