// The newer original, unmodified, against the devnet: a Nexus account grants a session, which mints until it is revoked.
// npm ci --prefix end2end/interop/nexus && node end2end/interop/nexus/session.mjs --devnet URL
import assert from "node:assert/strict"
import { parseArgs } from "node:util"
import { toSmartSessionsModule } from "@biconomy/abstractjs"
import { getPermissionId, getRemoveSessionAction, getSudoPolicy, getUsageLimitPolicy } from "@rhinestone/module-sdk"
import { createPublicClient, createWalletClient, encodeFunctionData, http, parseAbi, parseEther } from "viem"
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts"
import { end, step } from "../step.mjs"
import { chainOf, clientOf } from "./client.mjs"

const { values } = parseArgs({ options: { devnet: { type: "string" } } })
const url = (values.devnet ?? process.env.USE_AA_DEVNET)?.replace(/\/$/, "")
if (!url) {
  console.error("usage: node end2end/interop/nexus/session.mjs --devnet URL")
  process.exit(2)
}

const NFT = parseAbi(["function safeMint(address to)", "function balanceOf(address owner) view returns (uint256)"])
const chain = chainOf(url)

const { contracts, funded_keys: keys } = await step("reach the devnet", async () => (await fetch(`${url}/health`)).json())
const reader = createPublicClient({ chain, transport: http() })
const [owner, sessionKey] = [generatePrivateKey(), generatePrivateKey()].map((key) => privateKeyToAccount(key))

async function included(client, hash) {
  const receipt = await client.waitForUserOperationReceipt({ hash })
  assert.equal(receipt.success, true, "the operation must succeed")
  return receipt
}

const nfts = () =>
  reader.readContract({ address: contracts.nft, abi: NFT, functionName: "balanceOf", args: [account.address] })

const client = await step("make the account", () => clientOf(url, owner))
const { account } = client

await step("fund the account", async () => {
  const funder = createWalletClient({ account: privateKeyToAccount(keys[0]), chain, transport: http() })
  const hash = await funder.sendTransaction({ to: account.address, value: parseEther("1") })
  await reader.waitForTransactionReceipt({ hash, pollingInterval: 100 })
})

await step("create the account and install the module", async () => {
  const hash = await client.installModule({ module: toSmartSessionsModule({ signer: owner }) })
  await included(client, hash)
  const module = { type: "validator", address: contracts.smartSession, initData: "0x" }
  assert.equal(await client.isModuleInstalled({ module }), true, "the module must be installed")
})

const mint = {
  to: contracts.nft,
  data: encodeFunctionData({ abi: NFT, functionName: "safeMint", args: [account.address] }),
}
const grant = await step("grant a session", () =>
  client.grantPermissionTypedDataSign([
    {
      account,
      redeemer: sessionKey.address,
      sessionValidator: contracts.k1Validator,
      sessionValidatorInitData: sessionKey.address,
      actions: [
        {
          actionTarget: contracts.nft,
          actionTargetSelector: mint.data.slice(0, 10),
          actionPolicies: [getSudoPolicy(), getUsageLimitPolicy({ limit: 3n })],
        },
      ],
    },
  ]),
)

const delegate = await step("take up the session", () => clientOf(url, sessionKey, account.address))
const use = (mode) => delegate.usePermission({ sessionDetailsArray: grant, mode, calls: [mint] })

await step("enable the session and mint", async () => included(delegate, await use("ENABLE_AND_USE")))
await step("mint again", async () => included(delegate, await use("USE")))
assert.equal(await nfts(), 2n, "the account must hold two NFTs")

await step("revoke the session", async () => {
  const session = grant[0].enableSessionData.enableSession.sessionToEnable
  const { target: to, callData: data } = getRemoveSessionAction({ permissionId: getPermissionId({ session }) })
  await included(client, await client.sendUserOperation({ calls: [{ to, data, value: 0n }] }))
})
await step("mint in vain", async () => {
  await assert.rejects(use("USE"), /0x526d0da5/, "a removed session must be refused")
  assert.equal(await nfts(), 2n, "the account must hold no third NFT")
})

end()
