"""Codes drawn by segno and read by zxing-cpp; films by Pillow."""

import io
from pathlib import Path

import segno
import zxingcpp
from PIL import Image, ImageSequence


def picture(text, scale=4):
    """One code, with its quiet zone."""
    drawn = io.BytesIO()
    segno.make(text, error="l", boost_error=False, micro=False).save(drawn, kind="png", scale=scale, border=4)
    return Image.open(drawn).convert("L")


def film(parts, file, milliseconds=125):
    """An animated GIF, all frames of one size."""
    frames = [picture(part) for part in parts]
    side = max(frame.width for frame in frames)
    frames = [centred(frame, side) for frame in frames]
    frames[0].save(file, save_all=True, append_images=frames[1:], duration=milliseconds, loop=0)
    return file


def centred(frame, side):
    canvas = Image.new("L", (side, side), 255)
    canvas.paste(frame, ((side - frame.width) // 2, (side - frame.height) // 2))
    return canvas


def stills(parts, folder):
    """A folder of PNG pictures."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, part in enumerate(parts):
        picture(part).save(folder / f"{number:04}.png")
    return folder


def read_film(file):
    """The text of each frame of a film."""
    return [read(frame.convert("L")) for frame in ImageSequence.Iterator(Image.open(file))]


def read_stills(folder):
    """The text of each picture of a folder, in order of name."""
    return [read(Image.open(file).convert("L")) for file in sorted(Path(folder).glob("*.png"))]


def read(image):
    found = zxingcpp.read_barcodes(image, formats=zxingcpp.BarcodeFormat.QRCode)
    if len(found) != 1:
        raise AssertionError(f"zxing-cpp finds {len(found)} codes in a frame")
    return found[0].bytes.decode("ascii")
