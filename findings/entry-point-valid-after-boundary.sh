#!/usr/bin/env bash
# ERC-4337: an operation whose validAfter equals the block's timestamp is executed by EntryPoint 0.6 and 0.7 and
# refused by EntryPoint 0.8 ("AA22 expired or not due").
#
# Guess: the time range of validateUserOp has the same meaning in all versions; both ends belong to it
#   (validAfter <= block.timestamp <= validUntil). 0.8 kept the packing of the 32 bytes, and its error text.
# What happens: 0.8 excludes the first second and still includes the last one: validAfter < t <= validUntil. A range with
#   validAfter = validUntil = t runs at t on 0.6 and 0.7 and can never run on 0.8.
# Affected: session keys, paymasters and subscriptions that put "now", or the exact start of a period, in validAfter,
#   and code that checks the range before it sends: the same check is right for 0.6 and 0.7 and one second too early for
#   0.8. On a local chain or a chain with one block per second the operation "valid from now" fails only there.
# Versions: @account-abstraction/contracts 0.6.0, 0.7.0, 0.8.0 (published artifacts), viem 2.57.20, @foundry-rs/anvil 1.7.1.
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
npm install --silent --no-audit --no-fund --ignore-scripts viem@2.57.20 @foundry-rs/anvil@1.7.1 \
  ep06@npm:@account-abstraction/contracts@0.6.0 ep07@npm:@account-abstraction/contracts@0.7.0 \
  ep08@npm:@account-abstraction/contracts@0.8.0

cat > run.mjs <<'JS'
import { readFileSync } from 'node:fs'
import { concat, createWalletClient, decodeErrorResult, decodeEventLog, defineChain, encodeDeployData,
  encodeFunctionData, http, numberToHex, publicActions, testActions } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { toPackedUserOperation } from 'viem/account-abstraction'

const rpc = process.argv[2]
const chain = defineChain({ id: 31337, name: 'local', nativeCurrency: { name: 'E', symbol: 'E', decimals: 18 },
  rpcUrls: { default: { http: [rpc] } } })
const funded = privateKeyToAccount('0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80')
const client = createWalletClient({ account: funded, chain, transport: http(), pollingInterval: 50 })
  .extend(publicActions).extend(testActions({ mode: 'anvil' }))

// validationData: authorizer (20 bytes, low) | validUntil (6 bytes) | validAfter (6 bytes, high).
const range = (validAfter, validUntil) => (validAfter << 208n) | (validUntil << 160n)
// An account that answers every call with one fixed word: PUSH32 word, PUSH0, MSTORE, PUSH1 32, PUSH0, RETURN.
const accountCode = (word) => concat(['0x7f', numberToHex(word, { size: 32 }), '0x5f5260205ff3'])
const sender = '0xacc0000000000000000000000000000000000001'

const cases = {
  'validAfter = t': (t) => range(t, 0n),
  'validAfter = t - 1': (t) => range(t - 1n, 0n),
  'validUntil = t': (t) => range(0n, t),
  'validAfter = validUntil = t': (t) => range(t, t),
}
const expected = {
  '0.6': ['executed', 'executed', 'executed', 'executed'],
  '0.7': ['executed', 'executed', 'executed', 'executed'],
  '0.8': ['AA22 expired or not due', 'executed', 'executed', 'AA22 expired or not due'],
}
let same = true
for (const version of ['0.6', '0.7', '0.8']) {
  const { abi, bytecode } = JSON.parse(readFileSync(`node_modules/ep${version.replace('.', '')}/artifacts/EntryPoint.json`))
  const deployed = await client.waitForTransactionReceipt({ hash: await client.sendTransaction({
    data: encodeDeployData({ abi, bytecode }) }) })
  const entryPoint = deployed.contractAddress
  await client.waitForTransactionReceipt({ hash: await client.writeContract({ address: entryPoint, abi,
    functionName: 'depositTo', args: [sender], value: 10n ** 18n }) })
  let nonce = 0n
  for (const [i, [name, word]] of Object.entries(cases).entries()) {
    const t = (await client.getBlock()).timestamp + 1000n
    await client.setCode({ address: sender, bytecode: accountCode(word(t)) })
    const op = { sender, nonce, initCode: '0x', callData: '0x', callGasLimit: 50000n, verificationGasLimit: 100000n,
      preVerificationGas: 50000n, maxFeePerGas: 2000000000n, maxPriorityFeePerGas: 1000000000n, paymasterAndData: '0x',
      signature: '0x' }
    const data = encodeFunctionData({ abi, functionName: 'handleOps',
      args: [[version === '0.6' ? op : toPackedUserOperation(op)], funded.address] })
    // Gas and fees are given, so the transaction is mined without an estimate before it; its block has the timestamp t.
    await client.setNextBlockTimestamp({ timestamp: t })
    const receipt = await client.waitForTransactionReceipt({ hash: await client.sendTransaction({ to: entryPoint, data,
      gas: 1000000n, maxFeePerGas: 2000000000n, maxPriorityFeePerGas: 1000000000n }) })
    const block = await client.getBlock({ blockNumber: receipt.blockNumber })
    if (block.timestamp !== t) throw new Error(`the block is at ${block.timestamp} and not at ${t}`)
    let seen
    if (receipt.status === 'success') {
      const event = receipt.logs.map((log) => decodeEventLog({ abi, ...log })).find((e) => e.eventName === 'UserOperationEvent')
      seen = event.args.success ? 'executed' : 'executed, call failed'
      nonce += 1n
    } else {
      // The state is unchanged since then but for the gas paid, so the call at the same timestamp tells the reason.
      const answer = await (await fetch(rpc, { method: 'POST', headers: { 'content-type': 'application/json' }, body:
        JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_call', params: [{ from: funded.address, to: entryPoint, data,
          gas: numberToHex(1000000) }, 'latest', {}, { time: numberToHex(t) }] }) })).json()
      seen = decodeErrorResult({ abi, data: answer.error.data }).args[1]
    }
    console.log(`EntryPoint ${version}, block at t, ${name}: ${seen}`)
    if (seen !== expected[version][i]) same = false
  }
}
console.log(same ? 'As found: EntryPoint 0.8 excludes validAfter itself, 0.6 and 0.7 include it.' : 'CHANGED')
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
