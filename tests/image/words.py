"""What the screens say and which keys they name, as far as tests wait for them. Each text begins its line."""

STARTS = ("Nothing is missing", "1 thing is missing", "2 things are missing", "3 things are missing")
READY = STARTS[0]
SCANNING = "Hold the operator's screen in front of the camera"
READING = "Part map"  # some of the request was read
REVIEWED = ("What this transaction does", "Further down", "This is the end.")
END_OF_REVIEW = "This is the end."
READ = "Signing is locked · 1 step left"  # the comparison
COMPARE = "Do all screens show these six words?"
WAITING = ("Waiting for you at the device", "Waiting for the device")
SIGNING = ("The device shows next", "Opening the hardware wallet", *WAITING)
# What is known against an old device: more pages, and the last one read.
ADVISORIES = ("A opens once all were on the screen", "The record says so")
SIGNED = "Signed and verified"
NOT_SIGNED = ("Nothing was signed", "Nothing leaves")
CHAIN = "Chain is whole"
KEPT = "The record is kept in vitrine-out/1/record/record.jsonl on the export stick"
STOPPED = "Stopped safely"

SELF_TEST_KEY, NOTICES_KEY, SWITCH_OFF_KEY = "F3", "F4", "F10"
NEW_NOTICES = ("1 new notice", *(f"{count} new notices" for count in range(2, 10)))
SELF_TEST_PASSED = "Self-test: all"
SELF_TEST_FAILED = ("FAIL", "Self-test: it did not run")
LOCKED = "Locked"
SWITCH_OFF = "Switch this machine off?"
CAMERA_STOPPED = ("The camera stopped", "Nothing to review was read")
STICK_FULL = ("could not be written to the export stick",)


def data(text):
    """A word in the typeface of data."""
    return f"#{text}"


def refused(port):
    """The notice about the device on a port."""
    return f"Refused a USB device at port 1-{port + 1}, which calls itself"
