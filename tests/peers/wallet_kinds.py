"""The wallets of the checks: a row for each kind, and each way to spend from it. Seeds are public test seeds.

A descriptor names its keys by letter: @A is A's account with the paths for receiving and change, $A the account alone.
"""

import platform
import re
from dataclasses import dataclass
from functools import cache

from embit import bip32, bip39

import make_request
from make_request import LOCKTIME_HEIGHT, REPLACEABLE, TESTNET

SEEDS = {
    "A": make_request.OURS,
    "B": make_request.FREIGHT,
    "C": make_request.SUPPLIER,
    "D": "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about",
}
NOBODY = "50929b74c1a04954b78b4b6035e97a5e078a5a0f28ec96d547bfee9ace803ac0"  # BIP-341: nobody has its private key
DAY = 144  # blocks
PEERS = ("embit", "bdk", "btclib") if platform.machine() == "x86_64" else ("embit", "btclib")


@dataclass(frozen=True)
class Kind:
    name: str
    pattern: str
    account: str
    signers: str  # who signs, each at a place of their own
    sequence: int = REPLACEABLE
    peers: tuple = PEERS  # those that can make such a request

    def descriptor(self):
        return filled(self.pattern, self.account)

    def is_taproot(self):
        return self.pattern.startswith("tr(")

    def locktime(self):
        return LOCKTIME_HEIGHT


@cache
def root(letter):
    return bip32.HDKey.from_seed(bip39.mnemonic_to_seed(SEEDS[letter]), version=TESTNET["xprv"])


@cache
def key(letter, account, secret=False):
    """An account with its origin."""
    derived = root(letter).derive(f"m/{account}")
    shown = derived if secret else derived.to_public(version=TESTNET["xpub"])
    return f"[{root(letter).my_fingerprint.hex()}/{account}]{shown.to_base58()}"


def filled(pattern, account, secret=""):
    """The descriptor of a pattern; of those in `secret` with the private key."""

    def written(found):
        return key(found[2], account, found[2] in secret) + ("/<0;1>/*" if found[1] == "@" else "")

    return re.sub(r"([@$])([A-D])\b", written, pattern)


MULTISIG, WRAPPED, TAPROOT = "48h/1h/0h/2h", "48h/1h/0h/1h", "48h/1h/0h/3h"
TREE = f"tr({NOBODY},{{multi_a(2,@A,@B,@C),and_v(v:pk(@D),older({DAY}))}})"
LEAVES = "tr(@A,{pk(@B),{and_v(v:pkh(@C),after(4000000)),and_v(v:pk(@D),older(144))}})"
THRESHOLD = f"wsh(thresh(2,pk(@A),s:pk(@B),sln:older({DAY})))"
RECOVERY = "wsh(or_d(multi(2,@A,@B),and_v(v:pkh(@C),after(4000000))))"

KINDS = [
    Kind("pkh", "pkh(@A)", "44h/1h/0h", "A"),
    Kind("sh-wpkh", "sh(wpkh(@A))", "49h/1h/0h", "A"),
    Kind("wpkh", "wpkh(@A)", "84h/1h/0h", "A"),
    Kind("tr", "tr(@A)", "86h/1h/0h", "A"),
    Kind("sh-sortedmulti", "sh(sortedmulti(2,@A,@B,@C))", "45h", "AC"),
    Kind("wsh-sortedmulti", "wsh(sortedmulti(2,@A,@B,@C))", MULTISIG, "AB"),
    Kind("wsh-multi", "wsh(multi(2,@C,@A,@B))", MULTISIG, "AC"),
    Kind("sh-wsh-sortedmulti", "sh(wsh(sortedmulti(2,@A,@B,@C)))", WRAPPED, "BC"),
    Kind("wsh-thresh", THRESHOLD, MULTISIG, "AB"),
    Kind("wsh-thresh-older", THRESHOLD, MULTISIG, "A", sequence=DAY),
    Kind("wsh-or-multi", RECOVERY, MULTISIG, "AB"),
    Kind("wsh-or-after-pkh", RECOVERY, MULTISIG, "C"),
    Kind("tr-leaves-by-key", LEAVES, TAPROOT, "A"),
    Kind("tr-leaf-pk", LEAVES, TAPROOT, "B"),
    Kind("tr-leaf-after-pkh", LEAVES, TAPROOT, "C"),
    Kind("tr-leaf-older", LEAVES, TAPROOT, "D", sequence=DAY),
    Kind("tr-multi-a", TREE, TAPROOT, "AB"),
    Kind("tr-multi-a-older", TREE, TAPROOT, "D", sequence=DAY),
    Kind("tr-sortedmulti-a", f"tr({NOBODY},sortedmulti_a(2,@A,@B,@C))", TAPROOT, "AC", peers=("embit", "btclib")),
    Kind("tr-musig", "tr(musig($A,$B,$C)/<0;1>/*)", TAPROOT, "ABC", peers=("btclib",)),
    Kind("tr-musig-of-derived", "tr(musig(@A,@B))", TAPROOT, "AB", peers=("btclib",)),
    Kind("tr-musig-leaf", "tr(@C,{pk(musig(@A,@B)),pk(@D)})", TAPROOT, "AB", peers=("btclib",)),
]
