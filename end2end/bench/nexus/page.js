// The page of the comparison for Nexus, by @biconomy/abstractjs: connect, create a session, mint with the session. The
// account pays for its gas. The session key's client is made once, at the first mint.
import {
  createSmartAccountClient,
  getMEEVersion,
  MEEVersion,
  smartSessionActions,
  toNexusAccount,
  toSmartSessionsModule,
} from "@biconomy/abstractjs"
import { getTimeFramePolicy, getUniversalActionPolicy } from "@rhinestone/module-sdk"
import { createWalletClient, custom, encodeFunctionData, http, pad, parseAbi } from "viem"
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts"
import { polygonAmoy } from "viem/chains"

const NFT = "0x1758f42Af7026fBbB559Dc60EcE0De3ef81f665e"
const K1_VALIDATOR = "0x00000000d12897DDAdC2044614A9677B191A2d95"
const ABI = parseAbi(["function safeMint(address to)"])
const HOUR = 3600
const { origin } = location
const chain = { ...polygonAmoy, rpcUrls: { default: { http: [`${origin}/rpc`] } } }
const redeemer = privateKeyToAccount(generatePrivateKey())
let client
let delegate
let grant

async function clientOf(signer, accountAddress) {
  const version = getMEEVersion(MEEVersion.V2_0_0)
  const account = await toNexusAccount({
    signer,
    chainConfiguration: { chain, transport: http(), version, accountAddress },
  })
  const transport = http(`${origin}/bundler`)
  return createSmartAccountClient({ account, chain, transport, mock: true }).extend(
    smartSessionActions(),
  )
}

const included = async (of, hash) => {
  const receipt = await of.waitForUserOperationReceipt({ hash })
  if (!receipt.success) throw new Error("the operation reverted")
  return receipt
}

async function connect() {
  const provider = await new Promise((resolve) => {
    window.addEventListener("eip6963:announceProvider", ({ detail }) => resolve(detail.provider))
    window.dispatchEvent(new Event("eip6963:requestProvider"))
  })
  // The package takes the wallet from here, whatever signer it is given.
  window.ethereum = provider
  const [address] = await provider.request({ method: "eth_requestAccounts" })
  client = await clientOf(createWalletClient({ account: address, chain, transport: custom(provider) }))
  return client.account.address
}

async function create() {
  const signer = client.account.signer
  await included(client, await client.installModule({ module: toSmartSessionsModule({ signer }) }))
  const rule = { condition: 0, offset: 0n, isLimited: false, ref: pad(client.account.address), usage: { limit: 0n, used: 0n } }
  const rules = Array(16).fill({ ...rule, ref: pad("0x") })
  rules[0] = rule
  const until = Math.floor(Date.now() / 1000) + HOUR
  const policies = [
    getUniversalActionPolicy({ paramRules: { length: 1n, rules }, valueLimitPerUse: 0n }),
    getTimeFramePolicy({ validAfter: 0, validUntil: until }),
  ]
  grant = await client.grantPermissionTypedDataSign([
    {
      account: client.account,
      redeemer: redeemer.address,
      sessionValidator: K1_VALIDATOR,
      sessionValidatorInitData: redeemer.address,
      actions: [{ actionTarget: NFT, actionTargetSelector: mintCall().data.slice(0, 10), actionPolicies: policies }],
    },
  ])
  return `Granted to ${redeemer.address}`
}

const mintCall = () => ({
  to: NFT,
  data: encodeFunctionData({ abi: ABI, functionName: "safeMint", args: [client.account.address] }),
})

let mode = "ENABLE_AND_USE"
async function mint() {
  delegate ??= await clientOf(redeemer, client.account.address)
  const hash = await delegate.usePermission({ sessionDetailsArray: grant, mode, calls: [mintCall()] })
  const { receipt } = await included(delegate, hash)
  mode = "USE"
  return `Confirmed in ${receipt.transactionHash}`
}

function button(name, act, show) {
  const made = document.body.appendChild(document.createElement("button"))
  made.textContent = name
  made.onclick = async () => {
    try {
      show(made, await act())
    } catch (error) {
      said.textContent = String(error.message ?? error)
    }
  }
}
const said = document.createElement("p")
button("Connect", connect, (made, address) => (made.textContent = address))
button("Create session", create, (_, text) => (granted.textContent = text))
button("Mint", mint, (_, text) => (status.textContent = text))
const granted = document.body.appendChild(document.createElement("p"))
const status = document.body.appendChild(document.createElement("p"))
document.body.appendChild(said)
