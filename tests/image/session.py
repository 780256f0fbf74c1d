"""A person at the keyboard of the machine: the main job, step by step, each step when the screen asks for it."""

import subprocess

import hid
import words


class Person:
    """Presses keys. `limit_s` is what the slowest step may take."""

    def __init__(self, table, limit_s=600):
        self.table, self.screen, self.keys, self.limit_s = table, table.screen, table.keys, limit_s

    def sees(self, *texts, keep=None, **options):
        found = self.screen.wait(*texts, **{"limit_s": self.limit_s, **options})
        if keep:
            self.screen.keep(keep)
        return found

    def opens(self):
        """The start screen, when camera and wallet were found."""
        self.sees(words.READY, keep="open")

    def scans(self):
        self.keys.press("Enter")
        self.sees(words.SCANNING, keep="scan")

    def reads(self):
        """Walks through every field of the review, and acknowledges each caution."""
        self.sees(*words.REVIEWED, keep="review")
        self.sees(words.END_OF_REVIEW, meanwhile=lambda: self._walk("Down", 4))
        # The last page is there; the last field of it may be one of many below.
        self._walk("Down", 40)
        self.keys.press("f")
        self.sees(words.READ, meanwhile=lambda: self.keys.press("a"), keep="read")
        self.keys.press("Enter")

    def _walk(self, key, times):
        for _ in range(times):
            self.keys.press(key)

    def compares(self):
        self.keys.press("Enter")
        self.sees(words.COMPARE, keep="compare")

    def approves(self):
        """Holds Space until the machine goes on."""
        self.keys.down(hid.SPACE)
        try:
            self.sees(*words.SIGNING, words.SIGNED, *words.ADVISORIES, *words.NOT_SIGNED)
        finally:
            self.keys.up()
        self.screen.keep("sign")

    def has_it_signed(self):
        while (found := self.sees(words.SIGNED, *words.ADVISORIES, *words.NOT_SIGNED)) in words.ADVISORIES:
            self.keys.press("Down" if found == words.ADVISORIES[0] else "a")
        self.screen.keep("present")
        if found != words.SIGNED:
            raise AssertionError(f"the screen says: {found}")

    def takes_the_result(self, job):
        """Films the code on the screen and has the operator's side verify it."""
        self.keys.press("z")
        folder = self.table.folder / "result"
        folder.mkdir(exist_ok=True)
        proven = self.table.folder / "transaction.hex"
        wanted = ["verify", "--request", job.request, "--response", folder, *job.signer]
        if not job.signer:
            wanted += ["--tx-out", proven]

        def done(_):
            command = [self.table.programs.vitrine, *map(str, wanted)]
            outcome = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=120)
            (self.table.folder / "verify.txt").write_text(outcome.stdout + outcome.stderr)
            return outcome.returncode == 0

        count = self.screen.film(folder, self.limit_s, done)
        self.screen.keep("result")
        self.keys.press("z")
        return count

    def closes(self):
        self.keys.press("Enter")
        self.sees(words.CHAIN)
        self.sees(words.KEPT, keep="record")

    def tries_again(self, key, failed, wanted, keep):
        """Presses the key each time the failure stands there, until what is wanted does."""
        while (found := self.sees(*wanted, *failed)) in failed:
            self.keys.press(key)
            self.screen.wait_until(lambda: not self.screen.shows(found), self.limit_s)
        self.screen.keep(keep)

    def reads_notice(self, *texts, keep):
        """Opens the list of notices when there is a new one; one of the texts must be in it."""
        self.sees(*words.NEW_NOTICES)
        self.keys.press(words.NOTICES_KEY)
        self.sees(*texts, keep=keep)
        self.keys.press("Esc")

    def runs_the_self_test(self, keep):
        """Every line of it must pass."""
        self.keys.press(words.SELF_TEST_KEY)
        found = self.sees(words.SELF_TEST_PASSED, *words.SELF_TEST_FAILED, keep=f"self-test-{keep}")
        if found != words.SELF_TEST_PASSED:
            raise AssertionError(f"the self-test says {found}")
        self.keys.press("Esc")

    def compares_the_measure(self):
        """What the running image says that it is stands on the stick too: the words that `vitrine verify-media` reads."""
        said = self.table.vitrine("verify-media", self.table.programs.image / "vitrine-stick.img")
        measured = said.partition("Measure:")[2].split()[16:]
        if len(measured) != 32:
            raise AssertionError(f"verify-media says {said}")
        wanted = [words.data(word) for word in measured]
        self.keys.press(words.SELF_TEST_KEY)
        self.sees(words.SELF_TEST_PASSED)
        self._walk("Down", 20)
        self.screen.wait_until(lambda: all(self.screen.find(*wanted)), self.limit_s)
        self.screen.keep("measure")
        self.keys.press("Esc")

    def switches_off(self):
        """Until the machine is off."""
        self.keys.press(words.SWITCH_OFF_KEY)
        self.sees(words.SWITCH_OFF, keep="switch-off")
        self.keys.press("Enter")
        self.table.machine.wait_for_end(self.limit_s)

    def does_the_main_job(self, job):
        self.opens()
        self.scans()
        self.reads()
        self.compares()
        self.approves()
        self.has_it_signed()
        self.takes_the_result(job)
        self.closes()
