#!/usr/bin/env bash
# permissionless: `revertOnError: true` in an ERC-7579 execution mode means that errors do not revert. A batch whose second
# call fails keeps the first one, and the operation reports success: true. `false`, or nothing, reverts the whole batch.
#
# Guess: encode7579Calls({ mode: { type, revertOnError }, callData }) does what its option says: true is all or nothing (and
#   the default of the standard), false goes on after a failed call.
# What happens: ERC-7579 has two execution types: 0x00 reverts, 0x01 "try" goes on. permissionless writes true as 0x01. So
#   true is what @metamask/smart-accounts-kit names BatchTry and SingleTry, false is its BatchDefault and SingleDefault. A
#   single call that fails with true is a success as well. The `success` of a receipt comes from the same event of the
#   EntryPoint, so only an event of the account tells.
#   decode7579Calls shows a "try" mode as revertOnError: true. supportsExecutionMode({ revertOnError: true }) asks the
#   account for "try", so one that only reverts answers false to "do you revert?" (read). permissionless's own accounts
#   pass false and revert, which is why nobody sees it until a mode is chosen by hand.
# Affected: who picks the mode: approve and swap, charge and deliver, where half a batch costs money; screens that decode
#   an operation for consent. @biconomy/abstractjs 1.2.3 has the same option with the same meaning in
#   encodeExecutionMode and supportsExecutionMode (read). ZeroDev's SDK names it TRY_EXEC (read).
#   The way out: leave the option out for all or nothing.
# Versions: permissionless 0.4.1, viem 2.57.20, @metamask/smart-accounts-kit 2.0.0 (the account), @metamask/delegation-abis
#   2.0.0 (its bytecode), @account-abstraction/contracts 0.7.0, @foundry-rs/anvil 1.7.1, Node.js 20.
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
export DO_NOT_TRACK=1
echo '{"private":true,"type":"module"}' > package.json
npm install --silent --no-audit --no-fund --ignore-scripts permissionless@0.4.1 viem@2.57.20 \
  @metamask/smart-accounts-kit@2.0.0 @metamask/delegation-abis@2.0.0 @account-abstraction/contracts@0.7.0 \
  @foundry-rs/anvil@1.7.1

cat > run.mjs <<'JS'
import { readFileSync } from 'node:fs'
import { EIP7702StatelessDeleGator } from '@metamask/delegation-abis'
import { EIP7702StatelessDeleGator as bytecode } from '@metamask/delegation-abis/bytecode'
import { ExecutionMode, Implementation, toMetaMaskSmartAccount } from '@metamask/smart-accounts-kit'
import { decode7579Calls, encode7579Calls } from 'permissionless/utils'
import { createWalletClient, decodeFunctionData, defineChain, encodeDeployData, encodeFunctionData, http, parseEther,
  parseEventLogs, publicActions } from 'viem'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import { entryPoint07Abi, toPackedUserOperation } from 'viem/account-abstraction'

const chain = defineChain({ id: 31337, name: 'local', nativeCurrency: { name: 'E', symbol: 'E', decimals: 18 },
  rpcUrls: { default: { http: [process.argv[2]] } } })
const funded = privateKeyToAccount('0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80')
const client = createWalletClient({ account: funded, chain, transport: http(), pollingInterval: 50 }).extend(publicActions)
const done = async (hash) => client.waitForTransactionReceipt({ hash: await hash })
const deploy = async (contract) => (await done(client.sendTransaction({ data: encodeDeployData(contract) }))).contractAddress

// EntryPoint 0.7 and an account that is delegated to MetaMask's ERC-7579 account. No delegation of theirs is used.
const artifacts = 'node_modules/@account-abstraction/contracts/artifacts'
const entryPoint = await deploy(JSON.parse(readFileSync(`${artifacts}/EntryPoint.json`)))
const abi = EIP7702StatelessDeleGator
const implementation = await deploy({ abi, bytecode, args: [entryPoint, entryPoint] })
const owner = privateKeyToAccount(generatePrivateKey())
const authorization = await owner.signAuthorization({ address: implementation, chainId: 31337, nonce: 0 })
await done(client.sendTransaction({ to: owner.address, value: parseEther('1'), authorizationList: [authorization] }))
const account = await toMetaMaskSmartAccount({ client, implementation: Implementation.Stateless7702, address: owner.address,
  signer: { account: owner }, environment: { EntryPoint: entryPoint,
    implementations: { EIP7702StatelessDeleGatorImpl: implementation }, caveatEnforcers: {} } })

// A payment, and a call that reverts: nothing is deposited that could be withdrawn.
const shop = '0x1000000000000000000000000000000000000001'
const payment = { to: shop, value: 1000n, data: '0x' }
const reverting = { to: entryPoint, value: 0n,
  data: encodeFunctionData({ abi: entryPoint07Abi, functionName: 'withdrawTo', args: [shop, 1n] }) }
async function execute(mode, calls) {
  const before = await client.getBalance({ address: shop })
  const op = { sender: account.address, nonce: await account.getNonce(), callData: encode7579Calls({ mode, callData: calls }),
    callGasLimit: 300000n, verificationGasLimit: 300000n, preVerificationGas: 60000n, maxFeePerGas: 4000000000n,
    maxPriorityFeePerGas: 1000000000n, signature: '0x' }
  op.signature = await account.signUserOperation({ ...op, chainId: 31337 })
  const data = encodeFunctionData({ abi: entryPoint07Abi, functionName: 'handleOps',
    args: [[toPackedUserOperation(op)], funded.address] })
  const { logs } = await done(client.sendTransaction({ to: entryPoint, data, gas: 2000000n }))
  const [{ args: { success } }] = parseEventLogs({ abi: entryPoint07Abi, logs, eventName: 'UserOperationEvent' })
  const tries = parseEventLogs({ abi, logs, eventName: 'TryExecuteUnsuccessful' }).length
  const paid = (await client.getBalance({ address: shop })) - before
  return `success ${success}, paid ${paid}, calls reported as failed ${tries}`
}

const seen = []
for (const revertOnError of [true, false, undefined]) {
  const named = (type) => {
    const { args } = decodeFunctionData({ abi, data: encode7579Calls({ mode: { type, revertOnError }, callData: [payment] }) })
    return Object.keys(ExecutionMode).find((name) => ExecutionMode[name] === args[0])
  }
  seen.push([`revertOnError ${revertOnError}, name of the mode`, `${named('batchcall')}, ${named('call')}`])
  const batch = await execute({ type: 'batchcall', revertOnError }, [payment, reverting])
  seen.push([`revertOnError ${revertOnError}, batch`, batch])
  seen.push([`revertOnError ${revertOnError}, one call`, await execute({ type: 'call', revertOnError }, [reverting])])
}
const batch = encode7579Calls({ mode: { type: 'batchcall' }, callData: [payment, reverting] })
for (const name of ['BatchTry', 'BatchDefault']) {
  const { args } = decodeFunctionData({ abi, data: batch })
  const data = encodeFunctionData({ abi, functionName: 'execute', args: [ExecutionMode[name], args[1]] })
  seen.push([`decode7579Calls of ${name}`, `revertOnError ${decode7579Calls(data).mode.revertOnError}`])
}

for (const [what, result] of seen) console.log(`${what}: ${result}`)
const reverted = 'success false, paid 0, calls reported as failed 0'
const expected = [
  ['revertOnError true, name of the mode', 'BatchTry, SingleTry'],
  ['revertOnError true, batch', 'success true, paid 1000, calls reported as failed 1'],
  ['revertOnError true, one call', 'success true, paid 0, calls reported as failed 1'],
  ['revertOnError false, name of the mode', 'BatchDefault, SingleDefault'],
  ['revertOnError false, batch', reverted],
  ['revertOnError false, one call', reverted],
  ['revertOnError undefined, name of the mode', 'BatchDefault, SingleDefault'],
  ['revertOnError undefined, batch', reverted],
  ['revertOnError undefined, one call', reverted],
  ['decode7579Calls of BatchTry', 'revertOnError true'],
  ['decode7579Calls of BatchDefault', 'revertOnError false'],
]
const same = JSON.stringify(seen) === JSON.stringify(expected)
console.log(same ? 'As found: revertOnError true does not revert.' : 'CHANGED')
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
