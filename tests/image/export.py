"""The stick for the record: a FAT image labelled VITRINE-OUT, made and read with mtools."""

import os
import shutil
import subprocess

LABEL = "VITRINE-OUT"
# Debian has mkfs where only root's path leads.
MKFS = shutil.which("mkfs.vfat", path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")


def make(file, ceremony=None, label=LABEL, kib=8192):
    """An empty stick, or one with a ceremony folder."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.unlink(missing_ok=True)
    subprocess.run([MKFS, "-n", label, "-C", str(file), str(kib)], check=True, stdout=subprocess.DEVNULL)
    if ceremony:
        put(file, ceremony, "ceremony")
    return file


def put(file, path, name):
    """Copies a file or a folder onto the stick."""
    subprocess.run(["mcopy", "-s", "-i", str(file), str(path), f"::{name}"], check=True)


def fill(file, leave_bytes):
    """Fills the stick but for so many bytes."""
    listing = subprocess.run(["mdir", "-i", str(file), "::"], check=True, capture_output=True, text=True).stdout
    free = int("".join(c for c in listing.rsplit("bytes free", 1)[0].splitlines()[-1] if c.isdigit()))
    filler = file.with_suffix(".filler")
    with open(filler, "wb") as out:
        out.truncate(max(0, free - leave_bytes))
    put(file, filler, "filler.bin")
    filler.unlink()


def take(file, folder):
    """Copies what was written to `vitrine-out` on the stick; the newest session's folder, or None."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    done = subprocess.run(["mcopy", "-s", "-n", "-i", str(file), "::vitrine-out", str(folder)], capture_output=True)
    if done.returncode:
        return None
    sessions = sorted((folder / "vitrine-out").iterdir(), key=lambda path: (len(path.name), path.name))
    return sessions[-1] if sessions else None
