#!/usr/bin/env bash
# permissionless: six of its accounts drop the key given to account.getNonce({ key }), four of them when a nonceKey is set.
# Two operations prepared for two keys get one and the same nonce, and the second is refused: "AA25 invalid account nonce".
#
# Guess: getNonce({ key }) is viem's method for a lane of its own (EntryPoint: 192 bits of key, 64 of sequence). What the
#   caller names for this operation wins over the option `nonceKey` of the account, which is the default; a key that the
#   account cannot take is an error, as it is for the option (Kernel: "must be equal or less than 2 bytes").
# What happens: Kernel and Etherspot never look at the key: each operation goes into the lane of the option, or lane 0.
#   The key by time that viem puts in when the caller names none is dropped as well: two operations prepared at once get
#   two nonces with a SimpleAccount and the same nonce with Kernel. Simple, Safe, Light and Thirdweb take the key only when
#   the account was made without nonceKey. Biconomy and Trust, for EntryPoint 0.6, do as these four (read).
# Affected: backends that run several workers on one account, one lane for each; dapps that move there from ZeroDev's own
#   SDK, where getNonce({ key }) of a Kernel account takes the key (read). It shows under load only: one of two operations
#   is refused, or with a higher fee it replaces the one that waits. The way out: one account object for each lane, made
#   with its own nonceKey.
# Versions: permissionless 0.4.1, viem 2.57.20, @account-abstraction/contracts 0.7.0, @foundry-rs/anvil 1.7.1.
# Date: 2026-11-30. Exit status 0 while this holds, 1 when it has changed.
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
  permissionless@0.4.1 viem@2.57.20 @account-abstraction/contracts@0.7.0 @foundry-rs/anvil@1.7.1

cat > run.mjs <<'JS'
import { readFileSync } from 'node:fs'
import { createWalletClient, decodeErrorResult, decodeEventLog, defineChain, encodeDeployData, encodeFunctionData, http,
  parseEther, publicActions } from 'viem'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import { entryPoint07Abi as abi, toPackedUserOperation } from 'viem/account-abstraction'
import { toEtherspotSmartAccount, toKernelSmartAccount, toLightSmartAccount, toSafeSmartAccount, toSimpleSmartAccount,
  toThirdwebSmartAccount } from 'permissionless/accounts'

const chain = defineChain({ id: 31337, name: 'local', nativeCurrency: { name: 'E', symbol: 'E', decimals: 18 },
  rpcUrls: { default: { http: [process.argv[2]] } } })
const funded = privateKeyToAccount('0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80')
const client = createWalletClient({ account: funded, chain, transport: http(), pollingInterval: 50 }).extend(publicActions)
const artifact = (name) => JSON.parse(readFileSync(`node_modules/@account-abstraction/contracts/artifacts/${name}.json`))
const done = async (hash) => client.waitForTransactionReceipt({ hash: await hash })
const deploy = async ({ abi, bytecode }, args) =>
  (await done(client.sendTransaction({ data: encodeDeployData({ abi, bytecode, args }) }))).contractAddress

const entryPoint = { address: await deploy(artifact('EntryPoint')), version: '0.7' }
const owner = privateKeyToAccount(generatePrivateKey())
const address = '0x1000000000000000000000000000000000000001'
const one = { client, owners: [owner], address, entryPoint }

// 1. The keys of the nonces that come back, for key 1, key 2 and no key at all (asked twice).
const accounts = {
  'Simple': await toSimpleSmartAccount({ ...one, owner }),
  'Kernel': await toKernelSmartAccount({ ...one, version: '0.3.1' }),
  'Etherspot': await toEtherspotSmartAccount(one),
  'Simple, nonceKey 7': await toSimpleSmartAccount({ ...one, owner, nonceKey: 7n }),
  'Safe, nonceKey 7': await toSafeSmartAccount({ ...one, version: '1.4.1', nonceKey: 7n }),
  'Light, nonceKey 7': await toLightSmartAccount({ ...one, owner, version: '2.0.0', nonceKey: 7n }),
  'Thirdweb, nonceKey 7': await toThirdwebSmartAccount({ ...one, owner, nonceKey: 7n }),
}
const seen = []
for (const [name, account] of Object.entries(accounts)) {
  const nonces = [await account.getNonce({ key: 1n }), await account.getNonce({ key: 2n })]
  const without = await Promise.all([account.getNonce(), account.getNonce()])
  seen.push([name, `keys 1 and 2: ${nonces[0] === nonces[1] ? 'the same nonce' : 'two nonces'}, ` +
    `lanes (low 16 bits) ${nonces.map((nonce) => (nonce >> 64n) & 0xffffn).join(' and ')}; ` +
    `no key, twice: ${without[0] === without[1] ? 'the same nonce' : 'two nonces'}`])
}

// 2. Two payments of one SimpleAccount with nonceKey 7, prepared at once for lane 1 and lane 2.
const factory = artifact('SimpleAccountFactory')
const factoryAddress = await deploy(factory, [entryPoint.address])
const account = await toSimpleSmartAccount({ client, owner, entryPoint, factoryAddress, nonceKey: 7n })
const deployment = await account.getFactoryArgs()
await done(client.sendTransaction({ to: deployment.factory, data: deployment.factoryData }))
await done(client.sendTransaction({ to: account.address, value: parseEther('1') }))
const prepared = await Promise.all([1n, 2n].map(async (key) => {
  const op = { sender: account.address, nonce: await account.getNonce({ key }), callGasLimit: 200000n,
    callData: await account.encodeCalls([{ to: funded.address, value: key }]), verificationGasLimit: 500000n,
    preVerificationGas: 60000n, maxFeePerGas: 2000000000n, maxPriorityFeePerGas: 1000000000n }
  return { ...op, signature: await account.signUserOperation({ ...op, chainId: 31337 }) }
}))
for (const op of prepared) {
  const data = encodeFunctionData({ abi, functionName: 'handleOps', args: [[toPackedUserOperation(op)], funded.address] })
  let result
  try {
    await client.call({ to: entryPoint.address, data, gas: 3000000n })
    const receipt = await done(client.sendTransaction({ to: entryPoint.address, data, gas: 3000000n }))
    const event = receipt.logs.filter((log) => log.address === entryPoint.address.toLowerCase())
      .map((log) => decodeEventLog({ abi, ...log })).find((log) => log.eventName === 'UserOperationEvent')
    result = `executed, success ${event.args.success}`
  } catch (error) {
    const raw = error.walk((cause) => cause.data)?.data
    result = decodeErrorResult({ abi, data: raw?.data ?? raw }).args[1]
  }
  seen.push([`payment ${seen.length - Object.keys(accounts).length + 1}`, result])
}

for (const [what, result] of seen) console.log(`${what}: ${result}`)
const dropped = (lane) => `keys 1 and 2: the same nonce, lanes (low 16 bits) ${lane} and ${lane}; no key, twice: the same nonce`
const expected = [
  ['Simple', 'keys 1 and 2: two nonces, lanes (low 16 bits) 1 and 2; no key, twice: two nonces'],
  ['Kernel', dropped(0)],
  ['Etherspot', dropped(0)],
  ['Simple, nonceKey 7', dropped(7)],
  ['Safe, nonceKey 7', dropped(7)],
  ['Light, nonceKey 7', dropped(7)],
  ['Thirdweb, nonceKey 7', dropped(7)],
  ['payment 1', 'executed, success true'],
  ['payment 2', 'AA25 invalid account nonce'],
]
const same = JSON.stringify(seen) === JSON.stringify(expected)
console.log(same ? 'As found: the key of the call is dropped.' : 'CHANGED')
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
