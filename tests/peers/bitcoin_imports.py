"""Wallets in files of the shape that other programs write: what we import derives the peers' addresses."""

import json
import re

from btclib_wallet.descriptors import add_checksum

import by_btclib
from bitcoin_wallets import PEERS
from checks import OUT, add, equal, vitrine, written
from wallet_kinds import KINDS

ADDRESSES = 3  # of each path
CASES = {
    "Bitcoin Core": ("pkh", "sh-wpkh", "wpkh", "tr", "wsh-sortedmulti", "wsh-or-multi", "tr-multi-a"),
    "Sparrow": ("wpkh", "tr", "wsh-sortedmulti", "sh-wsh-sortedmulti"),
    "Specter": ("wpkh", "wsh-sortedmulti", "sh-wsh-sortedmulti"),
    "BSMS": ("wsh-sortedmulti", "sh-wsh-sortedmulti", "wsh-multi"),
}
LABELS = ["A. Brandt", "R. Tanaka", "J. Lindqvist"]


def both(kind):
    """Descriptors for receiving and for change, each with its checksum."""
    return [add_checksum(kind.descriptor().replace("<0;1>", path)) for path in "01"]


def bitcoin_core(kind):
    """`listdescriptors` of a watching wallet."""
    entries = [
        {"desc": text, "timestamp": 1700000000, "active": True, "internal": internal, "range": [0, 999], "next": used,
         "next_index": used}
        for text, internal, used in zip(both(kind), (False, True), (5, 0))
    ]
    return json.dumps({"wallet_name": "cold", "descriptors": entries}, indent=2)


def sparrow(kind):
    """The text file of its export "Output descriptor"."""
    receive, change = both(kind)
    return (f"# Receive and change descriptor (BIP389):\n{add_checksum(kind.descriptor())}\n\n"
            f"# Receive descriptor (Bitcoin Core):\n{receive}\n\n# Change descriptor (Bitcoin Core):\n{change}\n")


def specter(kind):
    """The JSON file of its export; it states the descriptor for receiving alone."""
    receive, _ = both(kind)
    devices = [{"type": "other", "label": label} for label in LABELS[:kind.pattern.count("@")]]
    return json.dumps({"label": "Board", "blockheight": 800000, "descriptor": receive, "devices": devices})


def bsms(kind):
    """A descriptor record of BIP-129."""
    template = kind.descriptor().replace("/<0;1>/*", "/**")
    return f"BSMS 1.0\n{add_checksum(template)}\n/0/*,/1/*\n{by_btclib.address(kind, 0, 0)}\n"


WRITERS = {"Bitcoin Core": bitcoin_core, "Sparrow": sparrow, "Specter": specter, "BSMS": bsms}


def imported(program, kind):
    place = f"imports/{program.replace(' ', '-')}-{kind.name}"
    file = written(place, "export", WRITERS[program](kind))
    written(f"{place}/ceremony", "ceremony.toml",
            'version = 1\ntitle = "Peers"\nchain = "bitcoin"\nnetwork = "testnet"\n')
    wallet = written(f"{place}/ceremony", "wallets/imported.toml", "")
    vitrine("wallet", "import", file, "--out", wallet)
    toml = wallet.read_text()
    name = re.search(r'^name = "(.*)"$', toml, re.M)[1]
    for change in (0, 1):
        for index in range(ADDRESSES):
            path = ["--change"] if change else []
            shown = vitrine("wallet", "address", "--ceremony", OUT / place / "ceremony", "--wallet", name,
                            "--index", index, *path)
            for peer in kind.peers:
                expected = PEERS[peer].address(kind, change, index)
                equal(shown.strip().replace(" ", ""), expected, f"{peer}, path {change}, index {index}")
    states(program, kind, toml)


def states(program, kind, toml):
    """What the file says beside the descriptor."""
    if program == "Bitcoin Core":
        assert "receive = 4" in toml and "change =" not in toml, toml
    if program == "Specter" and "multi" in kind.name:
        assert all(f'name = "{label}"' in toml for label in LABELS), toml


def altered(program, kind):
    """One letter of a key changed: the checksum, or the address that a record states, gives it away."""
    text = WRITERS[program](kind)
    at = text.index("tpub") + 60
    other = "a" if text[at] != "a" else "b"
    file = written("imports/altered", f"{program}-{kind.name}", text[:at] + other + text[at + 1:])
    vitrine("wallet", "import", file, expect=3)


def other_address(kind):
    """A BSMS record whose first address is another wallet's."""
    ours = by_btclib.address(kind, 0, 0)
    file = written("imports/other-address", kind.name, bsms(kind).replace(ours, by_btclib.address(kind, 0, 1)))
    vitrine("wallet", "import", file, expect=3)


BY_NAME = {kind.name: kind for kind in KINDS}
for written_by, names in CASES.items():
    for case in names:
        add(f"{case}: a file of {written_by}'s shape is imported, its addresses are the peers'",
            imported, written_by, BY_NAME[case])
    add(f"{names[0]}: an altered file of {written_by}'s shape is refused", altered, written_by, BY_NAME[names[0]])
add("wsh-sortedmulti: a BSMS record with another first address is refused", other_address, BY_NAME["wsh-sortedmulti"])
