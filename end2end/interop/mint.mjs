// The original, unmodified, against the devnet: a session is created and an NFT minted through it.
// node end2end/interop/mint.mjs --devnet URL
import assert from "node:assert/strict"
import { parseArgs } from "node:util"
import { createPublicClient, createWalletClient, encodeFunctionData, http, pad, parseAbi } from "viem"
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts"
import { polygonAmoy } from "viem/chains"
import { redirect } from "./redirect.mjs"
import { end, step } from "./step.mjs"

const { values } = parseArgs({ options: { devnet: { type: "string" } } })
const url = (values.devnet ?? process.env.USE_AA_DEVNET)?.replace(/\/$/, "")
if (!url) {
  console.error("usage: node end2end/interop/mint.mjs --devnet URL")
  process.exit(2)
}

const NFT = parseAbi([
  "function safeMint(address to)",
  "function balanceOf(address owner) view returns (uint256)",
  "function ownerOf(uint256 id) view returns (address)",
  "event Transfer(address indexed from, address indexed to, uint256 indexed id)",
])
const SPONSORED = { paymasterServiceData: { mode: "SPONSORED" } }

const { contracts } = await step("reach the devnet", async () => (await fetch(`${url}/health`)).json())
redirect(url)
const { createBundler, createSession, createSessionSmartAccountClient, createSmartAccountClient } = await import(
  "@biconomy/account"
)

const chain = createPublicClient({ chain: polygonAmoy, transport: http(`${url}/rpc`) })
const bundlerUrl = `${url}/api/v2/80002/interop`
// It asks for a receipt every five seconds unless told otherwise.
const bundler = await createBundler({ bundlerUrl, userOpReceiptIntervals: { [polygonAmoy.id]: 200 } })
const services = { bundler, bundlerUrl, biconomyPaymasterApiKey: "interop" }
const owner = createWalletClient({
  account: privateKeyToAccount(generatePrivateKey()),
  chain: polygonAmoy,
  transport: http(`${url}/rpc`),
})

const account = await step("make the account", () => createSmartAccountClient({ signer: owner, ...services }))
const address = await account.getAccountAddress()

const policy = {
  contractAddress: contracts.nft,
  functionSelector: "safeMint(address)",
  rules: [{ offset: 0, condition: 0, referenceValue: pad(address, { size: 32 }) }],
  interval: { validUntil: 0, validAfter: 0 },
  valueLimit: 0n,
}
const { session, wait } = await step("create a session", () => createSession(account, [policy], null, SPONSORED))
const granted = await step("wait for the session", () => wait())
assert.equal(granted.success, "true", "the session's operation must succeed")

const delegate = await step("take up the session", () =>
  createSessionSmartAccountClient(
    { accountAddress: address, chainId: polygonAmoy.id, ...services },
    session,
  ),
)
const mint = {
  to: contracts.nft,
  data: encodeFunctionData({ abi: NFT, functionName: "safeMint", args: [address] }),
}
const minting = await step("mint through the session", () =>
  delegate.sendTransaction([mint], SPONSORED, { leafIndex: "LAST_LEAF" }),
)
const minted = await step("wait for the NFT", () => minting.wait())
assert.equal(minted.success, "true", "the mint must succeed")

await step("read the owner", async () => {
  const { transactionHash } = minted.receipt
  const { blockNumber } = await chain.getTransactionReceipt({ hash: transactionHash })
  const [transfer] = await chain.getContractEvents({
    address: contracts.nft,
    abi: NFT,
    eventName: "Transfer",
    args: { to: address },
    fromBlock: blockNumber,
    toBlock: blockNumber,
  })
  const { id } = transfer.args
  const holder = await chain.readContract({ address: contracts.nft, abi: NFT, functionName: "ownerOf", args: [id] })
  assert.equal(holder.toLowerCase(), address.toLowerCase(), `NFT ${id} belongs to another account`)
  console.log(`NFT ${id} belongs to ${address}`)
})

end()
