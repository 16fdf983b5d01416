#!/usr/bin/env bash
# EIP-7702 in alto: an operation whose authorization is valid on every chain (chainId 0) is sent and included, but its
# gas cannot be estimated: "The chainId does not match".
#
# Guess: eth_estimateUserOperationGas and eth_sendUserOperation read `eip7702Auth` alike; what may be sent may be
#   estimated, and a chainId of 0 ("any chain", EIP-7702) is either known to the bundler or not.
# What happens: the send accepts chainId 0x0. The estimate takes 0 for "no chainId given", puts in 1 (Ethereum mainnet)
#   and refuses with -32602 on every other chain. The same estimate passes with the chain's own id. So one signature for
#   all chains, the reason for chainId 0, fails before it can be used.
# Affected: wallets that let a user sign one delegation for all chains and then follow the usual order: estimate, sign,
#   send (viem, permissionless and others do it so). The way out: estimate with the chain's own id in place of 0; the
#   estimate does not check who signed.
# Versions: @pimlico/alto 0.0.20, @account-abstraction/contracts 0.8.0, viem 2.57.20, @foundry-rs/anvil 1.7.1.
# Date: 2026-11-29. Exit status 0 while this holds, 1 when it has changed.
set -euo pipefail
dir=$(mktemp -d)
anvil_pid=
alto_pid=
cleanup() {
  for pid in $alto_pid $anvil_pid; do kill "$pid" 2>/dev/null || true; wait "$pid" 2>/dev/null || true; done
  rm -rf "$dir"
}
trap cleanup EXIT
mkdir "$dir/bundler"
cd "$dir"
echo '{"private":true,"type":"module"}' > package.json
npm install --silent --no-audit --no-fund --ignore-scripts \
  viem@2.57.20 @foundry-rs/anvil@1.7.1 @account-abstraction/contracts@0.8.0
(cd bundler; echo '{"private":true}' > package.json
  npm install --silent --no-audit --no-fund --ignore-scripts @pimlico/alto@0.0.20)

cat > chain.mjs <<'JS'
import { readFileSync } from 'node:fs'
import { concat, createWalletClient, defineChain, http, publicActions } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
export const chain = defineChain({ id: 31337, name: 'local', nativeCurrency: { name: 'E', symbol: 'E', decimals: 18 },
  rpcUrls: { default: { http: [process.argv[2]] } } })
export const funded = privateKeyToAccount('0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80')
export const client = createWalletClient({ account: funded, chain, transport: http(), pollingInterval: 50 }).extend(publicActions)
export const artifact = (name) => JSON.parse(readFileSync(`node_modules/@account-abstraction/contracts/artifacts/${name}.json`))
export const done = async (hash) => client.waitForTransactionReceipt({ hash: await hash })
// EntryPoint 0.8 at its canonical address, through the deterministic deployer.
export const ENTRY_POINT = '0x4337084D9E255Ff0702461CF8895CE9E3b5Ff108'
export const deployEntryPoint = () => done(client.sendTransaction({ to: '0x4e59b44847b379578588920cA78FbF26c0B4956C',
  data: concat(['0x0a59dbff790c23c976a548690c27297883cc66b4c67024f9117b0238995e35e9', artifact('EntryPoint').bytecode]) }))
JS
cat > deploy.mjs <<'JS'
import { ENTRY_POINT, client, deployEntryPoint } from './chain.mjs'
await deployEntryPoint()
if (!await client.getCode({ address: ENTRY_POINT })) throw new Error('no EntryPoint')
JS
cat > run.mjs <<'JS'
import { encodeDeployData, encodeFunctionData, numberToHex, parseEther } from 'viem'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import { getUserOperationHash } from 'viem/account-abstraction'
import { ENTRY_POINT, artifact, client, done, funded } from './chain.mjs'

const bundler = process.argv[3]
async function ask(method, params) {
  const response = await fetch(bundler, { method: 'POST', headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }) })
  return response.json()
}
const told = ({ result, error }) => error ? `${error.code} ${error.message}` : 'answered'

const { abi, bytecode } = artifact('Simple7702Account')
const { contractAddress: implementation } = await done(client.sendTransaction({ data: encodeDeployData({ abi, bytecode }) }))
const owner = privateKeyToAccount(generatePrivateKey())
await done(client.sendTransaction({ to: owner.address, value: parseEther('1') }))

const authorize = async (chainId) => {
  const { address, nonce, r, s, yParity } = await owner.signAuthorization({ address: implementation, chainId, nonce: 0 })
  return { address, chainId: numberToHex(chainId), nonce: numberToHex(nonce), r, s, yParity: numberToHex(yParity) }
}
const anyChain = await authorize(0)
const thisChain = await authorize(31337)

const callData = encodeFunctionData({ abi, functionName: 'execute', args: [funded.address, 1n, '0x'] })
const stub = await owner.sign({ hash: '0x' + '12'.repeat(32) }) // well-formed, of another hash
const op = { sender: owner.address, nonce: '0x0', factory: '0x7702', factoryData: '0x', callData, signature: stub }

const seen = {}
const good = await ask('eth_estimateUserOperationGas', [{ ...op, eip7702Auth: thisChain }, ENTRY_POINT])
seen['estimate, authorization for chain 31337'] = told(good)
seen['estimate, authorization for any chain (0)'] =
  told(await ask('eth_estimateUserOperationGas', [{ ...op, eip7702Auth: anyChain }, ENTRY_POINT]))

// Send with the any-chain authorization and the gas of the estimate that passed.
const price = (await ask('pimlico_getUserOperationGasPrice', [])).result.fast
const { callGasLimit, verificationGasLimit, preVerificationGas } = good.result
const full = { sender: op.sender, nonce: 0n, factory: '0x7702', factoryData: '0x', callData,
  callGasLimit: BigInt(callGasLimit), verificationGasLimit: BigInt(verificationGasLimit),
  preVerificationGas: BigInt(preVerificationGas), maxFeePerGas: BigInt(price.maxFeePerGas),
  maxPriorityFeePerGas: BigInt(price.maxPriorityFeePerGas), signature: '0x' }
const hash = getUserOperationHash({ chainId: 31337, entryPointAddress: ENTRY_POINT, entryPointVersion: '0.8',
  userOperation: { ...full, authorization: { address: implementation, chainId: 0, nonce: 0 } } })
const wire = Object.fromEntries(Object.entries({ ...full, signature: await owner.sign({ hash }) })
  .map(([key, value]) => [key, typeof value === 'bigint' ? numberToHex(value) : value]))
const sent = await ask('eth_sendUserOperation', [{ ...wire, eip7702Auth: anyChain }, ENTRY_POINT])
seen['send, authorization for any chain (0)'] = told(sent)
let receipt
for (let i = 0; i < 100 && sent.result && !receipt; i++) {
  receipt = (await ask('eth_getUserOperationReceipt', [sent.result])).result
  if (!receipt) await new Promise((resolve) => setTimeout(resolve, 200))
}
seen['receipt of it'] = receipt ? `success: ${receipt.success}` : 'none'
seen['code of the sender afterwards'] =
  (await client.getCode({ address: owner.address })) === `0xef0100${implementation.slice(2).toLowerCase()}` ? 'delegated' : 'none'

const expected = ['answered',
  '-32602 Invalid EIP-7702 authorization: The chainId does not match the userOperation sender address',
  'answered', 'success: true', 'delegated']
for (const [what, answer] of Object.entries(seen)) console.log(`${what}: ${answer}`)
const same = JSON.stringify(Object.values(seen)) === JSON.stringify(expected)
console.log(same ? 'As found: alto includes an any-chain authorization and refuses to estimate it.' : 'CHANGED')
process.exit(same ? 0 : 1)
JS

cat > loopback.cjs <<'JS'
// Keeps every server of the process on the loopback interface.
const { Server } = require('node:net')
const { listen } = Server.prototype
Server.prototype.listen = function (first, ...rest) {
  const options = typeof first === 'object' ? first : { port: Number(first) }
  const callback = rest.find((argument) => typeof argument === 'function')
  return listen.call(this, { ...options, host: '127.0.0.1' }, callback)
}
JS

free_port() {
  node -e 'const s=require("net").createServer().listen(0,"127.0.0.1",()=>{console.log(s.address().port);s.close()})'
}
listening() {
  for _ in $(seq 300); do
    if (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; then return 0; fi
    sleep 0.1
  done
  echo "nothing listens on port $1"; return 2
}
port=$(free_port)
"$(ls node_modules/@foundry-rs/anvil-*/bin/anvil)" --host 127.0.0.1 --port "$port" --hardfork prague --silent &
anvil_pid=$!
listening "$port"
node deploy.mjs "http://127.0.0.1:$port"
bundler_port=$(free_port)
node -r ./loopback.cjs bundler/node_modules/@pimlico/alto/esm/cli/alto.js run --entrypoints 0x4337084D9E255Ff0702461CF8895CE9E3b5Ff108 \
  --rpc-url "http://127.0.0.1:$port" --port "$bundler_port" --safe-mode false \
  --executor-private-keys 0x47e179ec197488593b187f80a00eb0da91f1b9d0b13f8733639f19c30a34926a \
  --utility-private-key 0x8b3a350cf5c34c9194ca85829a2df0ec3153be0318b5e2d3348e872092edffba \
  --utility-wallet-monitor false --deploy-simulations-contract true --code-override-support true \
  --min-bundle-interval 10 --max-bundle-interval 50 --block-time 100 > alto.log 2>&1 &
alto_pid=$!
listening "$bundler_port"
node run.mjs "http://127.0.0.1:$port" "http://127.0.0.1:$bundler_port"
