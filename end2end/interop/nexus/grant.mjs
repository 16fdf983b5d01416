// The newer original, unmodified, installs the session module and grants two sessions: one with its default validator, which
// stays unused, and one that it enables and mints with. Prints the grants as an app may store them.
// Reads a task from its input: the devnet, the owner's key, the sessions' keys and the NFT.
import { text } from "node:stream/consumers"
import { toSmartSessionsModule } from "@biconomy/abstractjs"
import {
  getSudoPolicy,
  getTimeFramePolicy,
  getUniversalActionPolicy,
  getUsageLimitPolicy,
} from "@rhinestone/module-sdk"
import { encodeFunctionData, pad, parseAbi, toFunctionSelector } from "viem"
import { privateKeyToAccount } from "viem/accounts"
import { clientOf } from "./client.mjs"

const task = JSON.parse(await text(process.stdin))
const { contracts } = await (await fetch(`${task.devnet}/health`)).json()
const [owner, unused, enabled] = [task.owner, ...task.keys].map((key) => privateKeyToAccount(key))

async function included(client, hash) {
  const receipt = await client.waitForUserOperationReceipt({ hash })
  if (!receipt.success) throw new Error("an operation reverted")
}

const client = await clientOf(task.devnet, owner)
const { account } = client
await included(client, await client.installModule({ module: toSmartSessionsModule({ signer: owner }) }))

const SAFE_MINT = parseAbi(["function safeMint(address to)"])
const action = (actionPolicies) => ({
  actionTarget: task.nft,
  actionTargetSelector: toFunctionSelector(SAFE_MINT[0]),
  actionPolicies,
})

/** Requires the first argument to be the account. */
const RULE = {
  condition: 0,
  offset: 0n,
  isLimited: false,
  ref: pad(account.address),
  usage: { limit: 0n, used: 0n },
}
const NO_RULE = { ...RULE, ref: pad("0x00") }
const toItself = getUniversalActionPolicy({
  valueLimitPerUse: 0n,
  paramRules: { length: 1n, rules: [RULE, ...Array(15).fill(NO_RULE)] },
})
const untilTomorrow = getTimeFramePolicy({ validUntil: Math.floor(Date.now() / 1000) + 86_400, validAfter: 0 })

const first = await client.grantPermissionTypedDataSign([
  {
    account,
    redeemer: unused.address,
    actions: [action([toItself, getUsageLimitPolicy({ limit: 3n }), untilTomorrow])],
  },
])
const second = await client.grantPermissionPersonalSign([
  {
    account,
    redeemer: enabled.address,
    sessionValidator: contracts.k1Validator,
    sessionValidatorInitData: enabled.address,
    actions: [action([getSudoPolicy(), getUsageLimitPolicy({ limit: 3n })])],
  },
])

const delegate = await clientOf(task.devnet, enabled, account.address)
const data = encodeFunctionData({ abi: SAFE_MINT, functionName: "safeMint", args: [account.address] })
const calls = [{ to: task.nft, data }]
await included(delegate, await delegate.usePermission({ sessionDetailsArray: second, mode: "ENABLE_AND_USE", calls }))

// JSON has no BigInt: apps write it as a string, or as the original's own helpers do.
const written = (grants, bigint) =>
  JSON.stringify(grants, (_, value) => (typeof value === "bigint" ? bigint(value.toString()) : value))
const grants = [
  written(first, (value) => value),
  written(second, (value) => ({ __type: "bigint", value })),
]
console.log(JSON.stringify({ account: account.address, grants }))
