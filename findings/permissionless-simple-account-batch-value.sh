#!/usr/bin/env bash
# permissionless: a batch of two native transfers from a SimpleAccount on EntryPoint 0.6 succeeds and transfers nothing.
#
# Guess: toSimpleSmartAccount takes calls { to, value, data }; what one call can do, two can do as well. If the account's
#   batch function cannot carry a value, encodeCalls throws.
# What happens: executeBatch of SimpleAccount 0.6 is (address[], bytes[]) and calls with value 0. encodeCalls drops the
#   values without a word. The operation is included with success: true, gas is paid, no coin moves; decodeCalls gives the
#   calls back with value 0. A single call with a value works, and so do batches with EntryPoint 0.7 and 0.8 (read).
# Affected: apps on the 0.6 account (its factory is the library's default for 0.6) that batch payouts, "deposit + stake"
#   or "wrap + swap", and read success from the receipt.
# Versions: permissionless 0.4.1, viem 2.57.20, @account-abstraction/contracts 0.6.0, @foundry-rs/anvil 1.7.1.
# Date: 2026-11-29. Exit status 0 while this holds, 1 when it has changed.
set -euo pipefail
dir=$(mktemp -d)
anvil_pid=
cleanup() {
  if [ -n "$anvil_pid" ]; then kill "$anvil_pid" 2>/dev/null || true; wait "$anvil_pid" 2>/dev/null || true; fi
  rm -rf "$dir"
}
trap cleanup EXIT
cd "$dir"
echo '{"private":true,"type":"module"}' > package.json
npm install --silent --no-audit --no-fund --ignore-scripts \
  permissionless@0.4.1 viem@2.57.20 @account-abstraction/contracts@0.6.0 @foundry-rs/anvil@1.7.1

cat > run.mjs <<'JS'
import { readFileSync } from 'node:fs'
import { concat, createWalletClient, decodeEventLog, defineChain, encodeDeployData, http, parseEther, publicActions,
  zeroHash } from 'viem'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import { toSimpleSmartAccount } from 'permissionless/accounts'

const rpc = process.argv[2]
const chain = defineChain({ id: 31337, name: 'local', nativeCurrency: { name: 'E', symbol: 'E', decimals: 18 },
  rpcUrls: { default: { http: [rpc] } } })
const funded = privateKeyToAccount('0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80')
const client = createWalletClient({ account: funded, chain, transport: http(), pollingInterval: 50 }).extend(publicActions)
const artifact = (name) => JSON.parse(readFileSync(`node_modules/@account-abstraction/contracts/artifacts/${name}.json`))
const done = async (hash) => client.waitForTransactionReceipt({ hash: await hash })

const entryPoint = { address: '0x5FF137D4b0FDCD49DcA30c7CF57E578a026d2789', version: '0.6' }
const { abi } = artifact('EntryPoint')
await done(client.sendTransaction({ to: '0x4e59b44847b379578588920cA78FbF26c0B4956C',
  data: concat([zeroHash, artifact('EntryPoint').bytecode]) }))
const factory = artifact('SimpleAccountFactory')
const { contractAddress: factoryAddress } = await done(client.sendTransaction({ data:
  encodeDeployData({ abi: factory.abi, bytecode: factory.bytecode, args: [entryPoint.address] }) }))

const owner = privateKeyToAccount(generatePrivateKey())
const account = await toSimpleSmartAccount({ client, owner, entryPoint, factoryAddress })
await done(client.sendTransaction({ to: account.address, value: parseEther('1') }))

const one = '0x1000000000000000000000000000000000000001'
const two = '0x2000000000000000000000000000000000000002'
async function run(calls) {
  const { factory: to, factoryData } = await account.getFactoryArgs()
  const op = { sender: account.address, nonce: await account.getNonce(), initCode: to ? concat([to, factoryData]) : '0x',
    callData: await account.encodeCalls(calls), callGasLimit: 200000n, verificationGasLimit: 500000n,
    preVerificationGas: 60000n, maxFeePerGas: 2000000000n, maxPriorityFeePerGas: 1000000000n, paymasterAndData: '0x' }
  const signature = await account.signUserOperation({ ...op, chainId: 31337 })
  const receipt = await done(client.writeContract({ address: entryPoint.address, abi, functionName: 'handleOps',
    args: [[{ ...op, signature }], funded.address], gas: 3000000n }))
  const { args } = receipt.logs.filter((log) => log.address === entryPoint.address.toLowerCase())
    .map((log) => decodeEventLog({ abi, ...log })).find((event) => event.eventName === 'UserOperationEvent')
  const back = (await account.decodeCalls(op.callData)).map((call) => call.value)
  const held = [await client.getBalance({ address: one }), await client.getBalance({ address: two })]
  return { success: args.success, held: held.join(' and '), decoded: back.join(' and ') }
}
const value = 1000n
const seen = [
  ['one call with 1000 wei', await run([{ to: one, value }]), { success: true, held: '1000 and 0', decoded: '1000' }],
  ['two calls with 1000 wei each', await run([{ to: one, value }, { to: two, value }]),
    { success: true, held: '1000 and 0', decoded: '0 and 0' }],
]
let same = true
for (const [what, result, expected] of seen) {
  console.log(`${what}: success ${result.success}, the targets now hold ${result.held} wei, decodeCalls says ${result.decoded} wei`)
  if (JSON.stringify(result) !== JSON.stringify(expected)) same = false
}
console.log(same ? 'As found: the values of a batch are dropped, and the operation succeeds.' : 'CHANGED')
process.exit(same ? 0 : 1)
JS

port=$(node -e 'const s=require("net").createServer().listen(0,"127.0.0.1",()=>{console.log(s.address().port);s.close()})')
"$(ls node_modules/@foundry-rs/anvil-*/bin/anvil)" --host 127.0.0.1 --port "$port" --hardfork prague --silent &
anvil_pid=$!
for _ in $(seq 100); do
  if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then break; fi
  sleep 0.1
done
node run.mjs "http://127.0.0.1:$port"
