"""What happens to the appliance, told as scenarios. Each starts the image as it is, and sees it from outside alone."""

import hashlib

import camera
import debugger
import export
import hid
import hostile
import qemu
import storage
import words
from session import Person
from table import BITCOIN_LEDGER, BITCOIN_TREZOR, ETHEREUM_LEDGER, Table

SCENARIOS = []


def scenario(function):
    """Takes a function into the list; its name, with dashes, is that of its folder."""
    SCENARIOS.append((function.__name__.replace("_", "-"), function))
    return function


def set_table(table, job, camera_kind=camera.Camera, **stick):
    """Keyboard, wallet, camera with the film of the request, stick with the ceremony folder; the machine runs."""
    table.keyboard()
    table.wallet = table.plug_wallet(job.wallet)
    table.camera = table.plug_camera(job.request, camera_kind)
    table.plug_export_stick(job.ceremony, **stick)
    table.start()
    return Person(table)


def verify_record(table):
    """What stands on the stick after the machine was switched off: the folder of the session, its record verified."""
    table.machine.end()
    kept = export.take(table.stick_file, table.folder / "stick")
    if kept is None:
        raise AssertionError("nothing was written to the stick")
    records = sorted(path for path in kept.iterdir() if "record" in path.name)
    if not records:
        raise AssertionError(f"no record among {sorted(path.name for path in kept.iterdir())}")
    (table.folder / "record-verify.txt").write_text(table.vitrine("record", "verify", records[0]))
    return kept


def main_job(programs, job):
    """From a film of the request to a result that the operator's side verifies, and a record on the stick."""
    with Table(programs, f"main-job-{job.name}") as table:
        set_table(table, job).does_the_main_job(job)
        table.no_cable_broke()
        verify_record(table)


@scenario
def main_job_bitcoin_trezor(programs):
    main_job(programs, BITCOIN_TREZOR)


@scenario
def main_job_bitcoin_ledger(programs):
    main_job(programs, BITCOIN_LEDGER)


@scenario
def main_job_ethereum_ledger(programs):
    main_job(programs, ETHEREUM_LEDGER)


def refused(table, device):
    """The screen says that the device is refused; it has no configuration, and nothing was ever read from it."""
    put_out(table, device)
    if table.cable(device).used:
        raise AssertionError(f"{device.name}: endpoints {sorted(table.cable(device).used)} were used")


def put_out(table, device):
    """What a device is shows only once it has a driver: it is put out again, and the keys that it typed did nothing."""
    table.plug(device)
    name = device.name.replace(" ", "-").replace("(", "").replace(")", "").replace("'", "")
    Person(table).reads_notice(words.refused(table.port(device)), keep=name)
    if device.is_let_in or table.screen.shows(words.LOCKED):
        raise AssertionError(f"{device.name}: configurations {device.configurations}")
    table.no_cable_broke()
    table.pull(device)


@scenario
def hostile_gadgets(programs):
    """Networks and what pretends to be a Ledger: none gets a driver, each is told of, and the self-test still passes."""
    with Table(programs, "hostile-gadgets") as table:
        table.keyboard()
        ledger = table.plug_wallet("ledger")
        table.start()
        person = Person(table)
        person.sees(*words.STARTS, keep="start")
        table.pull(ledger)
        for device in (hostile.EthernetAdapter(), hostile.RndisAdapter(), hostile.LedgerWithKeyboard(ledger.insides)):
            refused(table, device)
        for device in (hostile.LedgerThatTypes(), hostile.TwoFaced()):
            put_out(table, device)
        person.runs_the_self_test("after-gadgets")


@scenario
def late_keyboards(programs):
    """A keyboard that comes late is refused; one that stands where a Ledger has FIDO gets no driver. A hub may come."""
    with Table(programs, "late-keyboards") as table:
        table.keyboard()
        ledger = table.plug_wallet("ledger")
        table.start()
        person = Person(table)
        person.sees(*words.STARTS)
        refused(table, hid.Keyboard())
        hub = table.plug(hostile.Hub())
        table.screen.wait_until(lambda: hub.is_let_in, person.limit_s)
        table.pull(ledger)
        fido = table.plug(hostile.LedgerWithFidoKeyboard(ledger.insides))
        table.keys.press("u")
        person.sees("Ledger Nano X", "Nano X", "Ledger", keep="devices")
        table.keys.press("Esc")
        person.sees(*words.STARTS)
        person.runs_the_self_test("after-keyboards")
        if not hub.is_let_in:
            raise AssertionError(f"the hub: configurations {hub.configurations}")
        if table.screen.shows(words.LOCKED) or not fido.is_let_in or 0x84 in table.cable(fido).used:
            raise AssertionError(f"configurations {fido.configurations}, endpoints {sorted(table.cable(fido).used)}")


@scenario
def foreign_stick(programs):
    """A stick with another label is not mounted: not one byte of it changes."""
    with Table(programs, "foreign-stick") as table:
        table.keyboard()
        file = export.make(table.folder / "foreign.img", label="HOLIDAY")
        before = digest(file)
        table.start()
        person = Person(table)
        person.sees(*words.STARTS)
        stick = table.plug(storage.Stick(file))
        person.reads_notice(words.refused(table.port(stick)), keep="refused")
        if stick.is_let_in or stick.written_count or digest(file) != before:
            raise AssertionError(f"configurations {stick.configurations}, {stick.written_count} bytes written")


def digest(file):
    return hashlib.sha256(file.read_bytes()).hexdigest()


@scenario
def no_network(programs):
    """With two network cards in the machine there is still no interface but lo: the self-test looks, and says so. The image
    has the measure of its stick."""
    with Table(programs, "no-network", extra=qemu.NETWORK) as table:
        table.keyboard()
        table.start()
        person = Person(table)
        person.sees(*words.STARTS)
        person.runs_the_self_test("with-cards")
        person.compares_the_measure()


@scenario
def medium_pulled(programs):
    """Started from a stick under UEFI, which is pulled out: the main job goes on, and the stick is what it was."""
    with Table(programs, "medium-pulled", boot="stick") as table:
        before = digest(programs.image / "vitrine-stick.img")
        person = set_table(table, BITCOIN_LEDGER)
        person.opens()
        table.machine.ask("device_del", id="medium")
        person.does_the_main_job(BITCOIN_LEDGER)
        verify_record(table)
        if digest(table.medium) != before:
            raise AssertionError("the medium changed")


@scenario
def disc_boots(programs):
    """Started from the disc under UEFI."""
    with Table(programs, "disc-boots", boot="disc") as table:
        table.keyboard()
        table.start()
        person = Person(table)
        person.sees(*words.STARTS, keep="start")
        person.switches_off()


@scenario
def wallet_pulled(programs):
    """The wallet is pulled out while it waits for its owner: nothing leaves, the screen says so, the session lives."""
    with Table(programs, "wallet-pulled") as table:
        person = set_table(table, BITCOIN_LEDGER)
        person.opens()
        person.scans()
        person.reads()
        person.compares()
        table.wallet.silent_after = table.wallet.exchanged + 6
        person.approves()
        person.sees(*words.WAITING, keep="waiting")
        table.pull(table.wallet)
        person.sees(*words.NOT_SIGNED, keep="pulled")
        table.wallet.silent_after = None
        table.plug_again(table.wallet)
        person.tries_again("r", words.NOT_SIGNED, (words.SIGNED,), keep="again")


@scenario
def camera_pulled(programs):
    """The camera is pulled out in the middle of a frame: the screen says so; plugged in again, the request is read."""
    with Table(programs, "camera-pulled") as table:
        person = set_table(table, BITCOIN_LEDGER)
        person.opens()
        person.scans()
        played = table.camera.played
        table.camera.pull_in_frame(played + 3)
        person.sees(*words.CAMERA_STOPPED, keep="pulled")
        table.plug_again(table.camera)
        person.tries_again("r", words.CAMERA_STOPPED, words.REVIEWED, keep="again")


@scenario
def camera_hostile(programs):
    """A camera whose every second frame is rubbish: its child may die of it, the session does not."""
    with Table(programs, "camera-hostile") as table:
        person = set_table(table, BITCOIN_LEDGER, camera.HostileCamera)
        person.opens()
        person.scans()
        person.tries_again("r", words.CAMERA_STOPPED, words.REVIEWED, keep="after-rubbish")
        person.runs_the_self_test("after-rubbish")


@scenario
def camera_stalls(programs):
    """A camera that stalls in the middle of a frame, for good: words, and another one reads the request."""
    with Table(programs, "camera-stalls") as table:
        person = set_table(table, BITCOIN_LEDGER, camera.StallingCamera)
        person.opens()
        person.scans()
        person.sees(*words.CAMERA_STOPPED, keep="stalled")
        table.pull(table.camera)
        table.plug_camera(BITCOIN_LEDGER.request)
        person.tries_again("r", words.CAMERA_STOPPED, words.REVIEWED, keep="another")


def safe_stop(programs, argument, address, name):
    """The process goes astray in the middle of a session: a safe stop with words, no stale screen, no kernel panic."""
    with Table(programs, name) as table:
        person = set_table(table, BITCOIN_LEDGER)
        person.opens()
        person.scans()
        person.sees(words.READING)
        debugger.moves(table.machine.debugger, argument, address)
        person.sees(words.STOPPED, keep="stopped")
        table.keys.press("Enter")
        table.screen.wait_until_still()
        if not table.screen.shows(words.STOPPED) or not table.machine.is_running:
            raise AssertionError("the safe stop was left")


@scenario
def interface_killed(programs):
    """The interface jumps to nowhere, as by a bug, and dies."""
    safe_stop(programs, "interface", 0, "interface-killed")


@scenario
def interface_hung(programs):
    """The interface runs in a circle for ever, and is killed for its silence."""
    safe_stop(programs, "interface", debugger.endless_loop(programs.program), "interface-hung")


@scenario
def camera_killed(programs):
    """The camera's child jumps to nowhere: the screen says so, and R opens the camera again."""
    with Table(programs, "camera-killed") as table:
        person = set_table(table, BITCOIN_LEDGER)
        person.opens()
        person.scans()
        person.sees(words.READING)
        debugger.moves(table.machine.debugger, "camera", 0)
        person.sees(*words.CAMERA_STOPPED, keep="killed")
        person.tries_again("r", words.CAMERA_STOPPED, words.REVIEWED, keep="again")


@scenario
def stick_full(programs):
    """No room on the stick: a notice, and the session goes on to its result."""
    with Table(programs, "stick-full") as table:
        person = set_table(table, BITCOIN_LEDGER, leave_bytes=2048)
        person.opens()
        person.scans()
        person.reads()
        person.compares()
        person.approves()
        person.has_it_signed()
        person.takes_the_result(BITCOIN_LEDGER)
        person.reads_notice(*words.STICK_FULL, keep="full")
