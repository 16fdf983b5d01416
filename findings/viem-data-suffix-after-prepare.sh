#!/usr/bin/env bash
# viem: with a dataSuffix on the client, what was prepared is no longer what is sent. A user operation that was prepared and
# signed is refused ("AA24 signature error"): the send appends the suffix again. A prepared transaction has too little gas.
#
# Guess: a prepared operation is finished. prepareUserOperation, account.signUserOperation, sendUserOperation({ ...op,
#   signature }) sends what was signed: values that are there already (nonce, fees, gas, paymaster) are left alone by the
#   send. The suffix (ERC-8021 codes: who brought the user) is part of op.callData by then, so it is left alone too. And a
#   transaction is prepared with the suffix that the same client will send.
# What happens: sendUserOperation prepares once more, and the preparation appends the suffix to a given callData as it does to
#   callData that it has encoded itself. With a signature the operation is another one than was signed. Without one
#   (signature: undefined) viem signs the changed operation: it is executed, with the suffix twice.
#   The sibling for transactions does the opposite: prepareTransactionRequest leaves the suffix out and estimates without it;
#   sendTransaction appends it and keeps the gas. A payment then has 21000 gas, less than its data costs, and is never
#   included. Signed and sent raw, the same request goes through, without the suffix.
# Affected: apps where the user's consent, a second signer or a remote key stands between preparing and sending, from
#   the day that somebody adds a suffix. It need not be set on the bundler client: the client given to it as `client` hands
#   its own down. Sent again, the operation fails again. The way out: `dataSuffix: '0x'` in sendUserOperation (undefined
#   does not help); for transactions sendTransaction without preparing.
# Versions: viem 2.57.20, ox 1.8.3 (the suffix), @account-abstraction/contracts 0.8.0, @foundry-rs/anvil 1.7.1, Node.js 20.
#   A stub takes the place of the bundler: it has fixed answers for gas and gives what is sent to EntryPoint 0.8.
# Date: 2026-12-01. Exit status 0 while this holds, 1 when it has changed.
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
npm install --silent --no-audit --no-fund --ignore-scripts viem@2.57.20 ox@1.8.3 @account-abstraction/contracts@0.8.0 \
  @foundry-rs/anvil@1.7.1

cat > run.mjs <<'JS'
import { readFileSync } from 'node:fs'
import { Attribution } from 'ox/erc8021'
import { concat, createWalletClient, custom, decodeErrorResult, decodeEventLog, defineChain, encodeDeployData,
  encodeFunctionData, http, parseTransaction, publicActions, zeroHash } from 'viem'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import { createBundlerClient, toPackedUserOperation, toSimple7702SmartAccount } from 'viem/account-abstraction'

const rpc = process.argv[2]
const chain = defineChain({ id: 31337, name: 'local', nativeCurrency: { name: 'E', symbol: 'E', decimals: 18 },
  rpcUrls: { default: { http: [rpc] } } })
const funded = privateKeyToAccount('0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80')
const dataSuffix = Attribution.toDataSuffix({ codes: ['shop'] })
const wallet = (more) => createWalletClient({ account: funded, chain, transport: http(), pollingInterval: 50, ...more })
  .extend(publicActions)
const client = wallet()
const artifact = (name) => JSON.parse(readFileSync(`node_modules/@account-abstraction/contracts/artifacts/${name}.json`))
const done = async (hash) => client.waitForTransactionReceipt({ hash: await hash })
const suffixes = (data) => data.split(dataSuffix.slice(2)).length - 1

// EntryPoint 0.8 at its address, and an account that is delegated to Simple7702Account.
const { abi, bytecode } = artifact('EntryPoint')
await done(client.sendTransaction({ to: '0x4e59b44847b379578588920cA78FbF26c0B4956C',
  data: concat(['0x0a59dbff790c23c976a548690c27297883cc66b4c67024f9117b0238995e35e9', bytecode]) }))
const { contractAddress: implementation } = await done(client.sendTransaction({
  data: encodeDeployData(artifact('Simple7702Account')) }))
const owner = privateKeyToAccount(generatePrivateKey())
const authorization = await owner.signAuthorization({ address: implementation, chainId: 31337, nonce: 0 })
await done(client.sendTransaction({ to: owner.address, value: 10n ** 18n, authorizationList: [authorization] }))
const account = await toSimple7702SmartAccount({ client, owner, implementation })

let sent, outcome
const bundler = custom({ async request({ method, params: [op] }) {
  if (method === 'eth_estimateUserOperationGas')
    return { callGasLimit: '0x186a0', verificationGasLimit: '0x30d40', preVerificationGas: '0xea60' }
  if (method !== 'eth_sendUserOperation') throw new Error(`not expected: ${method}`)
  sent = op
  const packed = toPackedUserOperation(Object.fromEntries(Object.entries(op).map(([name, value]) =>
    [name, /nonce|gas|fee/i.test(name) ? BigInt(value) : value])))
  const data = encodeFunctionData({ abi, functionName: 'handleOps', args: [[packed], funded.address] })
  const call = { to: account.entryPoint.address, data, gas: 1000000n }
  try {
    await client.call(call)
  } catch (error) {
    const raw = error.walk((cause) => cause.data)?.data
    outcome = decodeErrorResult({ abi, data: raw?.data ?? raw }).args[1]
    return zeroHash
  }
  const { logs } = await done(client.sendTransaction(call))
  const { args } = logs.filter((log) => log.address === account.entryPoint.address.toLowerCase())
    .map((log) => decodeEventLog({ abi, ...log })).find((log) => log.eventName === 'UserOperationEvent')
  outcome = `executed, success ${args.success}`
  return args.userOpHash
} })
const bundlerClient = (more) => createBundlerClient({ account, chain, client, transport: bundler, ...more })

const calls = [{ to: '0x1000000000000000000000000000000000000001', value: 1n }]
// Prepares, signs and sends. `more` goes to the send.
async function threeSteps(bundler, more) {
  const op = await bundler.prepareUserOperation({ calls })
  const signature = await account.signUserOperation(op)
  await bundler.sendUserOperation({ ...op, signature, ...more })
  return op
}
const cases = [
  ['no suffix: prepare, sign, send', () => threeSteps(bundlerClient())],
  ['suffix: prepare, sign, send', () => threeSteps(bundlerClient({ dataSuffix }))],
  ['suffix of the other client: prepare, sign, send', () => threeSteps(bundlerClient({ client: wallet({ dataSuffix }) }))],
  ['suffix: prepare, sign, send with dataSuffix undefined', () =>
    threeSteps(bundlerClient({ dataSuffix }), { dataSuffix: undefined })],
  ["suffix: prepare, sign, send with dataSuffix '0x'", () => threeSteps(bundlerClient({ dataSuffix }), { dataSuffix: '0x' })],
  ['suffix: prepare, send (viem signs)', async () => {
    const op = await bundlerClient({ dataSuffix }).prepareUserOperation({ calls })
    await bundlerClient({ dataSuffix }).sendUserOperation({ ...op, signature: undefined })
    return op
  }],
  ['suffix: send', async () => { await bundlerClient({ dataSuffix }).sendUserOperation({ calls }) }],
]
const seen = []
for (const [name, run] of cases) {
  const op = await run()
  const prepared = op ? `${suffixes(op.callData)} prepared, ` : ''
  seen.push([name, `suffixes: ${prepared}${suffixes(sent.callData)} sent; ${outcome}`])
}

// The same for a payment of a wallet client. The raw transaction is read on its way to the node.
let raw
const reading = custom({ async request(body) {
  if (body.method === 'eth_sendRawTransaction') raw = body.params[0]
  return client.request(body)
} })
const suffixed = wallet({ dataSuffix, transport: reading })
const payment = { to: calls[0].to, value: 1n }
for (const [name, run] of [
  ['suffix: sendTransaction', () => suffixed.sendTransaction(payment)],
  ['suffix: prepareTransactionRequest, signTransaction, sendRawTransaction', async () => {
    const request = await suffixed.prepareTransactionRequest(payment)
    return suffixed.sendRawTransaction({ serializedTransaction: await suffixed.signTransaction(request) })
  }],
  ['suffix: prepareTransactionRequest, sendTransaction', async () =>
    suffixed.sendTransaction(await suffixed.prepareTransactionRequest(payment))],
]) {
  const sending = run()
  const included = await sending.then((hash) => client.waitForTransactionReceipt({ hash, timeout: 3000, retryCount: 0 }))
    .then(({ status }) => `included, ${status}`, () => 'not included')
  const { data = '0x', gas } = parseTransaction(raw)
  const needed = await client.estimateGas({ ...payment, data })
  seen.push([name, `suffixes: ${suffixes(data)} sent; gas: ${gas < needed ? 'too little' : 'enough'}; ${included}`])
  console.log(`  gas ${gas}, needed ${needed}`)
}

for (const [what, result] of seen) console.log(`${what}: ${result}`)
const refused = 'suffixes: 1 prepared, 2 sent; AA24 signature error'
const expected = [
  ['no suffix: prepare, sign, send', 'suffixes: 0 prepared, 0 sent; executed, success true'],
  ['suffix: prepare, sign, send', refused],
  ['suffix of the other client: prepare, sign, send', refused],
  ['suffix: prepare, sign, send with dataSuffix undefined', refused],
  ["suffix: prepare, sign, send with dataSuffix '0x'",
    'suffixes: 1 prepared, 1 sent; executed, success true'],
  ['suffix: prepare, send (viem signs)', 'suffixes: 1 prepared, 2 sent; executed, success true'],
  ['suffix: send', 'suffixes: 1 sent; executed, success true'],
  ['suffix: sendTransaction', 'suffixes: 1 sent; gas: enough; included, success'],
  ['suffix: prepareTransactionRequest, signTransaction, sendRawTransaction',
    'suffixes: 0 sent; gas: enough; included, success'],
  ['suffix: prepareTransactionRequest, sendTransaction', 'suffixes: 1 sent; gas: too little; not included'],
]
const same = JSON.stringify(seen) === JSON.stringify(expected)
console.log(same ? 'As found: what was prepared is not what is sent.' : 'CHANGED')
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
