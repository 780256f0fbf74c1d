"""The payment that every wallet of the checks makes: two coins, a payee, change. The peers turn it into requests."""

from dataclasses import dataclass

from embit.script import Script
from embit.transaction import Transaction, TransactionInput, TransactionOutput

import make_request

COINS = [(0, 3, 1_250_000, 0), (1, 1, 830_412, 1)]  # change?, index, amount in sat, position in the funding transaction
PAYEE_SAT = 1_500_000
FEE_SAT = 4_321
CHANGE_INDEX = 2
CHANGE_SAT = sum(coin[2] for coin in COINS) - PAYEE_SAT - FEE_SAT


@dataclass
class Facts:
    """What a request says, as a peer reads it: addresses and satoshis."""

    inputs: list
    outputs: list
    fee_sat: int


def payee():
    return make_request.Seed(make_request.FUNDER).wpkh(0, 99)


def funding(script_of):
    """The transactions that paid the coins; `script_of` derives a script of the wallet by change? and index."""
    scripts = [Script(script_of(change, index)) for change, index, _, _ in COINS]
    outputs = [TransactionOutput(coin[2], script) for coin, script in zip(COINS, scripts)]
    return [make_request.funding_transaction(n, o, coin[3]) for n, (o, coin) in enumerate(zip(outputs, COINS))]


def unsigned(kind, script_of):
    """The transaction to be signed."""
    paid_by = funding(script_of)
    spends = [TransactionInput(tx.txid(), c[3], sequence=kind.sequence) for tx, c in zip(paid_by, COINS)]
    change = Script(script_of(1, CHANGE_INDEX))
    outputs = [TransactionOutput(PAYEE_SAT, payee()), TransactionOutput(CHANGE_SAT, change)]
    return Transaction(version=2, vin=spends, vout=outputs, locktime=kind.locktime())
