"""PSBTs of every kind of wallet, made, signed and finished by others: what we say of them, and what we take for signed."""

import importlib
import json

import by_btclib
import by_embit
import wallet_kinds
from checks import OUT, VERIFICATION, add, ceremony, equal, kernel_accepts, same, vitrine, written
from embit.psbt import PSBT
from payments import COINS
from wallet_kinds import KINDS

PEERS = {name: importlib.import_module(f"by_{name}") for name in wallet_kinds.PEERS}
ADDRESSES = 6  # of each path


def folder(kind):
    return ceremony(f"wallets/{kind.name}/ceremony", kind.descriptor())


# Addresses


def addresses(kind):
    """Our addresses are those of every peer, on both paths."""
    registered = folder(kind)
    for change in (0, 1):
        for index in range(ADDRESSES):
            path = ["--change"] if change else []
            shown = vitrine("wallet", "address", "--ceremony", registered, "--wallet", "Treasury", "--index", index, *path)
            ours = shown.strip().replace(" ", "")
            for name in kind.peers:
                equal(ours, PEERS[name].address(kind, change, index), f"{name}, path {change}, index {index}")


# The review


def shown_address(text):
    return text.replace(" ", "")


def sat(text):
    """Satoshis of an amount as a person reads it: 0.01500000 tBTC."""
    return int(text.split()[0].replace(".", ""))


def fields(review):
    return {field["code"]: field for section in review["sections"] for field in section["fields"]}


def reviewed(kind, request, facts):
    """Our statement of amounts, payee, change and fee is the peer's."""
    review = json.loads(vitrine("inspect", request, "--ceremony", folder(kind), "--format", "json"))
    by_code, effects = fields(review), {effect["kind"]: effect for effect in review["effects"]}

    def pair(place):
        return shown_address(by_code[f"{place}.address"]["text"]), sat(by_code[f"{place}.amount"]["text"])

    equal([pair(f"btc.input[{n}]") for n in range(len(facts.inputs))], facts.inputs, "inputs")
    equal([pair(f"btc.output[{n}]") for n in range(len(facts.outputs))], facts.outputs, "outputs")
    for n, (change, index, _, _) in enumerate(COINS):
        owner = by_code[f"btc.input[{n}].owner"]
        equal(owner["proof"]["code"], "descriptor", f"proof of input {n}")
        equal(owner["text"].split(",")[1], f" {'change' if change else 'receive'} address {index}", f"owner of input {n}")
    assert sorted(effects) == ["pays", "pays-fee", "returns-change"], sorted(effects)
    for name, (address, amount) in zip(("pays", "returns-change"), facts.outputs):
        equal((effects[name]["address"], int(effects[name]["amount"]["base_units"])), (address, amount), name)
    equal(int(effects["pays-fee"]["amount"]["base_units"]), facts.fee_sat, "fee")
    equal(effects["pays-fee"]["proof"]["state"], "proven", "proof of the fee")
    equal(int(review["leaving"]["base_units"]), facts.outputs[0][1] + facts.fee_sat, "leaving")
    equal(review["bytes"]["explained"], review["bytes"]["total"], "bytes explained")


# Signed, verified, finished


def peers_for(kind, maker, version):
    """Whoever can take part, the maker first."""
    able = [PEERS[name] for name in kind.peers if version in PEERS[name].VERSIONS]
    return [maker] + [peer for peer in able if peer is not maker]


def responses(kind, request, able):
    """What comes back from each place."""
    if "musig" in kind.pattern:
        return [by_btclib.signed_together(kind, request)]
    maker, *others = able
    signers = [peer for peer in others if peer.can_sign(kind)]
    signers = signers if maker is by_embit and not maker.can_sign(kind) else [maker, *signers]
    return [signers[n % len(signers)].signed(kind, request, letter) for n, letter in enumerate(kind.signers)]


def life_of_a_request(kind, maker, version):
    place = f"wallets/{kind.name}/{maker.NAME}-{version}"
    request = maker.request(kind, version)
    file = written(place, "request.psbt", request)
    able = peers_for(kind, maker, version)
    for peer in able:
        reviewed(kind, file, peer.facts(request))
    signed = responses(kind, request, able)
    files = [written(place, f"signed-{n}.psbt", response) for n, response in enumerate(signed)]
    complete, transaction = gathered(place, file, files)
    assert kernel_accepts(transaction, by_btclib.spent(request)), "Bitcoin Core's kernel refuses the transaction"
    for peer in able:
        if peer.can_finish(kind):
            same(transaction, peer.finished(kind, complete))
    finished = written(place, "finished.psbt", by_embit.with_finished_inputs(request, transaction))
    vitrine("verify", "--request", file, "--response", finished, "--tx-out", OUT / place / "finished.hex")
    same(bytes.fromhex((OUT / place / "finished.hex").read_text()), transaction)
    nothing_else_is_taken(kind, place, file, signed, able)


def gathered(place, request, files):
    """The complete PSBT and our transaction, from one response or by combining those of several places."""
    hexed = OUT / place / "transaction.hex"
    if len(files) == 1:
        vitrine("verify", "--request", request, "--response", files[0], "--tx-out", hexed)
        return files[0].read_bytes(), bytes.fromhex(hexed.read_text())
    for file in files:
        vitrine("verify", "--request", request, "--response", file)
        missing(request, file, hexed)
    combined = OUT / place / "combined.psbt"
    vitrine("combine", *files, "--out", combined, "--tx-out", hexed)
    vitrine("verify", "--request", request, "--response", combined, "--tx-out", OUT / place / "again.hex")
    same((OUT / place / "again.hex").read_text(), hexed.read_text())
    return combined.read_bytes(), bytes.fromhex(hexed.read_text())


def missing(request, response, hexed):
    """Too few signatures make no transaction."""
    says = "more signatures are needed"
    vitrine("verify", "--request", request, "--response", response, "--tx-out", hexed, expect=VERIFICATION, says=says)
    assert not hexed.exists(), "a transaction was written"


def nothing_else_is_taken(kind, place, request, signed, able):
    """A changed signature, a dropped one and another payee are refused."""
    response = signed[0]
    for n, signature in enumerate(by_btclib.signatures(response)):
        changed = bytearray(signature)
        changed[-6] ^= 1
        file = written(place, f"changed-{n}.psbt", response.replace(signature, bytes(changed)))
        says = "than its signatures allow" if by_btclib.is_finished(response) else "not a signature of what was reviewed"
        vitrine("verify", "--request", request, "--response", file, expect=VERIFICATION, says=says)
    dropped = written(place, "dropped.psbt", by_embit.without_signature(response))
    if len(signed) == 1:
        missing(request, dropped, OUT / place / "dropped.hex")
    else:
        vitrine("combine", request, dropped, *[OUT / place / f"signed-{n}.psbt" for n in range(1, len(signed))],
                "--out", OUT / place / "dropped-combined.psbt", "--tx-out", OUT / place / "dropped.hex",
                expect=VERIFICATION, says="more signatures are needed")
    other = responses(kind, with_other_payee(request.read_bytes()), able)[0]
    file = written(place, "other-payee.psbt", other)
    vitrine("verify", "--request", request, "--response", file, expect=VERIFICATION, says="differs from the reviewed request")


def with_other_payee(request):
    """The request, paying somebody else."""
    script = PSBT.parse(request).tx.vout[0].script_pubkey.data
    return request.replace(script, script[:-1] + bytes([script[-1] ^ 1]))


for wallet in KINDS:
    add(f"{wallet.name}: our addresses are those of {', '.join(wallet.peers)}", addresses, wallet)
for wallet in KINDS:
    for made_by in wallet.peers:
        for psbt_version in PEERS[made_by].VERSIONS:
            title = f"{wallet.name}: a request of {made_by}, version {psbt_version}, reviewed, signed, verified, finished"
            add(title, life_of_a_request, wallet, PEERS[made_by], psbt_version)
