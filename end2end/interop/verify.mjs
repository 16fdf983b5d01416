// Whether signatures of an account are its own, by the word of viem and the chain, whether it is deployed or not.
// node end2end/interop/verify.mjs < task.json
//
// { devnet, account, signed: [{ message, signature } or { typedData, signature }] }
// A message is in hex, typed data as eth_signTypedData_v4 takes it. Answers with a list of true and false.
import { text } from "node:stream/consumers"
import { createPublicClient, http } from "viem"
import { polygonAmoy } from "viem/chains"

const { devnet, account, signed } = JSON.parse(await text(process.stdin))
const chain = createPublicClient({ chain: polygonAmoy, transport: http(`${devnet}/rpc`) })

async function verify({ message, typedData, signature }) {
  if (message) return chain.verifyMessage({ address: account, message: { raw: message }, signature })
  return chain.verifyTypedData({ address: account, ...JSON.parse(typedData), signature })
}

process.stdout.write(JSON.stringify(await Promise.all(signed.map(verify))))
