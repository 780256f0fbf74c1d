"""What stands on a machine's screen: pictures kept for people, words found, codes given to `vitrine`.

Words are not guessed. `find_text` (crates/app/examples) draws them as the interface would and compares points.
"""

import struct
import subprocess
import time
import zlib

POLL_SECONDS = 0.25
# Of the dark theme: bg0, bg1, caution_bg (docs/design-language.md).
GROUNDS = tuple(bytes.fromhex(colour) for colour in ("0b0e10", "12171a", "2a200c"))


def read_ppm(file):
    """Width, height and the pixels of a picture by QEMU, three bytes each."""
    data = file.read_bytes()
    magic, size, most, pixels = data.split(b"\n", 3)
    width, height = map(int, size.split())
    if (magic, most) != (b"P6", b"255") or len(pixels) != width * height * 3:
        raise ValueError(f"{file} is no whole picture")
    return width, height, pixels


def write_png(file, width, height, pixels):
    """A PNG of pixels with three bytes each."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    rows = b"".join(b"\0" + pixels[at:at + width * 3] for at in range(0, len(pixels), width * 3))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows, 6)) + chunk(b"IEND", b"")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"\x89PNG\r\n\x1a\n" + body)


class NotSeen(AssertionError):
    """What a test waits for did not come in time."""


class Screen:
    """The screen of a machine that runs; pictures of it are kept in `folder`."""

    def __init__(self, machine, folder, find_text):
        self.machine, self.folder = machine, folder
        self.finder = subprocess.Popen([find_text], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.kept, self.last = 0, None

    def close(self):
        self.finder.stdin.close()
        self.finder.wait()
        self.finder.stdout.close()

    def find(self, *words):
        """For each of the words where they stand now, or None."""
        picture = self.machine.picture()
        pixels = picture.read_bytes()
        if self.last and self.last[:2] == (words, pixels):
            return self.last[2]
        self.finder.stdin.write("\t".join([str(picture), *words]) + "\n")
        self.finder.stdin.flush()
        answer = self.finder.stdout.readline().rstrip("\n").split("\t")
        if len(answer) != len(words):
            raise RuntimeError(f"find_text ended at {picture}")
        places = [None if place == "-" else tuple(map(int, place.split(","))) for place in answer]
        self.last = words, pixels, places
        return places

    def is_drawn(self):
        """Whether the interface drew: its ground, which no text console has, fills the corners."""
        width, height, pixels = read_ppm(self.machine.picture())
        corners = [(0, 0), (width - 1, 0), (0, height - 1), (width - 1, height - 1)]
        return all(pixels[(y * width + x) * 3:][:3] in GROUNDS for x, y in corners)

    def shows(self, words):
        return self.find(words)[0] is not None

    def wait(self, *words, limit_s=60, meanwhile=None):
        """Waits until one of the words stands there; which one. `meanwhile` is done before each look."""
        deadline = time.monotonic() + limit_s
        while True:
            if meanwhile:
                meanwhile()
            for text, place in zip(words, self.find(*words)):
                if place:
                    return text
            if time.monotonic() > deadline:
                self.keep("not-seen")
                raise NotSeen(f"after {limit_s} s the screen shows none of {words}")
            time.sleep(POLL_SECONDS)

    def wait_until(self, condition, limit_s=60):
        """Waits for anything else."""
        deadline = time.monotonic() + limit_s
        while not condition():
            if time.monotonic() > deadline:
                self.keep("not-seen")
                raise NotSeen(f"after {limit_s} s it is not so")
            time.sleep(POLL_SECONDS)

    def wait_until_still(self, limit_s=60):
        """Waits until two pictures in a row are the same."""
        deadline, last = time.monotonic() + limit_s, None
        while (now := self.machine.picture("still").read_bytes()) != last:
            if time.monotonic() > deadline:
                raise NotSeen(f"the screen still changes after {limit_s} s")
            last = now
            time.sleep(POLL_SECONDS)

    def keep(self, name):
        """Keeps the picture for people to look at."""
        self.kept += 1
        write_png(self.folder / f"{self.kept:02}-{name}.png", *read_ppm(self.machine.picture("kept")))

    def film(self, folder, limit_s, done, every_s=0.1):
        """Pictures of an animated code in a folder, until `done(folder)`; how many."""
        deadline, count, last = time.monotonic() + limit_s, 0, None
        while True:
            width, height, pixels = read_ppm(self.machine.picture("film"))
            if pixels != last:
                last = pixels
                write_png(folder / f"{count:04}.png", width, height, pixels)
                count += 1
                if count % 5 == 0 and done(folder):
                    return count
            if time.monotonic() > deadline:
                raise NotSeen(f"after {limit_s} s and {count} pictures the code is not whole")
            time.sleep(every_s)
