"""Makes the demo's request with embit, a wallet library nobody here wrote.

    python make_request.py FILE              writes the unsigned PSBT for the simulated Trezor
    python make_request.py FILE --ledger     the same for the simulated Ledger, which has another seed
    python make_request.py --facts [--ledger]   prints the wallet, the addresses and the amounts

The same every time: public test seeds, fixed outpoints, RFC 6979 signatures.
"""

import hashlib
import sys
from functools import cache

from embit import bip32, bip39, script
from embit.networks import NETWORKS
from embit.psbt import PSBT, DerivationPath
from embit.transaction import Transaction, TransactionInput, TransactionOutput

TESTNET = NETWORKS["test"]
OURS = "all all all all all all all all all all all all"  # SLIP-14
LEDGERS = (  # of Ledger's emulator
    "glory promote mansion idle axis finger extra february uncover one trip resource "
    "lawn turtle enact monster seven myth punch hobby comfort wild raise skin"
)
FUNDER = "zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo wrong"
FREIGHT = "legal winner thank year wave sausage worth useful legal winner thank yellow"
SUPPLIER = "letter advice cage absurd amount doctor acoustic avoid letter advice cage above"

LOCKTIME_HEIGHT = 4_711_208  # what wallets set against fee sniping
REPLACEABLE = 0xFFFFFFFD
INPUTS = [  # change?, index, amount in sat, position of our output in the funding transaction
    (0, 3, 1_250_000, 0),
    (0, 7, 830_412, 1),
    (1, 2, 2_104_775, 1),
]
FREIGHT_SAT = 2_400_000
SUPPLIER_SAT = 1_150_000
FEE_SAT = 3_696
CHANGE_INDEX = 4


@cache
class Seed:
    """A wallet's root key and its BIP-84 account on testnet."""

    def __init__(self, mnemonic):
        self.root = bip32.HDKey.from_seed(bip39.mnemonic_to_seed(mnemonic))
        self.fingerprint = self.root.my_fingerprint

    def account(self):
        return self.root.derive("m/84h/1h/0h").to_public(version=TESTNET["xpub"])

    def path(self, change, index):
        return bip32.parse_path(f"m/84h/1h/0h/{change}/{index}")

    def key(self, change, index):
        return self.root.derive(self.path(change, index)).to_public().key

    def wpkh(self, change, index):
        return script.p2wpkh(self.key(change, index))


def taproot_script(mnemonic, path):
    return script.p2tr(Seed(mnemonic).root.derive(path).to_public().key)


def describe(scope, seed, change, index):
    """Adds the BIP-32 derivation by which a signer finds its key."""
    scope.bip32_derivations[seed.key(change, index)] = DerivationPath(seed.fingerprint, seed.path(change, index))


def funding_transaction(number, output, position):
    """A signed payment of the funder to us, with the funder's change beside it."""
    funder = Seed(FUNDER)
    outpoint = hashlib.sha256(f"demo outpoint {number}".encode()).digest()
    rest = TransactionOutput(5_000_000 + 111_111 * number, funder.wpkh(1, number))
    outputs = [output, rest] if position == 0 else [rest, output]
    spent = sum(o.value for o in outputs) + 2_820
    tx = Transaction(vin=[TransactionInput(outpoint, number, sequence=REPLACEABLE)], vout=outputs,
                     locktime=LOCKTIME_HEIGHT - 1_000 * (number + 1))
    psbt = PSBT(tx)
    psbt.inputs[0].witness_utxo = TransactionOutput(spent, funder.wpkh(0, number))
    describe(psbt.inputs[0], funder, 0, number)
    if psbt.sign_with(funder.root) != 1:
        raise SystemExit("the funding transaction was not signed")
    key, signature = next(iter(psbt.inputs[0].partial_sigs.items()))
    tx.vin[0].witness = script.Witness([signature, key.sec()])
    return tx


def payment(mnemonic=OURS):
    """The inputs' funding transactions and the unsigned transaction of the request."""
    ours = Seed(mnemonic)
    funding = [
        funding_transaction(n, TransactionOutput(amount, ours.wpkh(change, index)), position)
        for n, (change, index, amount, position) in enumerate(INPUTS)
    ]
    spends = [TransactionInput(tx.txid(), entry[3], sequence=REPLACEABLE) for tx, entry in zip(funding, INPUTS)]
    change_sat = sum(entry[2] for entry in INPUTS) - FREIGHT_SAT - SUPPLIER_SAT - FEE_SAT
    outputs = [
        TransactionOutput(FREIGHT_SAT, Seed(FREIGHT).wpkh(0, 0)),
        TransactionOutput(change_sat, ours.wpkh(1, CHANGE_INDEX)),
        TransactionOutput(SUPPLIER_SAT, taproot_script(SUPPLIER, "m/86h/1h/0h/0/5")),
    ]
    return funding, Transaction(version=2, vin=spends, vout=outputs, locktime=LOCKTIME_HEIGHT)


def request(mnemonic=OURS):
    """The request: a PSBT of version 0 with every proof a reviewer needs."""
    ours = Seed(mnemonic)
    funding, tx = payment(mnemonic)
    psbt = PSBT(tx)
    for scope, previous, (change, index, _, position) in zip(psbt.inputs, funding, INPUTS):
        scope.non_witness_utxo = previous
        scope.witness_utxo = previous.vout[position]
        describe(scope, ours, change, index)
    describe(psbt.outputs[1], ours, 1, CHANGE_INDEX)
    return psbt.serialize()


def facts(mnemonic):
    ours = Seed(mnemonic)
    account = f"[{ours.fingerprint.hex()}/84h/1h/0h]{ours.account().to_base58()}"
    _, tx = payment(mnemonic)
    print("descriptor ", f"wpkh({account}/<0;1>/*)")
    for number, output in enumerate(tx.vout):
        print(f"output {number}   ", output.script_pubkey.address(TESTNET), output.value, "sat")
    print("fee        ", FEE_SAT, "sat")
    print("txid       ", tx.txid().hex())
    print("bytes      ", len(request(mnemonic)))


if __name__ == "__main__":
    names = [name for name in sys.argv[1:] if name != "--ledger"]
    chosen = LEDGERS if "--ledger" in sys.argv else OURS
    if names == ["--facts"]:
        facts(chosen)
    elif len(names) == 1:
        with open(names[0], "wb") as out:
            out.write(request(chosen))
    else:
        raise SystemExit(__doc__)
