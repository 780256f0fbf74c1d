"""What the vendor's own client needs to get a request signed:
python bench_devices.py ledger|trezor PORT RUNS [DEBUG_PORT] < request.psbt

The device listens on PORT of this machine; a Trezor whose debug link listens on DEBUG_PORT has its button pressed 0.1 s
after each question. The request spends from `wpkh(.../84'/1'/0')`. Prints the time of each run in nanoseconds, then the
number of exchanges of one signing; the client is connected, and the request read, beforehand.
"""
import socket
import sys
import threading
import time

from embit.psbt import PSBT

ACCOUNT = "84h/1h/0h"


def ledger(port, psbt):
    from ledger_bitcoin import Chain, TransportClient, WalletPolicy, createClient

    client = createClient(TransportClient("tcp", server="127.0.0.1", port=port), chain=Chain.TEST)
    path = ACCOUNT.replace("h", "'")
    key = f"[{client.get_master_fingerprint().hex()}/{path}]{client.get_extended_pubkey('m/' + path)}"
    wallet, text = WalletPolicy("", "wpkh(@0/**)", [key]), psbt.to_string()
    count = counted(client.transport_client.transport, "exchange")

    def work():
        if len(client.sign_psbt(text, wallet, None)) != len(psbt.inputs):
            sys.exit("not every input is signed")

    return work, count


def trezor(port, psbt):
    from trezorlib import btc
    from trezorlib.client import AppManifest, get_client
    from trezorlib.transport.udp import UdpTransport

    client = get_client(AppManifest("bench", button_callback=press), UdpTransport(f"127.0.0.1:{port}"))
    session = client.get_session()
    inputs, outputs, previous = trezor_parts(psbt)
    count = counted(session, "call_raw")

    def work():
        signatures, _ = btc.sign_tx(session, "Testnet", inputs, outputs, prev_txes=previous, version=2, lock_time=0)
        if len(signatures) != len(psbt.inputs) or None in signatures:
            sys.exit("not every input is signed")

    return work, count


def press(_):
    """`DebugLinkDecision(button=YES)`, once the device has the acknowledgement of its question."""
    if len(sys.argv) > 4:
        packet = bytes.fromhex("3f2323 0064 00000002 0801").ljust(64, b"\0")
        link = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        threading.Timer(0.1, link.sendto, (packet, ("127.0.0.1", int(sys.argv[4])))).start()


def trezor_parts(psbt):
    from devices_trezor import previous
    from make_request import TESTNET
    from trezorlib import messages

    inputs, outputs, transactions = [], [], {}
    for scope, vin in zip(psbt.inputs, psbt.tx.vin):
        (origin,) = scope.bip32_derivations.values()
        transactions[vin.txid] = previous(scope.non_witness_utxo)
        inputs.append(
            messages.TxInputType(
                address_n=origin.derivation,
                prev_hash=vin.txid,
                prev_index=vin.vout,
                amount=scope.witness_utxo.value,
                sequence=vin.sequence,
                script_type=messages.InputScriptType.SPENDWITNESS,
            )
        )
    for scope, vout in zip(psbt.outputs, psbt.tx.vout):
        origins = list(scope.bip32_derivations.values())
        if origins:
            kind = messages.OutputScriptType.PAYTOWITNESS
            outputs.append(
                messages.TxOutputType(address_n=origins[0].derivation, amount=vout.value, script_type=kind)
            )
        else:
            outputs.append(messages.TxOutputType(address=vout.script_pubkey.address(TESTNET), amount=vout.value))
    return inputs, outputs, transactions


def counted(thing, name):
    """How often a method was called, from now on."""
    count, method = [0], getattr(thing, name)

    def counting(*args, **kwargs):
        count[0] += 1
        return method(*args, **kwargs)

    setattr(thing, name, counting)
    return count


def main():
    vendor, port, runs = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    psbt = PSBT.parse(sys.stdin.buffer.read())
    work, count = {"ledger": ledger, "trezor": trezor}[vendor](port, psbt)
    times = []
    for _ in range(runs):
        start = time.perf_counter_ns()
        work()
        times.append(time.perf_counter_ns() - start)
    print(*times, count[0] // runs)


main()
