#!/usr/bin/env bash
# permissionless: prepareUserOperationForErc20Paymaster drops a given `callData` when the account has no decodeCalls. Only
# the approval for the paymaster is sent, the user pays its gas in tokens, and the operation reports success: true.
#
# Guess: the function takes the place of viem's prepareUserOperation, so it takes what that takes: `calls`, or `callData` that
#   is encoded already (viem's documentation and types have both). The approval goes in front of it. Where an account cannot
#   decode callData (decodeCalls is optional in viem's types), the function has to say so with an error.
# What happens: callData is only read through account.decodeCalls. Without decodeCalls there are no calls, and what is
#   estimated, signed and sent is the approval alone. No step fails: an approval is estimated without complaint, the receipt
#   has success: true, tokens are taken for gas. With enough allowance there is nothing at all, and encodeCalls gets an
#   empty list. The account here raises "executions is empty" then, which does not name the cause.
#   An account with decodeCalls keeps the call. So does the same client without `token` in the paymasterContext: code that
#   works for sponsored operations loses the user's call when the user selects to pay in tokens.
# Affected: accounts from elsewhere (those of permissionless and viem have decodeCalls; one made with toSmartAccount need
#   not): MetaMask's, which Pimlico's documentation shows with permissionless; @zerodev/sdk 5.5.10 has no decodeCalls
#   (read), and `callData: await account.encodeCalls(...)` is common with it. Who picks an execution mode has to give callData.
#   The way out: give `calls`. For callData check account.decodeCalls first; without it approve in an operation of its own
#   and prepare with viem's prepareUserOperation.
# Versions: permissionless 0.4.1, viem 2.57.20, @metamask/smart-accounts-kit 2.0.0 (the account), @metamask/delegation-abis
#   2.0.0 (its bytecode), @account-abstraction/contracts 0.7.0 (EntryPoint, SimpleAccount, and LegacyTokenPaymaster, which
#   is the token as well), @foundry-rs/anvil 1.7.1, Node.js 20. A stub takes the place of the bundler and of the paymaster's
#   service: it has fixed answers for gas and quotes, and gives what is sent to the EntryPoint.
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
import { EIP7702StatelessDeleGator as abi } from '@metamask/delegation-abis'
import { EIP7702StatelessDeleGator as bytecode } from '@metamask/delegation-abis/bytecode'
import { Implementation, toMetaMaskSmartAccount } from '@metamask/smart-accounts-kit'
import { createSmartAccountClient } from 'permissionless'
import { toSimpleSmartAccount } from 'permissionless/accounts'
import { createPimlicoClient } from 'permissionless/clients/pimlico'
import { prepareUserOperationForErc20Paymaster } from 'permissionless/experimental/pimlico'
import { createWalletClient, custom, defineChain, encodeDeployData, encodeFunctionData, erc20Abi, http, parseEther,
  parseEventLogs, publicActions } from 'viem'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import { entryPoint07Abi, toPackedUserOperation } from 'viem/account-abstraction'

const chain = defineChain({ id: 31337, name: 'local', nativeCurrency: { name: 'E', symbol: 'E', decimals: 18 },
  rpcUrls: { default: { http: [process.argv[2]] } } })
const funded = privateKeyToAccount('0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80')
const client = createWalletClient({ account: funded, chain, transport: http(), pollingInterval: 50 }).extend(publicActions)
const done = async (hash) => client.waitForTransactionReceipt({ hash: await hash })
const deploy = async (contract) => (await done(client.sendTransaction({ data: encodeDeployData(contract) }))).contractAddress
const artifact = (name) => JSON.parse(readFileSync(`node_modules/@account-abstraction/contracts/artifacts/${name}.json`))

// EntryPoint 0.7 and the paymaster, which is its own token. It takes gas in tokens; it needs no allowance for that.
const entryPoint = await deploy(artifact('EntryPoint'))
const factory = await deploy({ ...artifact('SimpleAccountFactory'), args: [entryPoint] })
const tokenPaymaster = artifact('LegacyTokenPaymaster')
const token = await deploy({ ...tokenPaymaster, args: [factory, 'T', entryPoint] })
const paymasterCall = (functionName, args, value) => done(client.writeContract({ address: token, abi: tokenPaymaster.abi,
  functionName, args, value }))
await paymasterCall('deposit', [], parseEther('1'))

// The two accounts. Each has ether for payments and tokens for gas. No delegation of MetaMask's is used.
const owner = privateKeyToAccount(generatePrivateKey())
const implementation = await deploy({ abi, bytecode, args: [entryPoint, entryPoint] })
const authorization = await owner.signAuthorization({ address: implementation, chainId: 31337, nonce: 0 })
await done(client.sendTransaction({ to: owner.address, authorizationList: [authorization] }))
const accounts = {
  MetaMask: await toMetaMaskSmartAccount({ client, implementation: Implementation.Stateless7702, address: owner.address,
    signer: { account: owner }, environment: { EntryPoint: entryPoint,
      implementations: { EIP7702StatelessDeleGatorImpl: implementation }, caveatEnforcers: {} } }),
  Simple: await toSimpleSmartAccount({ client, owner, factoryAddress: factory,
    entryPoint: { address: entryPoint, version: '0.7' } }),
}
for (const { address } of Object.values(accounts)) {
  await done(client.sendTransaction({ to: address, value: parseEther('1') }))
  await paymasterCall('mintTokens', [address, parseEther('1')])
}

const shop = '0x1000000000000000000000000000000000000001'
const calls = [{ to: shop, value: 1000n, data: '0x' }]
let estimated, logs
const service = custom({ async request({ method, params: [op] }) {
  if (method === 'pimlico_getTokenQuotes')
    return { quotes: [{ paymaster: token, token, postOpGas: '0x7530', exchangeRate: '0xde0b6b3a7640000',
      exchangeRateNativeToUsd: '0x1' }] }
  if (method === 'pm_getPaymasterStubData' || method === 'pm_getPaymasterData')
    return { paymaster: token, paymasterData: '0x', paymasterVerificationGasLimit: '0x186a0',
      paymasterPostOpGasLimit: '0xc350' }
  if (method === 'eth_estimateUserOperationGas') {
    estimated = op.callData.includes(shop.slice(2))
    return { callGasLimit: '0x30d40', verificationGasLimit: '0x7a120', preVerificationGas: '0xea60' }
  }
  if (method !== 'eth_sendUserOperation') throw new Error(`not expected: ${method}`)
  const packed = toPackedUserOperation(Object.fromEntries(Object.entries(op).map(([name, value]) =>
    [name, /nonce|gas/i.test(name) ? BigInt(value) : value])))
  const data = encodeFunctionData({ abi: entryPoint07Abi, functionName: 'handleOps', args: [[packed], funded.address] })
  const receipt = await done(client.sendTransaction({ to: entryPoint, data, gas: 3000000n }))
  logs = receipt.logs
  return parseEventLogs({ abi: entryPoint07Abi, logs, eventName: 'UserOperationEvent' })[0].args.userOpHash
} })
const pimlico = createPimlicoClient({ chain, transport: service, entryPoint: { address: entryPoint, version: '0.7' } })

async function send(account, request) {
  const smartAccountClient = createSmartAccountClient({ account, chain, client, bundlerTransport: service,
    paymaster: pimlico, userOperation: {
      estimateFeesPerGas: async () => ({ maxFeePerGas: 4000000000n, maxPriorityFeePerGas: 1000000000n }),
      prepareUserOperation: prepareUserOperationForErc20Paymaster(pimlico) } })
  const before = await client.getBalance({ address: shop })
  try {
    await smartAccountClient.sendUserOperation(request)
  } catch (error) {
    return `error: ${error.details ?? error.message}`
  }
  const paid = await client.getBalance({ address: shop }) - before
  const [{ args: { success } }] = parseEventLogs({ abi: entryPoint07Abi, logs, eventName: 'UserOperationEvent' })
  const ofToken = (eventName) => parseEventLogs({ abi: erc20Abi, logs, eventName, strict: true })
  const charged = ofToken('Transfer').some(({ args }) => args.from === account.address && args.value > 0n)
  return `payment ${estimated ? 'estimated' : 'not estimated'}, success ${success}, tokens ${charged ? 'taken' : 'kept'}, ` +
    `approvals ${ofToken('Approval').length}, paid ${paid}`
}

const seen = []
for (const [name, account] of Object.entries(accounts)) {
  seen.push([`${name}, decodeCalls`, typeof account.decodeCalls])
  const callData = await account.encodeCalls(calls)
  const paymasterContext = { token }
  seen.push([`${name}, callData, no token in the context`, await send(account, { callData })])
  seen.push([`${name}, callData`, await send(account, { callData, paymasterContext })])
  // This paymaster does not use up the allowance, so that it is enough from here on.
  seen.push([`${name}, callData, enough allowance`, await send(account, { callData, paymasterContext })])
  seen.push([`${name}, calls, enough allowance`, await send(account, { calls, paymasterContext })])
}
for (const [what, result] of seen) console.log(`${what}: ${result}`)
const paid = 'payment estimated, success true, tokens taken, approvals 0, paid 1000'
const expected = [
  ['MetaMask, decodeCalls', 'undefined'],
  ['MetaMask, callData, no token in the context', paid],
  ['MetaMask, callData', 'payment not estimated, success true, tokens taken, approvals 1, paid 0'],
  ['MetaMask, callData, enough allowance',
    'error: Error while getting the execution calldatas, executions is empty'],
  ['MetaMask, calls, enough allowance', paid],
  ['Simple, decodeCalls', 'function'],
  ['Simple, callData, no token in the context', paid],
  ['Simple, callData', 'payment estimated, success true, tokens taken, approvals 1, paid 1000'],
  ['Simple, callData, enough allowance', paid],
  ['Simple, calls, enough allowance', paid],
]
const same = JSON.stringify(seen) === JSON.stringify(expected)
console.log(same ? 'As found: the call that was given as callData is dropped.' : 'CHANGED')
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
