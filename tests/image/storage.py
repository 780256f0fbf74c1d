"""A stick: USB Mass Storage, bulk only (1.0), with the few SCSI commands that Linux needs to make a disk of it."""

import struct

from gadget import BULK, HIGH, Endpoint, Gadget, Interface
from usbredir import STALL

SECTOR = 512
COMMAND, STATUS = b"USBC", b"USBS"
OUT, IN = 0x02, 0x81
GOOD, FAILED, PHASE_ERROR = 0, 1, 2
TEST_UNIT_READY, REQUEST_SENSE, INQUIRY, MODE_SENSE_6, PREVENT, MODE_SENSE_10 = 0x00, 0x03, 0x12, 0x1a, 0x1e, 0x5a
START_STOP, READ_CAPACITY, READ_10, WRITE_10, SYNCHRONIZE = 0x1b, 0x25, 0x28, 0x2a, 0x35
ILLEGAL_REQUEST, BAD_COMMAND, BAD_ADDRESS = 5, 0x20, 0x21


class Stick(Gadget):
    """A disk whose bytes are the file's; what is written is in the file at once."""

    name = "stick"
    ids = (0x0781, 0x5567)
    speed = HIGH
    strings = ("Vitrine image test", "Stick", "000000000001")

    def __init__(self, file):
        interface = Interface(0, 8, 6, 0x50, [Endpoint(IN, BULK, 512, 0), Endpoint(OUT, BULK, 512, 0)])
        super().__init__([interface])
        self.file = open(file, "r+b")
        self.sectors = self.file.seek(0, 2) // SECTOR
        self.read_count = self.written_count = 0
        self._idle()

    def _idle(self):
        self.to_send, self.to_take, self.writing_at, self.sense = [], 0, 0, (0, 0)

    def close(self):
        self.file.close()

    def was_reset(self):
        self._idle()

    def own_control(self, kind, request, value, index, length, data):
        if kind == 0xa1 and request == 0xfe:  # the highest logical unit
            return b"\0"
        if kind == 0x21 and request == 0xff:  # reset
            self._idle()
            return b""
        return None

    def bulk_in(self, endpoint, length):
        if not self.to_send:
            return None
        if self.to_send[0] is STALL:
            return self.to_send.pop(0)
        part, rest = self.to_send[0][:length], self.to_send[0][length:]
        if rest:
            self.to_send[0] = rest
        else:
            self.to_send.pop(0)
        return part

    def bulk_out(self, endpoint, data):
        if self.to_take:
            return self._take(data)
        if len(data) != 31 or data[:4] != COMMAND or data[14] > 16:
            return False
        self.tag, self.expected = struct.unpack_from("<II", data, 4)
        self.inward = data[12] & 0x80
        self._command(data[15:15 + data[14]])
        return True

    def _take(self, data):
        if len(data) > self.to_take:
            return False
        self.file.seek(self.writing_at)
        self.file.write(data)
        self.file.flush()
        self.writing_at, self.to_take = self.writing_at + len(data), self.to_take - len(data)
        self.written_count += len(data)
        if not self.to_take:
            self._status(GOOD, 0)
        return True

    def _status(self, outcome, left):
        self.to_send.append(STATUS + struct.pack("<IIB", self.tag, left, outcome))

    def _answer(self, data):
        data = data[:self.expected]
        if data:
            self.to_send.append(data)
        if len(data) % SECTOR == 0 and len(data) < self.expected:
            self.to_send.append(STALL)
        self._status(GOOD, self.expected - len(data))

    def _fail(self, key, code):
        self.sense = (key, code)
        if self.expected and self.inward:
            self.to_send.append(b"")
        self._status(FAILED, self.expected)

    def _command(self, command):
        operation = command[0]
        if operation == INQUIRY:
            self._answer(self._inquiry(command))
        elif operation == REQUEST_SENSE:
            key, code = self.sense
            self.sense = (0, 0)
            self._answer(struct.pack("<BBBIBIBBBB", 0x70, 0, key, 0, 10, 0, code, 0, 0, 0) + bytes(2))
        elif operation == READ_CAPACITY:
            self._answer(struct.pack(">II", self.sectors - 1, SECTOR))
        elif operation == MODE_SENSE_6:
            self._answer(bytes([3, 0, 0, 0]))
        elif operation == MODE_SENSE_10:
            self._answer(bytes([0, 6, 0, 0, 0, 0, 0, 0]))
        elif operation in (TEST_UNIT_READY, PREVENT, START_STOP, SYNCHRONIZE):
            self._answer(b"")
        # Firmware pads commands to twelve bytes.
        elif operation in (READ_10, WRITE_10) and len(command) >= 10:
            self._move(operation == READ_10, *struct.unpack_from(">IBH", command, 2)[::2])
        else:
            self._fail(ILLEGAL_REQUEST, BAD_COMMAND)

    def _inquiry(self, command):
        if command[1] & 1:  # no pages of vital data
            return bytes([0, command[2], 0, 0])
        return bytes([0, 0x80, 2, 2, 31, 0, 0, 0]) + b"VITRINE ".ljust(8) + b"IMAGE TEST".ljust(16) + b"0001"

    def _move(self, reading, first, count):
        if first + count > self.sectors or count * SECTOR != self.expected:
            self._fail(ILLEGAL_REQUEST, BAD_ADDRESS)
        elif reading:
            self.file.seek(first * SECTOR)
            self.read_count += count
            self._answer(self.file.read(count * SECTOR))
        else:
            self.writing_at, self.to_take = first * SECTOR, count * SECTOR
