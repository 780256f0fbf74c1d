"""A camera on USB that plays a film of JPEG files. USB Video Class 1.1 with MJPEG over a bulk endpoint."""

import struct
import time
from pathlib import Path

from gadget import BULK, HIGH, Endpoint, Gadget, Interface
from usbredir import STALL

PAYLOAD = 2048  # what Linux asks for at once, and the device's dwMaxPayloadTransferSize
HEADER = bytes([2, 0x80])  # length of the header, end of header
FRAME_ID, END_OF_FRAME = 1, 2
GET_CUR, GET_LEN, GET_INFO, SET_CUR = 0x81, 0x85, 0x86, 1
CLOCK_HZ = 48_000_000


class Camera(Gadget):
    """Plays frames one after another, each as soon as the last was taken but no faster than `fps`, again and again."""

    name = "camera"
    ids = (0x046d, 0x0825)
    kind = (0xef, 2, 1)
    speed = HIGH
    strings = ("Vitrine image test", "Camera", "0001")

    def __init__(self, frames, width=640, height=480, fps=10):
        self.width, self.height, self.fps = width, height, fps
        self.interval = 10_000_000 // fps
        super().__init__([self._control_interface(), self._streaming_interface()])
        self.frames, self.number, self.played = frames, 0, 0
        self.rest, self.next, self.pull_at = b"", 0.0, None

    def pull_in_frame(self, number):
        """Pulls the cable out in the middle of the frame of this number."""
        self.pull_at = number

    @classmethod
    def of_folder(cls, folder, **options):
        """Plays the folder's `*.jpg` in the order of their names."""
        frames = [path.read_bytes() for path in sorted(Path(folder).glob("*.jpg"))]
        if not frames:
            raise ValueError(f"no film in {folder}")
        return cls(frames, **options)

    def _control_interface(self):
        sensor = struct.pack("<BBBBHBBHHHB3s", 18, 0x24, 2, 1, 0x0201, 0, 0, 0, 0, 0, 3, bytes(3))
        usb = struct.pack("<BBBBHBBB", 9, 0x24, 3, 2, 0x0101, 0, 1, 0)
        header = struct.pack("<BBBHHIBB", 13, 0x24, 1, 0x0110, 13 + len(sensor) + len(usb), CLOCK_HZ, 1, 1)
        both = struct.pack("<8B", 8, 0x0b, 0, 2, 0x0e, 3, 0, 0)
        return Interface(0, 0x0e, 1, 0, [], header + sensor + usb, before=both)

    def _streaming_interface(self):
        size = self.width * self.height * 2
        frame = struct.pack("<BBBBBHHIIIIBI", 30, 0x24, 7, 1, 0, self.width, self.height, size * 8,
                            size * 8 * self.fps, size, self.interval, 1, self.interval)
        mjpeg = struct.pack("<11B", 11, 0x24, 6, 1, 1, 1, 1, 0, 0, 0, 0)
        colours = struct.pack("<6B", 6, 0x24, 0x0d, 1, 1, 4)
        length = 14 + len(mjpeg) + len(frame) + len(colours)
        header = struct.pack("<BBBBHBBBBBBBB", 14, 0x24, 1, 1, length, 0x81, 0, 2, 0, 0, 0, 1, 0)
        return Interface(1, 0x0e, 2, 0, [Endpoint(0x81, BULK, 512, 0)], header + mjpeg + frame + colours)

    def _stream_parameters(self):
        size = self.width * self.height * 2
        return struct.pack("<HBBIHHHHHIIIBBBB", 0, 1, 1, self.interval, 0, 0, 0, 0, 0, size, PAYLOAD, CLOCK_HZ, 0, 0, 0, 0)

    def own_control(self, kind, request, value, index, length, data):
        of_stream = index & 0xff == 1 and value >> 8 in (1, 2)  # probe, commit
        if kind == 0xa1 and of_stream:
            own = {GET_INFO: b"\3", GET_LEN: struct.pack("<H", 34)}
            return own.get(request, self._stream_parameters())
        if kind == 0x21 and of_stream and request == SET_CUR:
            return b""
        return None

    def was_reset(self):
        self.rest = b""

    def patience(self):
        return max(0.0, self.next - time.monotonic()) if self.cable and self.cable.waiting else None

    def bulk_in(self, endpoint, length):
        now = time.monotonic()
        if not self.rest and now < self.next:
            return None
        if self.pull_at is not None and self.number > self.pull_at and len(self.rest) > 4 * PAYLOAD:
            self.pull_at, self.cable.pulled = None, True
            return None
        if not self.rest:
            self.rest, self.next = self.frame(), now + 1 / self.fps
            self.number += 1
        part, self.rest = self.rest[:PAYLOAD - len(HEADER)], self.rest[PAYLOAD - len(HEADER):]
        flags = HEADER[1] | self.number & FRAME_ID | (0 if self.rest else END_OF_FRAME)
        if not self.rest:
            self.played += 1
        return bytes([HEADER[0], flags]) + part

    def frame(self):
        """The bytes of the next frame."""
        return self.frames[self.number % len(self.frames)]


class HostileCamera(Camera):
    """Sends what no camera sends: a frame of rubbish after each good one, frames cut off, sizes that are lies."""

    name = "hostile camera"

    def frame(self):
        good = super().frame()
        rubbish = self.number * 2654435761 % (1 << 32)
        tricks = [
            good,
            good[:len(good) // 2],
            lying_size(good, 0xffff, 0xffff),
            lying_size(good, 0, 0),
            b"\xff\xd8" + rubbish.to_bytes(4, "big") * 4000,
            b"\xff\xd8\xff",
            bytes(self.width * self.height * 2),
            good[:600] + bytes(b ^ 0x55 for b in good[600:]),
        ]
        return tricks[self.number % len(tricks)]


def lying_size(jpeg, width, height):
    """A JPEG whose frame header says another size."""
    place = jpeg.find(b"\xff\xc0")
    if place < 0:
        return jpeg
    return jpeg[:place + 5] + struct.pack(">HH", height, width) + jpeg[place + 9:]


def without_tables(jpeg):
    """A JPEG as many cameras send it: Huffman tables are those of the standard, and left out."""
    out, place = jpeg[:2], 2
    while place + 4 <= len(jpeg) and jpeg[place] == 0xff and jpeg[place + 1] != 0xda:
        length = struct.unpack_from(">H", jpeg, place + 2)[0] + 2
        if jpeg[place + 1] != 0xc4:
            out += jpeg[place:place + length]
        place += length
    return out + jpeg[place:]


class StallingCamera(Camera):
    """Stalls in the middle of its third frame and never comes back."""

    name = "stalling camera"

    def bulk_in(self, endpoint, length):
        if self.number >= 3 and len(self.rest) < 4 * PAYLOAD:
            return STALL
        return super().bulk_in(endpoint, length)
