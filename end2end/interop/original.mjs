// The original, unmodified, as a test's other party: it is told on stdin what to do and answers on stdout, in JSON.
// node end2end/interop/original.mjs < task.json
//
// grant: { task, devnet, owner }: the owner grants two sessions for minting, then tries one that nobody pays for.
//        Answers with the account and with what its local storage holds.
// sign:  { task, devnet, owner, message }: signs a text as the owner's account.
// mint:  { task, devnet, account, storage }: mints through the last session in the local storage, without the owner.
import assert from "node:assert/strict"
import { text } from "node:stream/consumers"
import { createWalletClient, encodeFunctionData, http, pad, parseAbi } from "viem"
import { privateKeyToAccount } from "viem/accounts"
import { polygonAmoy } from "viem/chains"
import { redirect } from "./redirect.mjs"

const { task, devnet, ...given } = JSON.parse(await text(process.stdin))
// It answers on stdout, where the original writes its log.
console.log = console.info = console.error

/** The page's local storage, which the original uses where there is a window. */
const storage = new Map(Object.entries(given.storage ?? {}))
globalThis.localStorage = {
  getItem: (key) => storage.get(key) ?? null,
  setItem: (key, value) => void storage.set(key, value),
}
globalThis.window = { localStorage }

const { contracts } = await (await fetch(`${devnet}/health`)).json()
redirect(devnet)
const { createBundler, createSession, createSessionSmartAccountClient, createSmartAccountClient } = await import(
  "@biconomy/account"
)

const SPONSORED = { paymasterServiceData: { mode: "SPONSORED" } }
const bundlerUrl = `${devnet}/api/v2/80002/interop`
// It asks for a receipt every five seconds unless told otherwise.
const bundler = await createBundler({ bundlerUrl, userOpReceiptIntervals: { [polygonAmoy.id]: 200 } })
const services = { bundler, bundlerUrl, biconomyPaymasterApiKey: "interop" }

async function included({ wait }) {
  const { success, receipt } = await wait()
  assert.equal(success, "true", "the operation must succeed")
  return receipt.transactionHash
}

// It remembers for good that an account was not deployed, so each step takes a new client.
function ownedBy(secret) {
  const signer = createWalletClient({
    account: privateKeyToAccount(secret),
    chain: polygonAmoy,
    transport: http(`${devnet}/rpc`),
  })
  return createSmartAccountClient({ signer, ...services })
}

async function grant({ owner }) {
  const client = () => ownedBy(owner)
  const account = await (await client()).getAccountAddress()
  const policy = {
    contractAddress: contracts.nft,
    functionSelector: "safeMint(address)",
    rules: [{ offset: 0, condition: 0, referenceValue: pad(account, { size: 32 }) }],
    interval: { validUntil: Math.floor(Date.now() / 1000) + 3600, validAfter: 0 },
    valueLimit: 0n,
  }
  await included(await createSession(await client(), [policy], null, SPONSORED))
  await included(await createSession(await client(), [policy], null, SPONSORED))
  await assert.rejects(async () => createSession(await client(), [policy], null), "nobody pays for the third one")
  return { account, storage: Object.fromEntries(storage) }
}

async function sign({ owner, message }) {
  const account = await ownedBy(owner)
  return { account: await account.getAccountAddress(), signature: await account.signMessage(message) }
}

async function mint({ account }) {
  const client = await createSessionSmartAccountClient(
    { accountAddress: account, chainId: polygonAmoy.id, ...services },
    "DEFAULT_STORE",
  )
  const safeMint = parseAbi(["function safeMint(address to)"])
  const data = encodeFunctionData({ abi: safeMint, functionName: "safeMint", args: [account] })
  const minting = await client.sendTransaction([{ to: contracts.nft, data }], SPONSORED, { leafIndex: "LAST_LEAF" })
  return { transactionHash: await included(minting) }
}

const answer = await { grant, sign, mint }[task](given)
process.stdout.write(JSON.stringify(answer))
