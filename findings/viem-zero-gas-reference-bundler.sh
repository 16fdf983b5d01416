#!/usr/bin/env bash
# viem on a bundler of the reference family: the default sendUserOperation fails, first with "The `validateUserOp` function
# on the Smart Account reverted", then with "Invalid fields", though account and signature are right.
#
# Guess: createBundlerClient leaves unknown gas limits to the bundler, so a plain sendUserOperation works with any bundler
#   that follows ERC-7769; the fork of eth-infinitism's bundler that MetaMask publishes for tests is the closest to it.
# What happens: viem writes 0x0 for the limits it wants to know. ERC-7769: limits are optional, "but are used if specified".
#   alto takes 0 for unknown. The reference family runs validateUserOp with a gas limit of 0 and reports AA23, which viem
#   shows as a fault of the account.
#   With a verificationGasLimit given by hand the estimate passes, and the send is refused: the preVerificationGas of the
#   estimate was counted with zero bytes in the place of the other values (4 gas in place of 16 for each byte), and the same
#   bundler's own minimum for the finished operation is higher. Both numbers must be given by hand.
# Affected: dapps and test suites that run viem (or permissionless on top) against eth-infinitism's family. With alto, the
#   bundler that most of them develop against, neither shows.
# Versions: viem 2.57.20, permissionless 0.4.1 (the account), @metamask/test-bundler 1.0.0,
#   @account-abstraction/contracts 0.6.0, @foundry-rs/anvil 1.7.1. Date: 2026-11-29.
# Exit status 0 while this holds, 1 when it has changed.
set -euo pipefail
dir=$(mktemp -d)
anvil_pid=
bundler_pid=
cleanup() {
  for pid in $bundler_pid $anvil_pid; do kill "$pid" 2>/dev/null || true; wait "$pid" 2>/dev/null || true; done
  rm -rf "$dir"
}
trap cleanup EXIT
mkdir "$dir/bundler"
cd "$dir"
echo '{"private":true,"type":"module"}' > package.json
npm install --silent --no-audit --no-fund --ignore-scripts \
  viem@2.57.20 permissionless@0.4.1 @account-abstraction/contracts@0.6.0 @foundry-rs/anvil@1.7.1
(cd bundler; echo '{"private":true}' > package.json
  npm install --silent --no-audit --no-fund --ignore-scripts @metamask/test-bundler@1.0.0)

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
cat > bundler/start.cjs <<'JS'
const { writeFileSync } = require('node:fs')
const { startBundler } = require('@metamask/test-bundler')
const [, , network, port] = process.argv
writeFileSync('mnemonic.txt', 'test test test test test test test test test test test junk') // the accounts of anvil
writeFileSync('config.json', JSON.stringify({ network, port, debugRpc: true, mnemonic: './mnemonic.txt',
  entryPoint: '0x5FF137D4b0FDCD49DcA30c7CF57E578a026d2789', beneficiary: '0x8890d2dAB1922Bec92922f7E6879D5c65ba333f4',
  autoBundleInterval: 0, autoBundleMempoolSize: 1, maxBundleGas: 5e6, minBalance: '0', gasFactor: '1', minStake: '1',
  minUnstakeDelay: 0 }))
startBundler({ configFile: './config.json', unsafe: true }).catch((error) => { console.error(error); process.exit(1) })
JS
cat > chain.mjs <<'JS'
import { readFileSync } from 'node:fs'
import { concat, createWalletClient, defineChain, http, publicActions, zeroHash } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
export const chain = defineChain({ id: 31337, name: 'local', nativeCurrency: { name: 'E', symbol: 'E', decimals: 18 },
  rpcUrls: { default: { http: [process.argv[2]] } } })
// The second account of anvil: the first one belongs to the bundler.
const funded = privateKeyToAccount('0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d')
export const client = createWalletClient({ account: funded, chain, transport: http(), pollingInterval: 50 }).extend(publicActions)
export const artifact = (name) => JSON.parse(readFileSync(`node_modules/@account-abstraction/contracts/artifacts/${name}.json`))
export const done = async (hash) => client.waitForTransactionReceipt({ hash: await hash })
// EntryPoint 0.6 at its canonical address, through the deterministic deployer.
export const ENTRY_POINT = '0x5FF137D4b0FDCD49DcA30c7CF57E578a026d2789'
export const deployEntryPoint = () => done(client.sendTransaction({ to: '0x4e59b44847b379578588920cA78FbF26c0B4956C',
  data: concat([zeroHash, artifact('EntryPoint').bytecode]) }))
JS
cat > deploy.mjs <<'JS'
import { ENTRY_POINT, client, deployEntryPoint } from './chain.mjs'
await deployEntryPoint()
if (!await client.getCode({ address: ENTRY_POINT })) throw new Error('no EntryPoint')
JS
cat > run.mjs <<'JS'
import { encodeDeployData, http, parseEther } from 'viem'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import { createBundlerClient } from 'viem/account-abstraction'
import { toSimpleSmartAccount } from 'permissionless/accounts'
import { ENTRY_POINT, artifact, chain, client, done } from './chain.mjs'

const { abi, bytecode } = artifact('SimpleAccountFactory')
const { contractAddress: factoryAddress } = await done(client.sendTransaction({
  data: encodeDeployData({ abi, bytecode, args: [ENTRY_POINT] }) }))
const account = await toSimpleSmartAccount({ client, owner: privateKeyToAccount(generatePrivateKey()), factoryAddress,
  entryPoint: { address: ENTRY_POINT, version: '0.6' } })
// Deployed and funded, so that only an ordinary call is left to do.
const { factory, factoryData } = await account.getFactoryArgs()
await done(client.sendTransaction({ to: factory, data: factoryData }))
await done(client.sendTransaction({ to: account.address, value: parseEther('1') }))

const bundler = createBundlerClient({ account, client, chain, transport: http(process.argv[3]), pollingInterval: 200 })
const attempt = async (given) => {
  try {
    const hash = await bundler.sendUserOperation({
      calls: [{ to: '0x1000000000000000000000000000000000000001', value: 1000n }], ...given })
    const { success } = await bundler.waitForUserOperationReceipt({ hash, timeout: 30000 })
    return `included, success ${success}`
  } catch (error) {
    return `${error.cause?.name}: ${error.details}`
  }
}
const cases = [
  ['nothing given', {}, /^SmartAccountFunctionRevertedError: AA23 reverted/],
  ['verificationGasLimit given', { verificationGasLimit: 1000000n },
    /^InvalidFieldsError: preVerificationGas too low: expected at least \d+$/],
  ['verificationGasLimit and preVerificationGas given', { verificationGasLimit: 1000000n, preVerificationGas: 60000n },
    /^included, success true$/],
]
let same = true
for (const [what, given, expected] of cases) {
  const seen = await attempt(given)
  console.log(`${what}: ${seen}`)
  if (!expected.test(seen)) same = false
}
console.log(same ? 'As found: viem alone cannot send through this bundler, with two limits given it can.' : 'CHANGED')
process.exit(same ? 0 : 1)
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
(cd bundler; exec node -r ../loopback.cjs start.cjs "http://127.0.0.1:$port" "$bundler_port" > bundler.log 2>&1) &
bundler_pid=$!
listening "$bundler_port"
node run.mjs "http://127.0.0.1:$port" "http://127.0.0.1:$bundler_port/rpc"
