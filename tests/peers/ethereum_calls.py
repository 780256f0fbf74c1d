"""Calls of a Safe to tokens of every kind, to a timelock and to Safes: what we say, beside what the chain then has."""

from eth_utils import keccak

from checks import check, equal
from ethereum_peer import account, anvil
from ethereum_safe import CHAIN, GIVER, NEWCOMER, OTHER, PAYEE, RELAYER, SPENDER, USDC, ZERO
from ethereum_safe import Town, calldata, entry, packed

HANDLER_SLOT = keccak(text="fallback_manager.handler.address").hex()  # FallbackManager.sol
MODULES = {"ModuleEnabled": 1, "ModuleDisabled": 0}
OWNERS = {"OwnerAdded": 1, "OwnerRemoved": 0}


def execute(town, entries):
    """Reviews a multiSend of these entries, and executes it; its effects."""
    data = calldata("multiSend(bytes)", bytes.fromhex("".join(entries)))
    bundle = town.bundle(town.at["MultiSendCallOnly"], data=data, operation=1)
    found = town.review(bundle)
    assert not [one for one in found["effects"] if one["what"].startswith("Unknown")], found["effects"]
    before = {holding: held(town, *holding) for holding in holdings(found["effects"])}
    town.execute(bundle, packed(found["signs"], 1, 2))
    return found["effects"], before


def holdings(effects):
    """(asset, holder) of everything that moves."""
    moves = [one for one in effects if one["what"] == "leaves"]
    return {(one["asset"], one[side]) for one in moves for side in ("from", "to")}


def held(town, asset, holder):
    """How much of an asset somebody has, by the token's own account."""
    contract, _, number = asset.partition(" ")
    if not number:
        return town.balance(contract, holder)
    if contract == town.single:
        return int(town.chain.view(contract, calldata("ownerOf(uint256)", int(number)))[-20:].hex() == holder)
    return town.number("balanceOf(address,uint256)", holder, int(number), at=contract)


def moved(town, effects, before):
    """That assets moved as the effects say, and no otherwise."""
    for one in effects:
        if one["what"] == "leaves":
            before[one["asset"], one["from"]] -= int(one["amount"])
            before[one["asset"], one["to"]] += int(one["amount"])
    equal({holding: held(town, *holding) for holding in before}, before, "who has what")


def allowed(town, effects):
    """That everybody may spend what the effects say."""
    rights = [one for one in effects if one["what"] == "may spend"]
    for one in rights:
        contract, _, number = one["asset"].partition(" ")
        if not number:
            found = town.allowance(contract, one["owner"], one["spender"])
            assert found == int(one["limit"]) if one["limit"] else found > 0, one
        elif number == "all":
            found = town.number("isApprovedForAll(address,address)", one["owner"], one["spender"], at=contract)
            equal(found, 1 if one["limit"] is None else 0, one)
        else:
            found = town.chain.view(contract, calldata("getApproved(uint256)", int(number)))[-20:].hex()
            equal((found, one["limit"]), (one["spender"], "1"), one)
    return len(rights)


@check
def tokens_of_every_kind_move_as_we_said():
    with anvil(CHAIN) as chain:
        town = Town(chain, "1.4.1")
        town.single = town.preset("ERC721PresetMinterPauserAutoId", ["string"] * 3, "S", "S", "")
        many = town.preset("ERC1155PresetMinterPauser", ["string"], "")
        older = town.preset("ERC20PresetMinterPauser", ["string"] * 2, "O", "O")
        chain.do(account(RELAYER), older, calldata("mint(address,uint256)", town.safe, 1_000))
        for _ in range(4):
            chain.do(account(RELAYER), town.single, calldata("mint(address)", town.safe))
        for number in (5, 6):
            mint = calldata("mint(address,uint256,uint256,bytes)", town.safe, number, 1_000, b"")
            chain.do(account(RELAYER), many, mint)
        one, several = town.single, many
        move = "safeTransferFrom(address,address,uint256"
        all_of_it = "setApprovalForAll(address,bool)"
        batch = "safeBatchTransferFrom(address,address,uint256[],uint256[],bytes)"
        calls = [
            (one, "transferFrom(address,address,uint256)", town.safe, PAYEE, 0),
            (one, f"{move})", town.safe, OTHER, 1),
            (one, f"{move},bytes)", town.safe, PAYEE, 2, b""),
            (one, "approve(address,uint256)", SPENDER, 3),
            (one, all_of_it, OTHER, True),
            (several, f"{move},uint256,bytes)", town.safe, PAYEE, 5, 400, b""),
            (several, batch, town.safe, OTHER, [5, 6], [1, 2], b""),
            (several, all_of_it, SPENDER, True),
            (older, "increaseAllowance(address,uint256)", SPENDER, 9),
            (older, "transfer(address,uint256)", PAYEE, 300),
            (USDC, "approve(address,uint256)", PAYEE, 0),
        ]
        effects, before = execute(town, [entry(to, data=calldata(*call)) for to, *call in calls])
        moved(town, effects, before)
        equal(allowed(town, effects), 5, "rights")
        equal(len(before), 13, "holdings")


@check
def a_timelock_does_later_what_we_said_when_it_was_scheduled():
    with anvil(CHAIN) as chain:
        town = Town(chain, "1.4.1")
        kinds = ["uint256", "address[]", "address[]", "address"]
        lock = town.preset("TimelockController", kinds, 60, ["0x" + town.safe], ["0x" + ZERO], "0x" + town.safe)
        chain.do(GIVER, USDC, calldata("transfer(address,uint256)", lock, 5_000))
        chain.do(account(RELAYER), lock, "", 9)
        pay = bytes.fromhex(calldata("transfer(address,uint256)", PAYEE, 1_234))
        word, kinds = bytes(32), "address[],uint256[],bytes[],bytes32,bytes32"
        targets, amounts, payloads = ["0x" + USDC, "0x" + OTHER], [0, 7], [pay, b""]
        schedule = calldata(f"scheduleBatch({kinds},uint256)", targets, amounts, payloads, word, word, 60)
        effects, before = execute(town, [entry(lock, data=schedule)])
        equal({holding: held(town, *holding) for holding in before}, before, "who has what before its time")
        chain.call("evm_increaseTime", 61)
        chain.do(account(RELAYER), lock, calldata(f"executeBatch({kinds})", targets, amounts, payloads, word, word))
        moved(town, effects, before)
        equal(len(before), 4, "holdings")


def controlled(town, effects):
    """That a Safe is controlled as the effects say."""
    for one in effects:
        what, subject, over = one["what"], one["subject"], one["over"]
        if what in OWNERS:
            equal(town.number("isOwner(address)", subject[0], at=over), OWNERS[what], one)
        elif what in MODULES:
            equal(town.number("isModuleEnabled(address)", subject[0], at=over), MODULES[what], one)
        elif what == "FallbackHandler":
            equal(handler(town, over), subject[0], one)
        elif what == "HashApproved":
            approved = town.number("approvedHashes(address,bytes32)", town.safe, bytes.fromhex(subject[0]), at=over)
            equal(approved, 1, one)
        else:
            equal(what, "Threshold", one)
        number = subject[-1] if what == "Threshold" or len(subject) == 2 else None
        assert number is None or town.number("getThreshold()", at=over) == int(number), one


def handler(town, safe):
    """The contract that answers what this Safe does not."""
    return town.chain.call("eth_getStorageAt", "0x" + safe, "0x" + HANDLER_SLOT, "latest")[-40:]


@check
def a_safe_is_controlled_as_we_said():
    with anvil(CHAIN) as chain:
        town = Town(chain, "1.4.1")
        first, second, third = town.owners
        own = [
            calldata("swapOwner(address,address,address)", first, second, NEWCOMER),
            calldata("removeOwner(address,address,uint256)", NEWCOMER, third, 1),
            calldata("enableModule(address)", PAYEE),
            calldata("enableModule(address)", OTHER),
            calldata("disableModule(address,address)", OTHER, PAYEE),
            calldata("setFallbackHandler(address)", SPENDER),
        ]
        effects, _ = execute(town, [entry(town.safe, data=data) for data in own])
        changed_back = {"what": "ModuleEnabled", "over": town.safe, "subject": [PAYEE]}
        equal(effects.count(changed_back), 1, "the module that is disabled again")
        controlled(town, [one for one in effects if one != changed_back])
        equal(len(effects), 7, "effects")


@check
def a_safe_that_approves_another_safes_transaction_lets_it_happen_as_we_said():
    with anvil(CHAIN) as chain:
        town = Town(chain, "1.4.1")
        inner_safe = town.new_safe([town.safe], 1)
        chain.do(account(RELAYER), inner_safe, "", 100)
        town.bound.append({"address": inner_safe, "interface": "safe/1.4.1/Safe"})
        inner = town.bundle(PAYEE, 42) | {"safe": "0x" + inner_safe}
        inner_found = town.review(inner)
        approve = calldata("approveHash(bytes32)", bytes.fromhex(inner_found["signs"]))
        blind = town.bundle(inner_safe, data=approve)
        approval = {"what": "HashApproved", "over": inner_safe, "subject": [inner_found["signs"]]}
        equal(town.review(blind)["effects"], [approval], "a hash alone")
        outer = blind | {"approves": inner}
        found = town.review(outer)
        equal(found["effects"], inner_found["effects"], "what the approved hash stands for")
        town.execute(outer, packed(found["signs"], 2, 3))
        controlled(town, [approval])
        before = {holding: held(town, *holding) for holding in holdings(inner_found["effects"])}
        by_owner = "00" * 12 + town.safe + "00" * 32 + "01"  # v of 1: the owner approved the hash on the chain
        town.safe = inner_safe
        town.execute(inner, by_owner)
        moved(town, inner_found["effects"], before)
        equal(len(before), 2, "holdings")
