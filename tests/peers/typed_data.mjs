// What @metamask/eth-sig-util finds: a JSON list of typed data in, a list of [domain hash, message hash, digest] out,
// or null where it refuses.

import { readFileSync } from "node:fs";
import { SignTypedDataVersion, TypedDataUtils } from "@metamask/eth-sig-util";

const V4 = SignTypedDataVersion.V4;
const hex = (bytes) => Buffer.from(bytes).toString("hex");

function hashes(text) {
  const data = JSON.parse(text);
  try {
    return [
      hex(TypedDataUtils.hashStruct("EIP712Domain", data.domain, data.types, V4)),
      hex(TypedDataUtils.hashStruct(data.primaryType, data.message, data.types, V4)),
      hex(TypedDataUtils.eip712Hash(data, V4)),
    ];
  } catch {
    return null;
  }
}

console.log(JSON.stringify(JSON.parse(readFileSync(0, "utf8")).map(hashes)));
