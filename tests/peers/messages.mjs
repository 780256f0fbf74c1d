// Messages (BIP-322) by bip322-js, as a filter:
//   messages.mjs ids ADDRESS MESSAGE              prints {hash, toSpend, toSign}
//   messages.mjs sign WIF ADDRESS MESSAGE         its signature
//   messages.mjs verify ADDRESS MESSAGE SIGNATURE true or false
import bip322 from "bip322-js";

const { Address, BIP322, Signer, Verifier } = bip322;

function transactions(address, message) {
  const script = Address.convertAdressToScriptPubkey(address);
  const toSpend = BIP322.buildToSpendTx(message, script);
  return { toSpend, toSign: BIP322.buildToSignTx(toSpend.getId(), script) };
}

const commands = {
  ids(address, message) {
    const { toSpend, toSign } = transactions(address, message);
    const hash = Buffer.from(BIP322.hashMessage(message)).toString("hex");
    return JSON.stringify({ hash, toSpend: toSpend.getId(), toSign: toSign.data.globalMap.unsignedTx.tx.getId() });
  },

  sign: (wif, address, message) => Signer.sign(wif, address, message),
  verify: (address, message, signature) => String(Verifier.verifySignature(address, message, signature)),
};

const [name, ...args] = process.argv.slice(2);
console.log(commands[name](...args));
