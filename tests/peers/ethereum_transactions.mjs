// Requests to sign as MetaMask makes them: unsigned transactions by ethers, CBOR and UR by Keystone's registry.
//   ethereum_transactions.mjs requests   one JSON document, as in crates/ethereum/tests/vectors/sign-requests.json
//   ethereum_transactions.mjs accept     answers on standard input ([{unsigned, cbor}], both hex): what MetaMask makes of each,
//                                        [{signed, from}]; by @ethereumjs/tx for types 0 to 2, by ethers for the others
//   ethereum_transactions.mjs answers    answers and a batch of them on standard input ({answers: [cbor], batch: cbor}): number, r, s
//                                        and v, and origin of each, as Keystone's registry reads them
//   ethereum_transactions.mjs parts      type, CBOR and UR, one on a line, as in crates/qr/tests/vectors/ethereum.txt
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { SigningKey, Transaction, Wallet, TypedDataEncoder, hashMessage, getBytes } from "ethers";

const require = createRequire(import.meta.url);
const { EthSignRequest, ETHBatchSignRequest, ETHSignature, ETHBatchSignature } = require("@keystonehq/bc-ur-registry-eth");

// The first key of the mnemonic that every development chain is born with: "test test … junk".
const KEY = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";
const wallet = new Wallet(KEY);
const other = new Wallet("0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d");
const PATH = "m/44'/60'/0'/0/0";
const XFP = "73c5da0a";
const hex = (bytes) => Buffer.from(bytes).toString("hex");
const plain = (text) => text.replace(/^0x/, "");
const uuid = (n) => `9b1deb4d-3b7d-4bad-9bdd-2b0d7b3dcb${n.toString(16).padStart(2, "0")}`;

const to = "0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48";
const transfer = "0xa9059cbb000000000000000000000000d8da6bf26964af9d7eed9e03e53415d37aa96045000000000000000000000000000000000000000000000000000000003b9aca00";
const accessList = [
  { address: to, storageKeys: ["0x" + "11".repeat(32), "0x" + "00".repeat(31) + "07"] },
  { address: "0x" + "22".repeat(20), storageKeys: [] },
];
const fees = { maxPriorityFeePerGas: 1_500_000_000n, maxFeePerGas: 40_000_000_000n };
const legacy = { type: 0, gasPrice: 20_000_000_000n, gasLimit: 21_000n, nonce: 9, to, value: 10n ** 18n, data: "0x", chainId: 1 };
const dynamic = { type: 2, ...fees, gasLimit: 90_000n, nonce: 0, to, value: 0n, data: transfer, chainId: 137 };
const authorization = (fields) => other.authorizeSync(fields);
const transactions = {
  "legacy-transfer": legacy,
  "legacy-large-chain-id": { ...legacy, chainId: 131277322940537, nonce: 300 },
  "legacy-create": { ...legacy, to: null, value: 0n, data: "0x6080604052" + "00".repeat(60), gasLimit: 1_000_000n },
  "access-list": { type: 1, gasPrice: 7n, gasLimit: 60_000n, nonce: 1, to, value: 1n, data: transfer, accessList, chainId: 1 },
  "dynamic-fee": dynamic,
  "dynamic-fee-create": { ...dynamic, to: null, data: "0x6001600155", chainId: 11155111 },
  "dynamic-fee-everything": { ...dynamic, accessList, value: 2n ** 96n, nonce: 2 ** 40, chainId: 10 },
  "blob": {
    type: 3, ...fees, gasLimit: 50_000n, nonce: 4, to, value: 5n, data: "0x00", accessList, chainId: 1,
    maxFeePerBlobGas: 3_000_000_000n, blobVersionedHashes: ["0x01" + "aa".repeat(31), "0x01" + "bb".repeat(31)],
  },
  "set-code": {
    type: 4, ...fees, gasLimit: 120_000n, nonce: 5, to: other.address, value: 0n, data: transfer, accessList: [], chainId: 1,
    authorizationList: [
      authorization({ address: to, nonce: 3, chainId: 1 }),
      authorization({ address: "0x" + "33".repeat(20), nonce: 0, chainId: 0 }),
    ],
  },
};

const request = (data, type, n, chainId, address, origin) =>
  EthSignRequest.constructETHRequest(Buffer.from(data), type, PATH, XFP, uuid(n), chainId, address, origin);

const lines = [];

/** The message's CBOR; its UR, in one part and in many, becomes lines. */
function carried(item) {
  const cbor = hex(item.toCBOR());
  const encoder = item.toUREncoder(80);
  const parts = Array.from({ length: encoder.fragmentsLength * 2 + 8 }, () => encoder.nextPart());
  lines.push([item.toUR().type, cbor, item.toUREncoder(100_000).nextPart(), ...(encoder.fragmentsLength > 1 ? parts : [])]);
  return { cbor };
}

const out = { transactions: [], requests: [], answers: [], batch: {} };
let n = 0;
const requests = [];
const answer = (name, signature, id, origin) => {
  const item = new ETHSignature(Buffer.from(signature), Buffer.from(getBytes("0x" + plain(uuid(id)).replaceAll("-", ""))), origin);
  out.answers.push({ name, ...carried(item) });
  return item;
};
const answers = [];
for (const [name, fields] of Object.entries(transactions)) {
  const tx = Transaction.from(fields);
  const signed = tx.clone();
  signed.signature = new SigningKey(KEY).sign(tx.unsignedHash);
  out.transactions.push({
    name, unsigned: plain(tx.unsignedSerialized), signing_hash: plain(tx.unsignedHash), from: plain(wallet.address).toLowerCase(),
    signed: plain(signed.serialized), transaction_hash: plain(signed.hash),
    authorities: (tx.authorizationList ?? []).map(() => plain(other.address).toLowerCase()),
  });
  const asked = request(getBytes(tx.unsignedSerialized), tx.type === 0 ? 1 : 4, n, Number(tx.chainId));
  out.requests.push({ name, request_id: plain(uuid(n)).replaceAll("-", ""), path: PATH, source_fingerprint: XFP, ...carried(asked) });
  // v as Keystone's firmware writes it: EIP-155 in as many bytes as needed, or the parity.
  const { r, s, yParity } = signed.signature;
  const v = (tx.type === 0 ? tx.chainId * 2n + 35n : 0n) + BigInt(yParity);
  const vHex = v.toString(16);
  const bytes = getBytes(r + plain(s) + vHex.padStart(vHex.length + (vHex.length % 2), "0"));
  answers.push(answer(name, bytes, n, name === "dynamic-fee" ? "Keystone" : undefined));
  requests.push(asked);
  n += 1;
}

const typed = {
  domain: { name: "Mail", version: "1", chainId: 1, verifyingContract: to },
  types: { EIP712Domain: [{ name: "name", type: "string" }, { name: "version", type: "string" }, { name: "chainId", type: "uint256" }, { name: "verifyingContract", type: "address" }], Mail: [{ name: "contents", type: "string" }] },
  primaryType: "Mail", message: { contents: "Hello, Bob!" },
};
const { EIP712Domain, ...types } = typed.types;
const others = [
  ["typed-data", Buffer.from(JSON.stringify(typed)), 2, undefined, wallet.address, undefined, TypedDataEncoder.hash(typed.domain, types, typed.message)],
  ["message", Buffer.from("Sign in to example.org"), 3, undefined, wallet.address, "metamask", hashMessage("Sign in to example.org")],
];
for (const [name, data, type, chainId, address, origin, digest] of others) {
  const asked = request(data, type, n, chainId, address, origin);
  const { r, s, yParity } = new SigningKey(KEY).sign(digest);
  out.requests.push({ name, request_id: plain(uuid(n)).replaceAll("-", ""), path: PATH, source_fingerprint: XFP, hash: plain(digest), ...carried(asked) });
  answer(name, getBytes(r + plain(s) + (27 + yParity).toString(16)), n);
  n += 1;
}
out.batch = {
  request: carried(new ETHBatchSignRequest(requests.slice(0, 3))),
  answer: carried(new ETHBatchSignature(answers.slice(0, 3))),
};
/** The signed transaction, v as it is in the answer: what a wallet does that does not recover anything itself. */
function accept({ unsigned, cbor }) {
  const { TransactionFactory } = require("@ethereumjs/tx");
  const { Common, Hardfork } = require("@ethereumjs/common");
  const tx = Transaction.from("0x" + unsigned);
  const signature = ETHSignature.fromCBOR(Buffer.from(cbor, "hex")).getSignature();
  const [r, s, v] = [signature.subarray(0, 32), signature.subarray(32, 64), signature.subarray(64)];
  if (tx.type > 2) {
    tx.signature = { r: "0x" + hex(r), s: "0x" + hex(s), yParity: Number("0x" + hex(v)) };
    return { signed: plain(tx.serialized), from: plain(tx.from).toLowerCase() };
  }
  const common = Common.custom({ chainId: Number(tx.chainId) }, { hardfork: Hardfork.Cancun });
  const given = Object.fromEntries(Object.entries(tx.toJSON()).filter(([key, value]) => value !== null && key !== "accessList"));
  const fields = { ...given, accessList: tx.accessList?.map(({ address, storageKeys }) => ({ address, storageKeys: [...storageKeys] })) };
  for (const key of ["nonce", "gasPrice", "maxFeePerGas", "maxPriorityFeePerGas", "gasLimit", "value", "chainId"]) {
    if (fields[key] !== undefined) fields[key] = BigInt(fields[key]);
  }
  if (tx.type === 0) delete fields.chainId;
  const signed = TransactionFactory.fromTxData({ ...fields, type: tx.type, r, s, v }, { common });
  return { signed: hex(signed.serialize()), from: plain(signed.getSenderAddress().toString()) };
}

const said = (item) => [item.getRequestId()?.toString("hex") ?? null, hex(item.getSignature()), item.getOrigin() ?? null];

function read({ answers, batch }) {
  const of = (cbor) => said(ETHSignature.fromCBOR(Buffer.from(cbor, "hex")));
  return { answers: answers.map(of), batch: ETHBatchSignature.fromCBOR(Buffer.from(batch, "hex")).getSignatures().map(said) };
}

const input = () => JSON.parse(readFileSync(0, "utf8"));
if (process.argv[2] === "accept") {
  console.log(JSON.stringify(input().map(accept)));
} else if (process.argv[2] === "answers") {
  console.log(JSON.stringify(read(input())));
} else console.log(process.argv[2] === "parts" ? lines.map((line) => line.join(" ")).join("\n") : JSON.stringify(out, null, 1));
