// Runs @metamask/test-bundler on the loopback alone, on a free port that it prints. The package stays as it is.
//
// node test-bundler.mjs <folder of package.json> <node URL>
import { writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { Server } from "node:net"
import { join } from "node:path"

const [folder, network] = process.argv.slice(2)
const require = createRequire(join(folder, "package.json"))

const { listen } = Server.prototype
Server.prototype.listen = function (port, ...rest) {
  this.once("listening", () => console.log(`listening on port ${this.address().port}`))
  return listen.call(this, { port: Number(port), host: "127.0.0.1" }, ...rest)
}

// The bundler reads events from the block after the latest. geth answers with none, anvil with an error.
const { JsonRpcProvider } = require("@ethersproject/providers")
const { send } = JsonRpcProvider.prototype
JsonRpcProvider.prototype.send = async function (method, params) {
  try {
    return await send.call(this, method, params)
  } catch (error) {
    if (method === "eth_getLogs" && /BlockOutOfRange/.test(`${error.message} ${error.body}`)) return []
    throw error
  }
}

// The first of anvil's accounts.
writeFileSync("mnemonic", "test test test test test test test test test test test junk")
writeFileSync(
  "config.json",
  JSON.stringify({
    network,
    port: "0",
    mnemonic: "mnemonic",
    beneficiary: "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266",
    minBalance: "0",
    maxBundleGas: 5e6,
    debugRpc: true,
    // The harness asks for each bundle.
    autoBundleInterval: 0,
    autoBundleMempoolSize: 1000,
  }),
)
const { startBundler } = require("@metamask/test-bundler")
await startBundler({ configFile: "config.json", unsafe: true })
