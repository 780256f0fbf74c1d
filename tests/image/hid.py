"""Keyboard and pointer. HID 1.11, Usage Tables 1.12, appendix B of HID 1.11 for the boot keyboard."""

import struct
import time

from gadget import INTERRUPT, Endpoint, Gadget, hid_interface

KEYBOARD_REPORT = bytes.fromhex(
    "05010906a101"          # generic desktop, keyboard
    "050719e029e71500250175019508" "8102"  # eight modifiers
    "95017508" "8103"       # reserved
    "95057501" "050819012905" "9102" "95017503" "9103"  # lamps
    "95067508" "15002565" "05071900" "2965" "8100"      # six keys
    "c0")
TABLET_REPORT = bytes.fromhex(
    "05010902a1010901a100"  # mouse, pointer
    "050919012903150025019503" "75018102" "95017505" "8103"  # three buttons
    "05010930093115002" "6ff7f" "350046ff7f" "75109502" "8102"  # x and y, 0 to 32767
    "05010938" "1581257f" "35004500" "75089501" "8106"  # wheel
    "c0c0")
ENTER, ESCAPE, BACKSPACE, TAB, SPACE = 40, 41, 42, 43, 44
RIGHT, LEFT, DOWN, UP = 79, 80, 81, 82
NAMED = {"Enter": ENTER, "Esc": ESCAPE, "Backspace": BACKSPACE, "Tab": TAB, "Space": SPACE,
         "Right": RIGHT, "Left": LEFT, "Down": DOWN, "Up": UP, **{f"F{n}": 57 + n for n in range(1, 13)}}
SHIFT = 2
PLAIN = {**{chr(97 + n): 4 + n for n in range(26)}, **{str((n + 1) % 10): 30 + n for n in range(10)},
         "-": 45, "=": 46, "[": 47, "]": 48, ";": 51, "'": 52, ",": 54, ".": 55, "/": 56, " ": SPACE}
SHIFTED = {**{letter.upper(): code for letter, code in PLAIN.items() if letter.isalpha()},
           "?": 56, "+": 46, "<": 54, ">": 55, "!": 30, ":": 51, "_": 45}


class Keyboard(Gadget):
    """A boot keyboard with the US layout."""

    name = "keyboard"
    ids = (0x046d, 0xc31c)
    strings = ("Vitrine image test", "Keyboard", "0001")
    press_seconds = 0.05

    def __init__(self):
        super().__init__([hid_interface(0, KEYBOARD_REPORT, [Endpoint(0x81, INTERRUPT, 8, 10)], 1, 1)],
                         {0: KEYBOARD_REPORT})

    def down(self, code, modifiers=0):
        self.send(0x81, bytes([modifiers, 0, code, 0, 0, 0, 0, 0]))

    def up(self):
        self.send(0x81, bytes(8))

    def press(self, key):
        """Presses and releases a key: a character, or a name of `NAMED`."""
        self.hold(key, self.press_seconds)

    def hold(self, key, seconds):
        """Holds a key for so long."""
        code, modifiers = code_of(key)
        self.down(code, modifiers)
        time.sleep(seconds)
        self.up()
        time.sleep(self.press_seconds)

    def type(self, text):
        for character in text:
            self.press(character)


def code_of(key):
    """The key's usage number and what is held with it."""
    if key in NAMED:
        return NAMED[key], 0
    return (PLAIN[key], 0) if key in PLAIN else (SHIFTED[key], SHIFT)


class Tablet(Gadget):
    """A pointer that says where it is, not how far it moved."""

    name = "tablet"
    ids = (0x0627, 0x0001)
    strings = ("Vitrine image test", "Tablet", "0001")

    def __init__(self):
        super().__init__([hid_interface(0, TABLET_REPORT, [Endpoint(0x81, INTERRUPT, 8, 10)])], {0: TABLET_REPORT})

    def at(self, x, y, buttons=0):
        """Moves to a place, each way 0.0 to 1.0."""
        place = [round(min(max(share, 0.0), 1.0) * 0x7fff) for share in (x, y)]
        self.send(0x81, struct.pack("<BHHb", buttons, *place, 0))

    def click(self, x, y):
        for buttons in (0, 1, 0):
            self.at(x, y, buttons)
            time.sleep(0.05)
