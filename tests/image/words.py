"""What the screens say, as far as tests wait for it. Each is the beginning of a line."""

START = "Nothing is missing"
STARTS = (START, "1 thing is missing", "2 things are missing", "3 things are missing")
SCANNING = "Hold the operator's screen in front of the camera"
REVIEW = "This is the end."
STEPS_DONE = "steps are done"
COMPARE = "Do all screens show these six words?"
WAITING = ("Waiting for you at the device", "Waiting for the device")
SIGNED = "Signed and verified"
NOT_SIGNED = ("Nothing was signed", "Nothing leaves")
CHAIN = "Chain is whole"
REFUSED = ("Refused a USB device",)
CAMERA_STOPPED = ("camera stopped",)
STICK_FULL = ("The stick is full",)
SELF_TEST = "Self-test"
SELF_TEST_KEY = "s"
CLOSE_NOTICE = "Esc"
STOPPED = "Stopped safely"
