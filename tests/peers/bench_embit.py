"""What embit needs for the nearest equal of a review: python bench_embit.py DESCRIPTOR RUNS < request.psbt

Parses the PSBT, computes the id of each previous transaction and compares it, and derives the script of each input from
the descriptor at the index that the request hints at. It makes no document, no findings and no byte account, and looks
for no hidden coins. Prints the median time in nanoseconds, the descriptor parsed beforehand.
"""
import sys
import time

from embit.descriptor import Descriptor
from embit.psbt import PSBT


def work(descriptor: Descriptor, raw: bytes) -> None:
    psbt = PSBT.parse(raw)
    for number, scope in enumerate(psbt.inputs):
        previous, vin = scope.non_witness_utxo, psbt.tx.vin[number]
        if previous.txid() != vin.txid:
            sys.exit(f"input {number}: the previous transaction is another one")
        (derivation,) = scope.bip32_derivations.values()
        branch, index = derivation.derivation[-2:]
        script = descriptor.derive(index, branch_index=branch).script_pubkey()
        if script != previous.vout[vin.vout].script_pubkey:
            sys.exit(f"input {number}: the wallet does not derive its script")


def main() -> None:
    descriptor, runs, raw = Descriptor.from_string(sys.argv[1]), int(sys.argv[2]), sys.stdin.buffer.read()
    times = []
    for _ in range(runs):
        start = time.perf_counter_ns()
        work(descriptor, raw)
        times.append(time.perf_counter_ns() - start)
    print(sorted(times)[len(times) // 2])


main()
