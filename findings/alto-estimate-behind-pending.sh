#!/usr/bin/env bash
# alto and parallel nonce keys: while another operation of the account and paymaster is pending, the estimated
# verificationGasLimit of the next one is half of what it needs; sent with it, the next one fails: "AA23 reverted 0x".
#
# Guess: the nonce keys of an account are independent lanes, so the estimate for one does not depend on what is pending in
#   another; and a fresh estimate, with the 30 % that alto adds to it, is enough to send.
# What happens: eth_estimateUserOperationGas simulates an operation behind those that wait in alto's mempool: the lower
#   sequences of its own nonce key and, from EntryPoint 0.7 on, every operation of any sender that names the same
#   paymaster. Storage and code which those have read are warm. Operations of one account read the same slots, so the
#   estimate lacks 2,000 gas for each slot of the validation. alto raises callGasLimit for that reason (to 50,000 at
#   least), but not verificationGasLimit. Once the pending one is included, the send is refused. While it is pending, the
#   send is accepted; but bundles take the lowest maxFeePerGas first, and an operation that pays less than the one it was
#   estimated behind is dropped there: its hash stays without a receipt, and only pimlico_getUserOperationStatus tells.
#   It depends on the paymaster: without one, the keys of an account are independent as guessed. The further the
#   validation goes into storage, the larger the gap; 24 slots are used here.
# Affected: dapps that send in parallel for one account with one paymaster: batch minting, games, bots, session keys (their
#   policies are storage). It shows as a rare failure of the second operation, gone on retry. The way out: estimate again
#   once the earlier ones are included, or keep the largest verificationGasLimit seen for this kind of operation, or add
#   to it while others of the account are pending. An operator of alto can name the paymaster in --ignored-paymasters.
# Versions: @pimlico/alto 0.0.20 (the newest; 0.0.19 estimates and refuses alike, 0.0.18 is not affected),
#   @account-abstraction/contracts 0.7.0 and 0.8.0, viem 2.57.20, solc 0.8.28, @foundry-rs/anvil 1.7.1.
# Date: 2026-11-30. Exit status 0 while this holds, 1 when it has changed.
set -euo pipefail
dir=$(mktemp -d)
anvil_pid=
alto_pid=
cleanup() {
  # Not SIGTERM: alto takes more than a minute to end on it.
  for pid in $alto_pid $anvil_pid; do kill -KILL "$pid" 2>/dev/null || true; wait "$pid" 2>/dev/null || true; done
  rm -rf "$dir"
}
trap cleanup EXIT
mkdir "$dir/bundler"
cd "$dir"
echo '{"private":true,"type":"module"}' > package.json
npm install --silent --no-audit --no-fund --ignore-scripts viem@2.57.20 solc@0.8.28 @foundry-rs/anvil@1.7.1 \
  ep07@npm:@account-abstraction/contracts@0.7.0 ep08@npm:@account-abstraction/contracts@0.8.0
(cd bundler; echo '{"private":true}' > package.json
  npm install --silent --no-audit --no-fund --ignore-scripts @pimlico/alto@0.0.20)

cat > Parties.sol <<'SOL'
// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;
struct Operation {
  address sender; uint256 nonce; bytes initCode; bytes callData; bytes32 accountGasLimits; uint256 preVerificationGas;
  bytes32 gasFees; bytes paymasterAndData; bytes signature;
}
// Reads 24 storage slots before the signature, about as much as the policies of a session key.
contract Account {
  address immutable owner;
  uint256[24] longestCall;
  uint256 public calls;
  constructor(address owner_) {
    owner = owner_;
    for (uint256 i; i < longestCall.length; i++) longestCall[i] = 100;
  }
  // The gas is paid from a deposit at the EntryPoint or by a paymaster, so nothing is ever missing.
  function validateUserOp(Operation calldata op, bytes32 hash, uint256) external view returns (uint256) {
    for (uint256 i; i < longestCall.length; i++) require(op.callData.length <= longestCall[i], "call too long");
    (bytes32 r, bytes32 s, uint8 v) = abi.decode(op.signature, (bytes32, bytes32, uint8));
    return ecrecover(hash, v, r, s) == owner ? 0 : 1;
  }
  function count() external { calls++; }
}
contract Paymaster {
  function validatePaymasterUserOp(Operation calldata, bytes32, uint256) external pure returns (bytes memory, uint256) {
    return ("", 0);
  }
}
SOL

cat > chain.mjs <<'JS'
import { readFileSync } from 'node:fs'
import { concat, createWalletClient, defineChain, http, publicActions } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
const chain = defineChain({ id: 31337, name: 'local', nativeCurrency: { name: 'E', symbol: 'E', decimals: 18 },
  rpcUrls: { default: { http: [process.argv[2]] } } })
const funded = privateKeyToAccount('0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80')
export const client = createWalletClient({ account: funded, chain, transport: http(), pollingInterval: 50 }).extend(publicActions)
export const done = async (hash) => client.waitForTransactionReceipt({ hash: await hash })
// At their canonical addresses, through the deterministic deployer.
const salts = { '0.7': '0x90d8084deab30c2a37c45e8d47f49f2f7965183cb6990a98943ef94940681de3',
  '0.8': '0x0a59dbff790c23c976a548690c27297883cc66b4c67024f9117b0238995e35e9' }
export const entryPoints = {}
for (const [i, [version, salt]] of Object.entries(salts).entries()) {
  const { abi, bytecode } = JSON.parse(readFileSync(`node_modules/ep${version.replace('.', '')}/artifacts/EntryPoint.json`))
  const deploy = () => done(client.sendTransaction({ to: '0x4e59b44847b379578588920cA78FbF26c0B4956C',
    data: concat([salt, bytecode]) }))
  entryPoints[version] = { address: process.argv[4 + i], abi, deploy }
}
JS
cat > deploy.mjs <<'JS'
import { client, entryPoints } from './chain.mjs'
for (const { address, deploy } of Object.values(entryPoints)) {
  await deploy()
  if (!await client.getCode({ address })) throw new Error(`no EntryPoint at ${address}`)
}
JS
cat > run.mjs <<'JS'
import { createRequire } from 'node:module'
import { readFileSync } from 'node:fs'
import { encodeAbiParameters, encodeDeployData, encodeFunctionData, numberToHex, parseEther, parseSignature } from 'viem'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import { getUserOperationHash } from 'viem/account-abstraction'
import { client, done, entryPoints } from './chain.mjs'

const bundler = process.argv[3]
async function ask(method, ...params) {
  const response = await fetch(bundler, { method: 'POST', headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }) })
  return response.json()
}
async function must(method, ...params) {
  const { result, error } = await ask(method, ...params)
  if (error) throw new Error(`${method}: ${error.code} ${error.message}`)
  return result
}
const numbers = (fields) => Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, BigInt(value)]))
const hex = (fields) => Object.fromEntries(Object.entries(fields)
  .map(([key, value]) => [key, typeof value === 'bigint' ? numberToHex(value) : value]))
const told = ({ error }) => error ? `${error.code} ${error.message}` : 'accepted'
async function outcome(hash) {
  for (let i = 0; i < 300; i++) {
    const receipt = await must('eth_getUserOperationReceipt', hash)
    if (receipt) return receipt.success ? 'included' : 'reverted'
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  return 'no receipt'
}

const solc = createRequire(import.meta.url)('solc')
const { contracts, errors = [] } = JSON.parse(solc.compile(JSON.stringify({
  language: 'Solidity', sources: { 'Parties.sol': { content: readFileSync('Parties.sol', 'utf8') } },
  settings: { optimizer: { enabled: true }, outputSelection: { '*': { '*': ['abi', 'evm.bytecode.object'] } } } })))
for (const { severity, formattedMessage } of errors) if (severity === 'error') throw new Error(formattedMessage)
async function deploy(name, ...args) {
  const { abi, evm } = contracts['Parties.sol'][name]
  const data = encodeDeployData({ abi, bytecode: `0x${evm.bytecode.object}`, args })
  return { abi, address: (await done(client.sendTransaction({ data }))).contractAddress }
}

const owner = privateKeyToAccount(generatePrivateKey())
async function sign(hash) {
  const { r, s, v } = parseSignature(await owner.sign({ hash }))
  return encodeAbiParameters([{ type: 'bytes32' }, { type: 'bytes32' }, { type: 'uint8' }], [r, s, Number(v)])
}
const stub = await sign('0x' + '12'.repeat(32)) // well-formed, of another hash

let same = true
for (const [version, { address: entryPoint, abi }] of Object.entries(entryPoints)) {
  const account = await deploy('Account', owner.address)
  const paymaster = await deploy('Paymaster')
  for (const { address } of [account, paymaster])
    await done(client.writeContract({ address: entryPoint, abi, functionName: 'depositTo', args: [address],
      value: parseEther('1') }))

  const callData = encodeFunctionData({ abi: account.abi, functionName: 'count' })
  const fees = numbers((await must('pimlico_getUserOperationGasPrice')).fast)
  const double = { maxFeePerGas: fees.maxFeePerGas * 2n, maxPriorityFeePerGas: fees.maxPriorityFeePerGas * 2n }
  const unpaid = (key, price) => ({ sender: account.address, nonce: BigInt(key) << 64n, callData, ...price })
  const paid = (key, price) => ({ ...unpaid(key, price), paymaster: paymaster.address, paymasterData: '0x' })
  const estimate = async (op) => numbers(await must('eth_estimateUserOperationGas', hex({ ...op, signature: stub }), entryPoint))
  const send = async (op, limits) => {
    const userOperation = { ...op, ...limits, signature: '0x' }
    const hash = getUserOperationHash({ chainId: 31337, entryPointAddress: entryPoint, entryPointVersion: version,
      userOperation })
    const answer = await ask('eth_sendUserOperation', hex({ ...userOperation, signature: await sign(hash) }), entryPoint)
    return { ...answer, hash }
  }
  const bundled = async ({ hash, ...answer }) => {
    if (answer.error) return told(answer)
    await must('debug_bundler_sendBundleNow')
    return outcome(hash)
  }
  const show = (what, seen, expected = seen) => {
    console.log(`EntryPoint ${version}, ${what}: ${seen}${seen === expected ? '' : ` (CHANGED, was: ${expected})`}`)
    same &&= seen === expected
  }

  // Four nonce keys of one account: 1 and 3 go ahead, and pay twice the price; 2 is watched; 4 has no paymaster.
  const first = paid(1, double), watched = paid(2, fees), other = paid(3, double), own = unpaid(4, fees)
  const alone = await estimate(watched)
  const ownAlone = await estimate(own)
  const sentFirst = await send(first, await estimate(first))
  const behind = await estimate(watched)
  const ownBehind = await estimate(own)
  show('first operation', await bundled(sentFirst), 'included')
  const after = await estimate(watched)

  const limit = ({ verificationGasLimit }) => Number(verificationGasLimit)
  show('estimate with nothing pending', limit(alone))
  show('estimate with the first one pending', limit(behind))
  show('estimate with the first one included', limit(after), limit(alone))
  const ratio = limit(behind) / limit(after)
  show('ratio of pending to included', ratio.toFixed(2), ratio < 0.6 ? ratio.toFixed(2) : 'below 0.6')
  show('estimate without a paymaster, nothing pending', limit(ownAlone))
  show('estimate without a paymaster, the first one pending', limit(ownBehind), limit(ownAlone))

  const refused = await send(watched, behind)
  show('send with the estimate made while pending', told(refused),
    '-32500 UserOperation reverted with reason: AA23 reverted 0x')
  if (!refused.error) break
  const sentOther = await send(other, after)
  const lost = await send(watched, behind)
  show('the same send with another one pending', told(lost), 'accepted')
  show('that other one', await bundled(sentOther), 'included')
  const { status } = await must('pimlico_getUserOperationStatus', lost.hash)
  const receipt = await must('eth_getUserOperationReceipt', lost.hash)
  show('the operation, bundled ahead of it', `${status}, ${receipt ? 'a receipt' : 'no receipt'}`, 'rejected, no receipt')
  show('the operation with the later estimate', await bundled(await send(watched, after)), 'included')
}
console.log(same ? 'As found: alto estimates an operation behind the pending ones of its paymaster, and too low.' : 'CHANGED')
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
  for _ in $(seq 600); do
    if (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; then return 0; fi
    sleep 0.1
  done
  echo "nothing listens on port $1"; return 2
}
ep07=0x0000000071727De22E5E9d8BAf0edAc6f37da032
ep08=0x4337084D9E255Ff0702461CF8895CE9E3b5Ff108
port=$(free_port)
"$(ls node_modules/@foundry-rs/anvil-*/bin/anvil)" --host 127.0.0.1 --port "$port" --hardfork prague --silent &
anvil_pid=$!
listening "$port"
node deploy.mjs "http://127.0.0.1:$port" - "$ep07" "$ep08"
bundler_port=$(free_port)
# Bundles are made on request (debug_bundler_sendBundleNow), so an operation waits for as long as the script wants.
node -r ./loopback.cjs bundler/node_modules/@pimlico/alto/esm/cli/alto.js run --entrypoints "$ep07,$ep08" \
  --rpc-url "http://127.0.0.1:$port" --port "$bundler_port" --safe-mode false \
  --bundle-mode manual --enable-debug-endpoints true \
  --executor-private-keys 0x47e179ec197488593b187f80a00eb0da91f1b9d0b13f8733639f19c30a34926a \
  --utility-private-key 0x8b3a350cf5c34c9194ca85829a2df0ec3153be0318b5e2d3348e872092edffba \
  --utility-wallet-monitor false --deploy-simulations-contract true --code-override-support true --block-time 100 \
  > alto.log 2>&1 &
alto_pid=$!
listening "$bundler_port"
node run.mjs "http://127.0.0.1:$port" "http://127.0.0.1:$bundler_port" "$ep07" "$ep08"
