// Runs the request handler of @pimlico/mock-paymaster on the loopback alone, on a free port that it prints. The package
// stays as it is. Its own start needs Node 22, and entry points v0.7 and v0.8 on the chain.
//
// node mock-paymaster.mjs <folder of package.json> <node URL>
import { createRequire } from "node:module"
import { join } from "node:path"
import { pathToFileURL } from "node:url"

const [folder, node] = process.argv.slice(2)
const inside = path => import(pathToFileURL(join(folder, "node_modules", path)))
const { createWalletClient, concat, getContract, http, parseEther } = await inside("viem/_esm/index.js")
const { privateKeyToAccount } = await inside("viem/_esm/accounts/index.js")
const files = "@pimlico/mock-paymaster/_esm"
const { constants, getSingletonPaymaster06Address, getSingletonPaymaster06InitCode } = await inside(`${files}/constants.js`)
const { singletonPaymaster06Abi } = await inside(`${files}/helpers/abi.js`)
const { getPaymasterUtilityWallet } = await inside(`${files}/helpers/erc20-utils.js`)
const { getChain, getPublicClient } = await inside(`${files}/helpers/utils.js`)
const { createRpcHandler } = await inside(`${files}/relay.js`)

// The paymaster of entry point v0.6, with the signer and the deposit of the package.
const paymasterSigner = createWalletClient({
  chain: await getChain(node),
  account: privateKeyToAccount(`0x${"bb".repeat(32)}`),
  transport: http(node),
})
const signer = paymasterSigner.account.address
const wallet = await getPaymasterUtilityWallet(node)
const chain = await getPublicClient(node)
const mined = async hash => chain.waitForTransactionReceipt({ hash: await hash })
await mined(
  wallet.sendTransaction({
    to: constants.deterministicDeployer,
    data: concat([constants.create2Salt, getSingletonPaymaster06InitCode(signer)]),
  }),
)
const paymaster = getContract({
  address: getSingletonPaymaster06Address(signer),
  abi: singletonPaymaster06Abi,
  client: wallet,
})
await mined(paymaster.write.deposit({ value: parseEther("50") }))

const fastify = createRequire(join(folder, "package.json"))("fastify")
const app = fastify()
app.post("/", {}, createRpcHandler({ altoRpc: node, anvilRpc: node, paymasterSigner }))
await app.listen({ host: "127.0.0.1", port: 0 })
console.log(`listening on port ${app.server.address().port}`)
