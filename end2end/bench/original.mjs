// What encodings.rs does, done by the unmodified original. `cargo xtask bench` runs it in Chromium.
import {
  createSessionKeyManagerModule,
  DEFAULT_ABI_SVM_MODULE,
  getSessionDatum,
  getUserOpHash,
  SessionMemoryStorage,
} from "@biconomy/account"
import { MerkleTree } from "merkletreejs"
import {
  encodeAbiParameters,
  encodeFunctionData,
  keccak256,
  pad,
  parseAbi,
  parseAbiParameters,
  toBytes,
  toFunctionSelector,
  toHex,
} from "viem"
import { privateKeyToAccount } from "viem/accounts"
import { polygonAmoy } from "viem/chains"

const SHOP = "0x1758f42Af7026fBbB559Dc60EcE0De3ef81f665e"
const ACCOUNT = pad("0xac", { size: 20 })
const ENTRY_POINT = "0x5FF137D4b0FDCD49DcA30c7CF57E578a026d2789"
const CHAIN = 80002
const KEY = `0x${"5a".repeat(32)}`
const LEAVES = 10

const ABI = parseAbi([
  "function buy(address to, uint256 id, uint256 price)",
  "function execute_ncC(address dest, uint256 value, bytes func)",
])

const leaves = (size) => Array.from({ length: size }, (_, number) => keccak256(toHex(number, { size: 8 })))
const tree = (leaves) => new MerkleTree(leaves, keccak256, { sortPairs: true, hashLeaves: false })

/** How often something is done in a second: the median of batches, three seconds long. */
async function perSecond(act) {
  const warm = performance.now() + 1_000
  let rounds = 0
  while (performance.now() < warm) {
    await act()
    rounds += 1
  }
  const batch = Math.max(1, Math.round(rounds / 20))
  const times = []
  const end = performance.now() + 3_000
  while (performance.now() < end || times.length < 5) {
    const start = performance.now()
    for (let round = 0; round < batch; round += 1) await act()
    times.push((performance.now() - start) / batch)
  }
  times.sort((a, b) => a - b)
  return 1_000 / times[Math.floor(times.length / 2)]
}

/** A session of three rules among others of its account. */
async function session() {
  const key = privateKeyToAccount(KEY)
  const policy = {
    destContract: SHOP,
    functionSelector: toFunctionSelector("buy(address,uint256,uint256)"),
    rules: [
      { offset: 0, condition: 0, referenceValue: ACCOUNT },
      { offset: 32, condition: 3, referenceValue: 100n },
      { offset: 64, condition: 1, referenceValue: 10n ** 18n },
    ],
    valueLimit: 0n,
  }
  const keyData = () => getSessionDatum(key.address, policy)
  const leaf = (validUntil) => ({
    validUntil,
    validAfter: 0,
    sessionValidationModule: DEFAULT_ABI_SVM_MODULE,
    sessionPublicKey: key.address,
    sessionKeyData: keyData(),
  })
  const storage = new SessionMemoryStorage(ACCOUNT)
  const sessionSigner = await storage.addSigner({ pvKey: KEY, pbKey: key.address }, polygonAmoy)
  const manager = await createSessionKeyManagerModule({ smartAccountAddress: ACCOUNT, sessionStorageClient: storage })
  const { sessionIDInfo } = await manager.createSessionData(Array.from({ length: LEAVES }, (_, number) => leaf(number)))
  const params = { sessionSigner, sessionID: sessionIDInfo.at(-1) }

  const hash = (op) => getUserOpHash(op, ENTRY_POINT, CHAIN)
  const signature = async (op) => {
    const signature = await manager.signUserOpHash(hash(op), params)
    return encodeAbiParameters(parseAbiParameters("bytes, address"), [signature, manager.getAddress()])
  }
  const op = async () => {
    const data = encodeFunctionData({ abi: ABI, functionName: "buy", args: [ACCOUNT, 7n, 10n ** 17n] })
    return {
      sender: ACCOUNT,
      nonce: toHex(1n << 64n),
      initCode: "0x",
      callData: encodeFunctionData({ abi: ABI, functionName: "execute_ncC", args: [SHOP, 0n, data] }),
      callGasLimit: toHex(120_000),
      verificationGasLimit: toHex(250_000),
      preVerificationGas: toHex(60_000),
      maxFeePerGas: toHex(30_000_000_000),
      maxPriorityFeePerGas: toHex(1_000_000_000),
      paymasterAndData: "0x",
      signature: await manager.getDummySignature(params),
    }
  }
  const sign = (op) => key.signMessage({ message: { raw: toBytes(hash(op)) } })
  const signedOp = async () => {
    const whole = await op()
    return { ...whole, signature: await signature(whole) }
  }
  return { keyData, hash, sign, signature, op, signedOp }
}

/** Times a second of each thing, by its name in encodings.rs. */
export async function measure() {
  const found = {}
  for (const size of [10, 100, 1_000, 10_000]) {
    const nodes = leaves(size)
    found[`tree of ${size} leaves`] = await perSecond(() => {
      const whole = tree(nodes)
      return [whole.getHexRoot(), whole.getHexProof(nodes[size / 2])]
    })
  }
  const { keyData, hash, sign, signature, op, signedOp } = await session()
  const ready = await op()
  found["session key data"] = await perSecond(keyData)
  found["user operation hash"] = await perSecond(() => hash(ready))
  found["signature of a hash"] = await perSecond(() => sign(ready))
  found["session signature"] = await perSecond(() => signature(ready))
  found["session operation"] = await perSecond(signedOp)
  return found
}
