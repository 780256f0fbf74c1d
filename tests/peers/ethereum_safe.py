"""Safes on a chain: what we say that a bundle does, beside what happens when it is executed.

The contracts are those of Safe's packages, put where Safe's list of deployments has them; the token is OpenZeppelin's
ERC-20 at the address of one that Ledger's list has.
"""

import json

from eth_abi import encode
from eth_utils import keccak

from checks import HERE, ROOT, check, equal, node
from ethereum_peer import Refused, account, anvil, ask, key, said, signature
from ethereum_typed_data import Generator

SAFE_PACKAGES = HERE / "node_modules" / "@safe-global"
PACKAGES = ROOT / "assets" / "ethereum" / "packages" / "node_modules"
VERSIONS = {"1.4.1": "safe-contracts", "1.5.0": "safe-smart-account"}
CONTRACTS = {  # artifact, and its file in Safe's list of deployments
    "Safe": ("Safe.sol", "safe"),
    "SafeProxyFactory": ("proxies/SafeProxyFactory.sol", "safe_proxy_factory"),
    "CompatibilityFallbackHandler": ("handler/CompatibilityFallbackHandler.sol", "compatibility_fallback_handler"),
    "MultiSend": ("libraries/MultiSend.sol", "multi_send"),
    "MultiSendCallOnly": ("libraries/MultiSendCallOnly.sol", "multi_send_call_only"),
}
CREATE2_OF_ANVIL = "4e59b44847b379578588920ca78fbf26c0b4956c"
CREATE2_OF_SAFE = "914d7fec6aac8cd542e72bca78b30650d45643d7"  # the same code, as Safe deployed it
CHAIN = 1
USDC = "a0b86991c6218b36c1d19d4a2e9eb0ce3606eb48"
ZERO = "00" * 20
MOST = 2**256 - 1
ETHER = 10**18
BALANCES = 2  # slot of the token's balances, behind roles and their members
NUMBERS = ("value", "safeTxGas", "baseGas", "gasPrice", "nonce")
OWNERS, RELAYER, PAYEE, SPENDER, OTHER, GIVER, NEWCOMER = (1, 2, 3), 0, *(account(n) for n in range(4, 9))


def calldata(signature_text, *values):
    kinds = signature_text[signature_text.index("(") + 1 : -1]
    kinds = kinds.split(",") if kinds else []
    given = ["0x" + value if kind == "address" else value for kind, value in zip(kinds, values, strict=True)]
    return (keccak(signature_text.encode())[:4] + encode(kinds, given)).hex()


def artifact(path):
    return json.loads(path.read_text())


class Town:
    """One Safe of a version, its libraries and a token, on a chain."""

    def __init__(self, chain, version):
        self.chain, self.version, self.threshold = chain, version, 2
        self.owners = [account(n) for n in OWNERS]
        code = chain.call("eth_getCode", "0x" + CREATE2_OF_ANVIL, "latest")
        chain.call("anvil_setCode", "0x" + CREATE2_OF_SAFE, code)
        self.bound = []  # contracts that the ceremony folder would name
        self.at = {name: self.deploy(name, *where) for name, where in CONTRACTS.items()}
        self.safe = self.new_safe(self.owners, 2)
        chain.do(account(RELAYER), self.safe, "", 10 * ETHER)
        self.token()

    def new_safe(self, owners, threshold):
        setup = "setup(address[],uint256,address,bytes,address,address,uint256,address)"
        owners = ["0x" + owner for owner in owners]
        handler = self.at["CompatibilityFallbackHandler"]
        initializer = bytes.fromhex(calldata(setup, owners, threshold, ZERO, b"", handler, ZERO, 0, ZERO))
        create = calldata("createProxyWithNonce(address,bytes,uint256)", self.at["Safe"], initializer, 7)
        made = self.chain.view(self.at["SafeProxyFactory"], create)[-20:].hex()
        self.chain.do(account(RELAYER), self.at["SafeProxyFactory"], create)
        return made

    def preset(self, name, kinds, *arguments):
        """One of OpenZeppelin's contracts, made by the relayer; its address."""
        code = artifact(PACKAGES / f"openzeppelin-4/build/contracts/{name}.json")["bytecode"][2:]
        made = self.chain.do(account(RELAYER), None, code + encode(kinds, arguments).hex())["contractAddress"][2:]
        self.bound.append({"address": made, "interface": f"openzeppelin/4/{name}"})
        return made

    def deploy(self, name, folder, file):
        """Deploys a contract as Safe did; its address and code are those of Safe's list."""
        path = SAFE_PACKAGES / VERSIONS[self.version] / "build" / "artifacts" / "contracts" / folder / f"{name}.json"
        data = "00" * 32 + artifact(path)["bytecode"][2:]
        address = self.chain.view(CREATE2_OF_SAFE, data).hex()
        self.chain.do(account(RELAYER), CREATE2_OF_SAFE, data)
        listed = PACKAGES / "@safe-global/safe-deployments/src/assets" / f"v{self.version}" / f"{file}.json"
        listed = artifact(listed)["deployments"]["canonical"]
        code = self.chain.call("eth_getCode", "0x" + address, "latest")
        found = ["0x" + address, "0x" + keccak(hexstr=code).hex()]
        equal(found, [listed["address"].lower(), listed["codeHash"]], f"{name} {self.version}")
        return address

    def token(self):
        """A token with a fixed supply, moved to the address; the Safe has some, and may spend some of another's."""
        made = self.preset("ERC20PresetMinterPauser", ["string", "string"], "T", "T")
        self.chain.call("anvil_setCode", "0x" + USDC, self.chain.call("eth_getCode", "0x" + made, "latest"))
        for holder in (self.safe, GIVER):
            slot = keccak(bytes(12) + bytes.fromhex(holder) + BALANCES.to_bytes(32)).hex()
            self.chain.call("anvil_setStorageAt", "0x" + USDC, "0x" + slot, "0x" + (10**12).to_bytes(32).hex())
        self.chain.do(GIVER, USDC, calldata("approve(address,uint256)", self.safe, 1_000))

    def number(self, text, *values, at=None):
        return int.from_bytes(self.chain.view(at or self.safe, calldata(text, *values)))

    def balance(self, asset, holder):
        if asset == "native":
            return int(self.chain.call("eth_getBalance", "0x" + holder, "latest"), 16)
        return self.number("balanceOf(address)", holder, at=asset)

    def allowance(self, asset, owner, spender):
        return self.number("allowance(address,address)", owner, spender, at=asset)

    def bundle(self, to, value=0, data="", operation=0, **gas):
        """A SafeTx with its Safe, as `docs/formats/safe-bundle.md` says."""
        rest = {"safeTxGas": 0, "baseGas": 0, "gasPrice": 0, "gasToken": None, "refundReceiver": None} | gas
        return {
            "format": "vitrine-safe-bundle",
            "version": 1,
            "chainId": CHAIN,
            "safe": "0x" + self.safe,
            "safeVersion": self.version,
            "to": "0x" + to,
            "value": str(value),
            "data": "0x" + data,
            "operation": operation,
            **rest,
            "nonce": self.number("nonce()"),
        }

    def review(self, bundle):
        """What we say of it; its hash is the Safe's own."""
        owners = ["0x" + owner for owner in self.owners]
        known = {"owners": owners, "threshold": self.threshold, "contracts": self.bound}
        found = said("safe", bundle=json.dumps(bundle), **known)
        equal(found["unknown_bytes"], 0, "unknown bytes")
        text = "getTransactionHash(address,uint256,bytes,uint8,uint256,uint256,uint256,address,address,uint256)"
        own = self.chain.view(bundle["safe"][2:], calldata(text, *values(bundle), bundle["nonce"])).hex()
        equal([found["hashes"][2], found["signs"]], [own, own], "the SafeTx's hash")
        return found

    def execute(self, bundle, signatures):
        """Executes it with these signatures; the receipt."""
        text = "execTransaction(address,uint256,bytes,uint8,uint256,uint256,uint256,address,address,bytes)"
        data = calldata(text, *values(bundle), bytes.fromhex(signatures))
        return self.chain.do(account(RELAYER), self.safe, data)

    def refuses(self, bundle, signatures):
        try:
            self.execute(bundle, signatures)
        except Refused:
            return True
        return False


def values(bundle):
    """The parameters of `execTransaction` before the signatures."""
    plain = [bundle[name] for name in ("safeTxGas", "baseGas", "gasPrice")]
    accounts = [(bundle[name] or "0x" + ZERO)[2:] for name in ("gasToken", "refundReceiver")]
    data = bytes.fromhex(bundle["data"][2:])
    return [bundle["to"][2:], int(bundle["value"]), data, bundle["operation"], *plain, *accounts]


def by_owners(safe_tx_hash, *owners):
    """Signatures of these accounts, v as a Safe takes it, in the order given."""
    raw = [signature(key(n), safe_tx_hash) for n in owners]
    return [one[:128] + f"{27 + int(one[128:], 16):02x}" for one in raw]


def packed(safe_tx_hash, *owners):
    """The same packed by us."""
    found = said("pack", hash=safe_tx_hash, signatures=by_owners(safe_tx_hash, *owners))
    equal(found["owners"], [account(n) for n in owners], "who signed")
    return found["packed"]


def entry(to, value=0, data=""):
    """One packed call of a multiSend."""
    return "00" + to + value.to_bytes(32).hex() + (len(data) // 2).to_bytes(32).hex() + data


def expected_balances(town, effects, accounts):
    """Balances as our effects say they become."""
    after = {(asset, one): town.balance(asset, one) for asset in ("native", USDC) for one in accounts}
    for effect in effects:
        if effect["what"] == "leaves":
            after[effect["asset"], effect["from"]] -= int(effect["amount"])
            after[effect["asset"], effect["to"]] += int(effect["amount"])
    return after


@check
def safe_hashes_are_those_of_ethers_for_every_version():
    numbers = Generator(7)
    bundles = []
    for version in ("1.0.0", "1.1.1", "1.2.0", "1.3.0", "1.4.1", "1.5.0"):
        for _ in range(10):
            sizes = {key: numbers.random.randrange(257) for key in NUMBERS}
            count = {key: str(numbers.random.getrandbits(size)) for key, size in sizes.items()}
            place = {key: numbers.hex(20) for key in ("safe", "to", "gasToken", "refundReceiver")}
            rest = {"data": numbers.hex(numbers.random.randrange(90)), "operation": numbers.random.randrange(2)}
            known = {"format": "vitrine-safe-bundle", "version": 1, "safeVersion": version}
            bundles.append(known | {"chainId": numbers.random.randrange(1, 10**6)} | count | place | rest)
    ours = ask(*({"op": "safe", "bundle": json.dumps(one), "owners": []} for one in bundles))
    own = {"format", "version", "safeVersion"}
    asked = [
        {name: value for name, value in one.items() if name not in own} | {"names_chain": one["safeVersion"] >= "1.3.0"}
        for one in bundles
    ]
    theirs = json.loads(node("ethereum_fields.mjs", "safe", stdin=json.dumps(asked)))
    for bundle, found, expected in zip(bundles, ours, theirs, strict=True):
        equal(found.get("hashes"), expected, json.dumps(bundle))
    assert set(ours[0]["versions"]) == {one["safeVersion"] for one in bundles}


def batch(town):
    """Coins and tokens of the Safe and of another who allowed it, two rights to spend, and an owner more."""
    transfer_from = calldata("transferFrom(address,address,uint256)", GIVER, OTHER, 77)
    add = calldata("addOwnerWithThreshold(address,uint256)", NEWCOMER, 3)
    own = ZERO if town.version == "1.5.0" else town.safe  # from 1.5.0 on, an entry for nobody is for the Safe itself
    entries = [
        entry(PAYEE, 5 * ETHER // 4),
        entry(USDC, data=calldata("transfer(address,uint256)", PAYEE, 1_000_250_000)),
        entry(USDC, data=calldata("approve(address,uint256)", SPENDER, 5_000_000_000)),
        entry(USDC, data=calldata("approve(address,uint256)", OTHER, MOST)),
        entry(USDC, data=transfer_from),
        entry(own, data=add),
        entry(OTHER, 3),
    ]
    return calldata("multiSend(bytes)", bytes.fromhex("".join(entries)))


def a_batch_does_what_we_said(version, library):
    with anvil(CHAIN) as chain:
        town = Town(chain, version)
        bundle = town.bundle(town.at[library], data=batch(town), operation=1)
        found = town.review(bundle)
        effects = found["effects"]
        accounts = [town.safe, PAYEE, SPENDER, OTHER, GIVER]
        expected = expected_balances(town, effects, accounts)
        good = packed(found["signs"], 3, 1)
        assert town.refuses(bundle, "".join(by_owners(found["signs"], *unsorted()))), "the order does not matter"
        assert town.refuses(bundle | {"value": "1"}, good), "a signature is for another SafeTx too"
        town.execute(bundle, good)
        equal({one: town.balance(*one) for one in expected}, expected, "balances")
        rights = [one for one in effects if one["what"] == "may spend"]
        said_rights = {(one["asset"], one["owner"], one["spender"]): int(one["limit"] or MOST) for one in rights}
        equal({one: town.allowance(*one) for one in said_rights}, said_rights, "allowances")
        equal(set(said_rights), {(USDC, town.safe, SPENDER), (USDC, town.safe, OTHER)}, "who may spend")
        control = [one for one in effects if one["what"] not in ("leaves", "may spend")]
        equal(control, [{"what": "OwnerAdded", "over": town.safe, "subject": [NEWCOMER, "3"]}], "control")
        assert town.number("isOwner(address)", NEWCOMER) == 1 and town.number("getThreshold()") == 3
        equal(len(effects), 7, "effects")
        equal(len(found["sentences"]), 7, found["sentences"])


def unsorted():
    """Two owners whose addresses are in descending order."""
    return sorted(OWNERS[:2], key=account, reverse=True)


@check
def a_safe_1_4_1_does_what_we_said():
    a_batch_does_what_we_said("1.4.1", "MultiSendCallOnly")


@check
def a_safe_1_5_0_does_what_we_said():
    a_batch_does_what_we_said("1.5.0", "MultiSend")


@check
def a_safe_refunds_more_gas_than_its_transaction_states():
    """Why we say that nothing limits a refund: what is paid exceeds (safeTxGas + baseGas) × gasPrice."""
    with anvil(CHAIN) as chain:
        town = Town(chain, "1.4.1")
        gas = {"safeTxGas": 1, "gasPrice": 1_000_000, "gasToken": "0x" + USDC, "refundReceiver": "0x" + SPENDER}
        bundle = town.bundle(PAYEE, data="", **gas)
        found = town.review(bundle)
        (effect,) = [effect for effect in found["effects"] if effect["what"].startswith("Refunds")]
        assert "most: None" in effect["what"], effect
        assert ["restricted", "eth.refund"] in found["findings"], found["findings"]
        town.execute(bundle, packed(found["signs"], 1, 2))
        assert town.balance(USDC, SPENDER) > 1_000 * gas["gasPrice"], town.balance(USDC, SPENDER)
