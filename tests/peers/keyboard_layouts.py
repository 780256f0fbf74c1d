"""What the appliance's keyboard tables write, against libxkbcommon with the X keyboard database and its Compose file."""

import ctypes
import subprocess
import unicodedata

from checks import ROOT, check, equal

SHIFT, CAPS, ALTGR = 42, 58, 100
EVDEV_OFFSET = 8
DOWN, UP = 1, 0
COMPOSED = 2  # XKB_COMPOSE_COMPOSED

XKB = ctypes.CDLL("libxkbcommon.so.0")
for name in (
    "xkb_context_new",
    "xkb_keymap_new_from_names",
    "xkb_state_new",
    "xkb_compose_table_new_from_locale",
    "xkb_compose_state_new",
):
    getattr(XKB, name).restype = ctypes.c_void_p


class Names(ctypes.Structure):
    _fields_ = [(name, ctypes.c_char_p) for name in ("rules", "model", "layout", "variant", "options")]


def pointer(value):
    assert value, "libxkbcommon has no such keyboard"
    return ctypes.c_void_p(value)


CONTEXT = pointer(XKB.xkb_context_new(0))


class Keyboard:
    def __init__(self, layout):
        names = Names(b"evdev", b"pc105", layout.encode(), b"", b"")
        self.map = pointer(XKB.xkb_keymap_new_from_names(CONTEXT, ctypes.byref(names), 0))
        self.state = pointer(XKB.xkb_state_new(self.map))

    def fresh(self):
        self.state = pointer(XKB.xkb_state_new(self.map))

    def hold(self, code, direction=DOWN):
        XKB.xkb_state_update_key(self.state, code + EVDEV_OFFSET, direction)

    def text(self, code):
        room = ctypes.create_string_buffer(32)
        XKB.xkb_state_key_get_utf8(self.state, code + EVDEV_OFFSET, room, 32)
        return "".join(c for c in room.value.decode() if c.isprintable())

    def symbol(self, code):
        return XKB.xkb_state_key_get_one_sym(self.state, code + EVDEV_OFFSET)


def said():
    program = ["cargo", "run", "--quiet", "--locked", "--package", "vitrine-appliance", "--example", "layouts"]
    lines = subprocess.run(program, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\n")
    return [line.split("\t") for line in lines if line]


SAID = said()


@check
def each_key_of_six_layouts_writes_what_it_writes_under_x_with_shift_altgr_and_caps_lock():
    rows = [row[1:] for row in SAID if row[0] == "key"]
    assert len({row[0] for row in rows}) == 6 and len(rows) > 2000, len(rows)
    keyboards = {}
    for layout, code, shift, altgr, caps, text in rows:
        if layout == "us" and altgr == "1":
            continue  # this layout has no third level: there the key is a second Alt, with which we write nothing
        if layout not in keyboards:
            keyboards[layout] = Keyboard(layout)
        keyboard = keyboards[layout]
        keyboard.fresh()
        if caps == "1":
            keyboard.hold(CAPS)
            keyboard.hold(CAPS, UP)
        for held, key in ((shift, SHIFT), (altgr, ALTGR)):
            if held == "1":
                keyboard.hold(key)
        # Of sharp s, long s, the micro sign and the i without a dot nobody agrees what CapsLock makes.
        if caps == "1" and {text, keyboard.text(int(code))} & set("ßẞſµ\u039cı"):
            continue
        equal(text, keyboard.text(int(code)), f"{layout} key {code}, shift {shift}, altgr {altgr}, caps {caps}")


@check
def a_dead_key_and_a_letter_write_what_x_composes():
    table = pointer(XKB.xkb_compose_table_new_from_locale(CONTEXT, b"en_US.UTF-8", 0))
    rows = [row[1:] for row in SAID if row[0] == "dead"]
    assert len(rows) > 1000, len(rows)
    composed = 0
    for layout, code, shift, altgr, sign, text in rows:
        # A space after a dead key is the mark by itself, of which X and the unicode tables have different ones.
        if sign == " ":
            equal(len(text), 1, f"{layout} key {code} and a space")
            continue
        keyboard = Keyboard(layout)
        for held, key in ((shift, SHIFT), (altgr, ALTGR)):
            if held == "1":
                keyboard.hold(key)
        compose = pointer(XKB.xkb_compose_state_new(table, 0))
        XKB.xkb_compose_state_feed(compose, keyboard.symbol(int(code)))
        XKB.xkb_compose_state_feed(compose, XKB.xkb_utf32_to_keysym(ord(sign)))
        room = ctypes.create_string_buffer(32)
        if XKB.xkb_compose_state_get_status(compose) == COMPOSED and sign.isalpha():
            XKB.xkb_compose_state_get_utf8(compose, room, 32)
            theirs = room.value.decode()
            # X also composes letters with marks that unicode has no single character for.
            if len(theirs) == 1 and len(unicodedata.normalize("NFD", theirs)) == 2:
                equal(text, theirs, f"{layout} key {code} and {sign}")
                composed += 1
                continue
        XKB.xkb_compose_state_unref(compose)
    assert composed > 200, composed
