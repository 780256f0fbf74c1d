// Transactions and Safe hashes as ethers and viem have them; JSON on standard input and output, bytes in hex without 0x.
//   ethereum_fields.mjs make COUNT     unsigned transactions of every type, the same on every machine, by ethers and viem
//   ethereum_fields.mjs read           [unsigned]: what both read in each, in the form of crates/ethereum/examples/peer.rs
//   ethereum_fields.mjs chain ID       unsigned transactions that a development chain takes one after the other
//   ethereum_fields.mjs firsts ID      the same, each the first of its account
//   ethereum_fields.mjs safe           [{safe, chainId, names_chain, ...SafeTx}]: domain, message and SafeTx hash of each
import { readFileSync } from "node:fs";
import { Transaction, TypedDataEncoder, Wallet, getAddress, keccak256, verifyAuthorization } from "ethers";
import * as viem from "viem";
import { recoverAuthorizationAddress } from "viem/utils";

const plain = (text) => text.replace(/^0x/, "").toLowerCase();
const input = () => JSON.parse(readFileSync(0, "utf8"));
const text = (number) => BigInt(number ?? 0).toString();
const authority = new Wallet("0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d");
// The versioned hash of the empty blob's commitment, the point at infinity: anybody can make its proofs.
const EMPTY_BLOB = "0x010657f37554c781402a22917dee2f75def7ab966d7b770905398eba3c444014";

/** Numbers that are the same on every machine (xorshift). */
class Numbers {
  state = 0x9e3779b97f4a7c15n;
  bits(count) {
    let value = 0n;
    for (let have = 0; have < count; have += 32) {
      for (const shift of [13n, -7n, 17n]) {
        this.state ^= shift > 0n ? this.state << shift : this.state >> -shift;
        this.state &= (1n << 64n) - 1n;
      }
      value = (value << 32n) | (this.state >> 32n);
    }
    return value & ((1n << BigInt(count)) - 1n);
  }
  below(count) { return Number(this.bits(32) % BigInt(count)); }
  /** Of any length up to so many bits, zero among them. */
  sized(count) { return this.bits(this.below(count + 1)); }
  hex(length) { return length ? "0x" + this.bits(8 * length).toString(16).padStart(2 * length, "0") : "0x"; }
  list(most, make) { return Array.from({ length: this.below(most + 1) }, make); }
}

function make(n, type) {
  const fields = {
    type, chainId: 1n + n.sized(52), nonce: Number(n.sized(50)), gasLimit: n.sized(50), value: n.sized(120), data: n.hex(n.below(80)),
    to: type < 3 && n.below(6) === 0 ? null : getAddress(n.hex(20)),
  };
  if (type < 2) fields.gasPrice = n.sized(90);
  else {
    fields.maxPriorityFeePerGas = n.sized(60);
    fields.maxFeePerGas = fields.maxPriorityFeePerGas + n.sized(80);
  }
  if (type > 0) fields.accessList = n.list(3, () => ({ address: getAddress(n.hex(20)), storageKeys: n.list(3, () => n.hex(32)) }));
  if (type === 3) {
    fields.maxFeePerBlobGas = n.sized(60);
    fields.blobVersionedHashes = [EMPTY_BLOB, ...n.list(2, () => "0x01" + plain(n.hex(31)))];
  }
  if (type === 4) {
    const one = () => ({ address: getAddress(n.hex(20)), nonce: Number(n.sized(40)), chainId: n.below(2) ? fields.chainId : 0n });
    fields.authorizationList = [one(), ...n.list(2, one)].map((item) => authority.authorizeSync(item));
  }
  return fields;
}

/** The same fields in viem's words. */
function forViem(fields) {
  const types = ["legacy", "eip2930", "eip1559", "eip4844", "eip7702"];
  const { type, gasLimit, chainId, to, authorizationList, ...rest } = fields;
  const list = authorizationList?.map(({ address, nonce, chainId, signature }) => ({
    address, nonce: Number(nonce), chainId: Number(chainId), r: signature.r, s: signature.s, yParity: signature.yParity,
  }));
  return { ...rest, type: types[type], gas: gasLimit, chainId: Number(chainId), to: to ?? undefined, ...(list && { authorizationList: list }) };
}

function made(fields) {
  const [a, b] = [Transaction.from(fields).unsignedSerialized, viem.serializeTransaction(forViem(fields))];
  if (a !== b) throw new Error(`ethers and viem differ: ${a} ${b}`);
  return plain(a);
}

function byEthers(unsigned) {
  const tx = Transaction.from("0x" + unsigned);
  const list = (tx.authorizationList ?? []).map((item) => ({
    chain_id: text(item.chainId), address: plain(item.address), nonce: text(item.nonce), y_parity: item.signature.yParity,
    r: text(item.signature.r), s: text(item.signature.s), authority: plain(verifyAuthorization(item, item.signature)),
  }));
  return {
    type: tx.type, chain_id: text(tx.chainId), nonce: text(tx.nonce), gas_limit: text(tx.gasLimit), to: tx.to && plain(tx.to),
    value: text(tx.value), data: plain(tx.data), authorization_list: list, signing_hash: plain(tx.unsignedHash),
    access_list: (tx.accessList ?? []).map((item) => [plain(item.address), item.storageKeys.map(plain)]),
    fees: tx.type < 2 ? [text(tx.gasPrice)] : [text(tx.maxPriorityFeePerGas), text(tx.maxFeePerGas)],
    blobs: tx.type === 3 ? [text(tx.maxFeePerBlobGas), tx.blobVersionedHashes.map(plain)] : null,
  };
}

async function byViem(unsigned) {
  const tx = viem.parseTransaction("0x" + unsigned);
  const types = { legacy: 0, eip2930: 1, eip1559: 2, eip4844: 3, eip7702: 4 };
  const list = (tx.authorizationList ?? []).map(async (item) => ({
    chain_id: text(item.chainId), address: plain(item.address), nonce: text(item.nonce), y_parity: item.yParity,
    r: text(item.r), s: text(item.s), authority: plain(await recoverAuthorizationAddress({ authorization: item })),
  }));
  const type = types[tx.type];
  return {
    type, chain_id: text(tx.chainId), nonce: text(tx.nonce), gas_limit: text(tx.gas), to: tx.to ? plain(tx.to) : null,
    value: text(tx.value), data: plain(tx.data ?? ""), authorization_list: await Promise.all(list),
    signing_hash: plain(keccak256(viem.serializeTransaction(tx))),
    access_list: (tx.accessList ?? []).map((item) => [plain(item.address), item.storageKeys.map(plain)]),
    fees: type < 2 ? [text(tx.gasPrice)] : [text(tx.maxPriorityFeePerGas), text(tx.maxFeePerGas)],
    blobs: type === 3 ? [text(tx.maxFeePerBlobGas), tx.blobVersionedHashes.map(plain)] : null,
  };
}

/** By the first account of "test … junk"; each with the next nonce. */
function chain(chainId) {
  const to = "0x00000000000000000000000000000000000ab1de";
  const fees = { maxPriorityFeePerGas: 1_500_000_000n, maxFeePerGas: 40_000_000_000n };
  const price = { gasPrice: 20_000_000_000n };
  const accessList = [{ address: to, storageKeys: ["0x" + "00".repeat(32)] }];
  const code = "0x6001600c60003960016000f300"; // creates a contract of one byte, STOP
  const item = (nonce, chainId) => authority.authorizeSync({ address: "0x" + "22".repeat(20), nonce, chainId });
  const rows = {
    "a transfer before types": { type: 0, ...price, to, value: 10n ** 18n, gasLimit: 21_000n },
    "a contract before types": { type: 0, ...price, to: null, data: code, gasLimit: 200_000n },
    "an access list": { type: 1, ...price, to, value: 1n, data: "0x1234", accessList, gasLimit: 60_000n },
    "a dynamic fee": { type: 2, ...fees, to, value: 2n ** 60n, data: "0x00", accessList, gasLimit: 60_000n },
    "a contract with a dynamic fee": { type: 2, ...fees, to: null, data: code, gasLimit: 200_000n },
    "code for two accounts": { type: 4, ...fees, to, value: 7n, gasLimit: 200_000n, authorizationList: [item(0, chainId), item(1, 0)] },
    "a blob": { type: 3, ...fees, to, value: 5n, gasLimit: 50_000n, maxFeePerBlobGas: 3_000_000_000n, blobVersionedHashes: [EMPTY_BLOB] },
  };
  return Object.entries(rows).map(([name, row], nonce) => ({ name, type: row.type, unsigned: made({ value: 0n, data: "0x", ...row, nonce, chainId }) }));
}

/** Of types 0 to 2, each the first of its account. */
function firsts(chainId) {
  const to = "0x00000000000000000000000000000000000ab1de";
  const common = { to, value: 10n ** 17n, gasLimit: 60_000n, nonce: 0, chainId };
  const price = { gasPrice: 20_000_000_000n };
  const rows = [
    { type: 0, ...price }, { type: 1, ...price, accessList: [] },
    { type: 2, maxPriorityFeePerGas: 1_500_000_000n, maxFeePerGas: 40_000_000_000n, accessList: [] },
  ];
  return rows.map((row) => ({ name: `type ${row.type}`, type: row.type, unsigned: made({ data: "0x", ...common, ...row }) }));
}

function safe({ safe, chainId, names_chain, ...message }) {
  const kinds = { to: "address", value: "uint256", data: "bytes", operation: "uint8", safeTxGas: "uint256", baseGas: "uint256",
    gasPrice: "uint256", gasToken: "address", refundReceiver: "address", nonce: "uint256" };
  const types = { SafeTx: Object.entries(kinds).map(([name, type]) => ({ name, type })) };
  const domain = { verifyingContract: safe, ...(names_chain && { chainId }) };
  const hashes = [TypedDataEncoder.hashDomain(domain), TypedDataEncoder.from(types).hash(message), TypedDataEncoder.hash(domain, types, message)];
  return hashes.map(plain);
}

const [what, argument] = process.argv.slice(2);
const numbers = new Numbers();
const done = {
  make: () => Array.from({ length: Number(argument) }, (_, n) => made(make(numbers, n % 5))),
  read: () => Promise.all(input().map(async (unsigned) => ({ ethers: byEthers(unsigned), viem: await byViem(unsigned) }))),
  chain: () => chain(Number(argument)),
  firsts: () => firsts(Number(argument)),
  safe: () => input().map(safe),
}[what];
console.log(JSON.stringify(await done()));
