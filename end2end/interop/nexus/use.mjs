// The newer original, unmodified, uses a session that the library has granted: it enables the session, mints, and mints again.
// Reads a task from its input: the devnet, the account, the session's key, its permission id and the grant.
import { text } from "node:stream/consumers"
import { decodeAbiParameters, encodeFunctionData, parseAbi, parseAbiParameters, slice } from "viem"
import { privateKeyToAccount } from "viem/accounts"
import { chainOf, clientOf } from "./client.mjs"

const task = JSON.parse(await text(process.stdin))
const chain = chainOf(task.devnet)

/** The session to enable with the owner's signature, and an empty signature of the key. */
const GRANT = parseAbiParameters([
  "struct PolicyData { address policy; bytes initData; }",
  "struct ERC7739Context { bytes32 appDomainSeparator; string[] contentName; }",
  "struct ERC7739Data { ERC7739Context[] allowedERC7739Content; PolicyData[] erc1271Policies; }",
  "struct ActionData { bytes4 actionTargetSelector; address actionTarget; PolicyData[] actionPolicies; }",
  "struct Session { address sessionValidator; bytes sessionValidatorInitData; bytes32 salt; PolicyData[] userOpPolicies; ERC7739Data erc7739Policies; ActionData[] actions; bool permitERC4337Paymaster; }",
  "struct ChainDigest { uint64 chainId; bytes32 sessionDigest; }",
  "struct EnableSession { uint8 chainDigestIndex; ChainDigest[] hashesAndChainIds; Session sessionToEnable; bytes permissionEnableSig; }",
  "EnableSession enableSession, bytes keySignature",
])

const [enableSession] = decodeAbiParameters(GRANT, task.grant)
// The original puts the validator before the signature itself.
const validator = slice(enableSession.permissionEnableSig, 0, 20)
const permissionEnableSig = slice(enableSession.permissionEnableSig, 20)
const details = [
  {
    permissionId: task.permissionId,
    mode: "0x02",
    signature: `0x${"11".repeat(65)}`,
    enableSessionData: {
      enableSession: {
        ...enableSession,
        // The original looks for the chain here too.
        sessionToEnable: { ...enableSession.sessionToEnable, chainId: BigInt(chain.id) },
        permissionEnableSig,
      },
      validator,
      accountType: "nexus",
    },
  },
]

const client = await clientOf(task.devnet, privateKeyToAccount(task.key), task.account)
const data = encodeFunctionData({ abi: parseAbi(["function safeMint(address to)"]), functionName: "safeMint", args: [task.account] })

const gas = []
for (const mode of ["ENABLE_AND_USE", "USE"]) {
  const hash = await client.usePermission({ sessionDetailsArray: details, mode, calls: [{ to: task.nft, data }] })
  const receipt = await client.waitForUserOperationReceipt({ hash })
  if (!receipt.success) throw new Error(`${mode} reverted`)
  gas.push(receipt.actualGasUsed.toString())
}
console.log(JSON.stringify({ gas }))
