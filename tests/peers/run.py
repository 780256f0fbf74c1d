"""Checks Vitrine against software nobody here wrote: python run.py VITRINE

One line for each check, then a count; exits 1 if any failed. Run by `make peers`.
"""

import sys
from pathlib import Path

import checks

if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    checks.VITRINE = Path(sys.argv[1]).resolve()
    import demo  # noqa: F401  the subjects, each of which adds its checks to the list, in this order
    import bitcoin_wallets  # noqa: F401
    import bitcoin_messages  # noqa: F401
    import bitcoin_imports  # noqa: F401
    import ethereum_assets  # noqa: F401
    import ethereum_requests  # noqa: F401
    import ethereum_chains  # noqa: F401
    import ethereum_safe  # noqa: F401
    import ethereum_calls  # noqa: F401
    import devices_trezor  # noqa: F401
    import devices_ledger  # noqa: F401
    import keyboard_layouts  # noqa: F401

    sys.exit(1 if checks.run() else 0)
