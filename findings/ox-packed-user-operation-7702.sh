#!/usr/bin/env bash
# ox: UserOperation.toPacked gives an EIP-7702 operation that EntryPoint 0.8 refuses (AA10), though its hash is right; and
# UserOperation.fromPacked loses the paymaster signature of 0.9, so the hash of the operation changes on the way.
#
# Guess: toPacked gives the struct for handleOps, as viem's toPackedUserOperation does (same authors, same names, same
#   options), and fromPacked is its inverse: hash(fromPacked(toPacked(op))) = hash(op).
# What happens:
#   1. The hash of EntryPoint 0.8 has the delegate's address in the place of the marker 0x7702 in initCode, the struct
#      itself has the marker. toPacked of ox puts the delegate into the struct as well, with or without its option
#      `forHash`. EntryPoint 0.8 takes the delegate for a factory: "AA10 sender already constructed". viem writes the
#      marker when the struct is not for the hash, and the same operation with the same signature is executed.
#   2. In 0.9 a paymaster's signature (and its length and a magic word) at the end of paymasterAndData is no part of the
#      hash. toPacked writes it, fromPacked leaves it inside paymasterData: the hash of what comes back is neither the one
#      before nor the one that EntryPoint 0.9 answers.
# Affected: bundlers, relayers and self-bundling wallets on ox; indexers that decode handleOps with ox and hash again.
# Versions: ox 1.8.3, viem 2.57.20, @account-abstraction/contracts 0.8.0 and 0.9.0-rc.1, @foundry-rs/anvil 1.7.1.
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
npm install --silent --no-audit --no-fund --ignore-scripts ox@1.8.3 viem@2.57.20 @foundry-rs/anvil@1.7.1 \
  ep08@npm:@account-abstraction/contracts@0.8.0 ep09@npm:@account-abstraction/contracts@0.9.0-rc.1

cat > run.mjs <<'JS'
import { readFileSync } from 'node:fs'
import { UserOperation } from 'ox/erc4337'
import { concat, createWalletClient, decodeErrorResult, decodeEventLog, defineChain, encodeDeployData,
  encodeFunctionData, http, publicActions } from 'viem'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import { toPackedUserOperation } from 'viem/account-abstraction'

const rpc = process.argv[2]
const chain = defineChain({ id: 31337, name: 'local', nativeCurrency: { name: 'E', symbol: 'E', decimals: 18 },
  rpcUrls: { default: { http: [rpc] } } })
const funded = privateKeyToAccount('0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80')
const client = createWalletClient({ account: funded, chain, transport: http(), pollingInterval: 50 }).extend(publicActions)
const artifact = (version, name) => JSON.parse(readFileSync(`node_modules/${version}/artifacts/${name}.json`))
const done = async (hash) => client.waitForTransactionReceipt({ hash: await hash })
const seen = []

// 1. An account that is delegated to Simple7702Account, and an operation of it with the marker.
const entryPoint08 = '0x4337084D9E255Ff0702461CF8895CE9E3b5Ff108'
const { abi, bytecode } = artifact('ep08', 'EntryPoint')
await done(client.sendTransaction({ to: '0x4e59b44847b379578588920cA78FbF26c0B4956C',
  data: concat(['0x0a59dbff790c23c976a548690c27297883cc66b4c67024f9117b0238995e35e9', bytecode]) }))
const simple = artifact('ep08', 'Simple7702Account')
const { contractAddress: implementation } = await done(client.sendTransaction({
  data: encodeDeployData({ abi: simple.abi, bytecode: simple.bytecode }) }))
const owner = privateKeyToAccount(generatePrivateKey())
const authorization = await owner.signAuthorization({ address: implementation, chainId: 31337, nonce: 0 })
await done(client.sendTransaction({ to: owner.address, value: 10n ** 18n, authorizationList: [authorization] }))

const target = '0x1000000000000000000000000000000000000001'
const op = { sender: owner.address, nonce: 0n, factory: '0x7702', authorization,
  callData: encodeFunctionData({ abi: simple.abi, functionName: 'execute', args: [target, 1000n, '0x'] }),
  callGasLimit: 100000n, verificationGasLimit: 200000n, preVerificationGas: 60000n, maxFeePerGas: 4000000000n,
  maxPriorityFeePerGas: 1000000000n, signature: '0x' }
const hash = UserOperation.hash(op, { chainId: 31337, entryPointAddress: entryPoint08, entryPointVersion: '0.8' })
op.signature = await owner.sign({ hash })
for (const [name, packed] of [['ox toPacked', UserOperation.toPacked(op)], ['viem toPackedUserOperation', toPackedUserOperation(op)]]) {
  const initCode = packed.initCode.toLowerCase() === implementation.toLowerCase() ? 'the delegate' : packed.initCode
  const data = encodeFunctionData({ abi, functionName: 'handleOps', args: [[packed], funded.address] })
  const answer = await (await fetch(rpc, { method: 'POST', headers: { 'content-type': 'application/json' }, body:
    JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_call', params: [{ from: funded.address, to: entryPoint08, data }, 'latest'] })
  })).json()
  let result
  if (answer.error) result = decodeErrorResult({ abi, data: answer.error.data }).args[1]
  else {
    const receipt = await done(client.sendTransaction({ to: entryPoint08, data, gas: 1000000n }))
    const events = receipt.logs.filter((log) => log.address === entryPoint08.toLowerCase()).map((log) => decodeEventLog({ abi, ...log }))
    const { args } = events.find((event) => event.eventName === 'UserOperationEvent')
    result = `executed, success ${args.success}, hash as in ox: ${args.userOpHash === hash}`
  }
  seen.push([`${name}, initCode is ${initCode}`, result])
}

// 2. EntryPoint 0.9 and a paymaster's signature.
const ep09 = artifact('ep09', 'EntryPoint')
const { contractAddress: entryPoint09 } = await done(client.sendTransaction({
  data: encodeDeployData({ abi: ep09.abi, bytecode: ep09.bytecode }) }))
const plain = { ...op, factory: undefined, authorization: undefined, paymaster: target, paymasterData: '0x1234',
  paymasterVerificationGasLimit: 50000n, paymasterPostOpGasLimit: 20000n, paymasterSignature: `0x${'ab'.repeat(65)}` }
const options = { chainId: 31337, entryPointAddress: entryPoint09, entryPointVersion: '0.9' }
const packed = UserOperation.toPacked(plain)
const onChain = await client.readContract({ address: entryPoint09, abi: ep09.abi, functionName: 'getUserOpHash', args: [packed] })
const back = UserOperation.fromPacked(packed)
seen.push(['0.9: hash(op) = hash of EntryPoint 0.9', String(UserOperation.hash(plain, options) === onChain)])
seen.push(['0.9: hash(fromPacked(toPacked(op))) = hash of EntryPoint 0.9', String(UserOperation.hash(back, options) === onChain)])
seen.push(['0.9: length of paymasterData before and after, in bytes', `${(plain.paymasterData.length - 2) / 2} and ${(back.paymasterData.length - 2) / 2}`])
seen.push(['0.9: paymasterSignature after', String(back.paymasterSignature)])

for (const [what, result] of seen) console.log(`${what}: ${result}`)
const expected = [
  ['ox toPacked, initCode is the delegate', 'AA10 sender already constructed'],
  ['viem toPackedUserOperation, initCode is 0x7702', 'executed, success true, hash as in ox: true'],
  ['0.9: hash(op) = hash of EntryPoint 0.9', 'true'],
  ['0.9: hash(fromPacked(toPacked(op))) = hash of EntryPoint 0.9', 'false'],
  ['0.9: length of paymasterData before and after, in bytes', '2 and 77'],
  ['0.9: paymasterSignature after', 'undefined'],
]
const same = JSON.stringify(seen) === JSON.stringify(expected)
console.log(same ? 'As found: the packed form of ox is refused for EIP-7702 and does not come back the same for 0.9.' : 'CHANGED')
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
