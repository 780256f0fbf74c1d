// Parts by @ngraveio/bc-ur (which MetaMask uses) and bbqr (by the authors of BBQr), as a filter:
//   parts.mjs ur-split TYPE FRAGMENT FIRST COUNT FILE    COUNT fountain parts from sequence number FIRST on
//   parts.mjs bbqr-split ENCODING PARTS FILE             ENCODING: H, 2 or Z
//   parts.mjs ur-join | bbqr-join                        parts on standard input; prints {type, hex, used}
import { readFileSync } from "node:fs";
import { UR, UREncoder, URDecoder } from "@ngraveio/bc-ur";
import { joinQRs, splitQRs } from "bbqr";

const lines = () => readFileSync(0, "utf8").split("\n").filter((line) => line !== "");

const commands = {
  "ur-split"(type, fragment, first, count, file) {
    const { cbor } = UR.fromBuffer(readFileSync(file));
    const encoder = new UREncoder(new UR(cbor, type), Number(fragment), Number(first) - 1, 1);
    return Array.from({ length: Number(count) }, () => encoder.nextPart().toUpperCase()).join("\n");
  },

  "ur-join"() {
    const decoder = new URDecoder();
    let used = 0;
    for (const part of lines()) {
      decoder.receivePart(part.toLowerCase());
      used += 1;
      if (decoder.isComplete()) break;
    }
    if (!decoder.isSuccess()) throw new Error(`not complete after ${used} parts: ${decoder.resultError()}`);
    const ur = decoder.resultUR();
    return JSON.stringify({ type: ur.type, hex: ur.cbor.toString("hex"), used });
  },

  "bbqr-split"(encoding, parts, file) {
    const bytes = new Uint8Array(readFileSync(file));
    return splitQRs(bytes, "P", { encoding, minSplit: Number(parts) }).parts.join("\n");
  },

  "bbqr-join"() {
    const parts = lines();
    const joined = joinQRs(parts);
    return JSON.stringify({ type: joined.fileType, hex: Buffer.from(joined.raw).toString("hex"), used: parts.length });
  },
};

const [name, ...args] = process.argv.slice(2);
console.log(commands[name](...args));
