#!/usr/bin/env bash
# Two owners sign; on a Danish or Norwegian machine the joined signature is in the wrong order, and the account refuses it:
# "AA24 signature error" (MetaMask's multi-signature account), "GS026" (Safe with abstractionkit).
#
# Guess: the contracts want the signatures in ascending order of the owners' addresses. The libraries promise to sort them,
#   an address is hex, so the same owners and signatures give the same bytes on every machine.
# What happens: both libraries sort with localeCompare. Danish, Norwegian and Faroese count "aa" as one letter that comes
#   after z. An owner 0xaa... is thus put behind an owner 0xb... to 0xf..., and the same further down in the address where
#   two addresses begin alike. The contract stops at the first owner that is not larger than the one before. No error is
#   raised while signing. @metamask/smart-accounts-kit compares the checksummed form, where aa, Aa and AA are that letter
#   and aA is not; abstractionkit compares lower case. Welsh does the same to "dd", which comes after "df" there.
# Affected: shared accounts with such a pair of owners (in lower case about one account in 340 with two owners, in 60 with
#   five), and only where the signatures are joined on a machine of these languages (Node.js reads LC_ALL and LANG; a
#   browser has its own language): for all others the same account works. permissionless 0.4.1 does not do it (read).
#   The way out: join the signatures by hand, ordered by the number or by comparing the lower-case text with < and >.
# Versions: @metamask/smart-accounts-kit 2.0.0 and @metamask/delegation-abis 2.0.0 (the contracts), abstractionkit 0.2.41,
#   @safe-global/safe-contracts 1.4.1, viem 2.57.20, @foundry-rs/anvil 1.7.1, Node.js 20.
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
export DO_NOT_TRACK=1
echo '{"private":true,"type":"module"}' > package.json
npm install --silent --no-audit --no-fund --ignore-scripts --legacy-peer-deps \
  @metamask/smart-accounts-kit@2.0.0 @metamask/delegation-abis@2.0.0 abstractionkit@0.2.41 \
  @safe-global/safe-contracts@1.4.1 viem@2.57.20 @foundry-rs/anvil@1.7.1

cat > run.mjs <<'JS'
// Run once for each language, against the same chain and the same two accounts.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createWalletClient, decodeErrorResult, decodeEventLog, defineChain, encodeDeployData, encodeFunctionData, hashMessage,
  http, parseEther, publicActions, zeroAddress } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { entryPoint07Abi as abi, toPackedUserOperation } from 'viem/account-abstraction'
import { Implementation, toMetaMaskSmartAccount } from '@metamask/smart-accounts-kit'
import { deploySmartAccountsEnvironment } from '@metamask/smart-accounts-kit/utils'
import { SafeAccountV0_3_0 } from 'abstractionkit'

const chain = defineChain({ id: 31337, name: 'local', nativeCurrency: { name: 'E', symbol: 'E', decimals: 18 },
  rpcUrls: { default: { http: [process.argv[2]] } } })
const funded = privateKeyToAccount('0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80')
const client = createWalletClient({ account: funded, chain, transport: http(), pollingInterval: 50 }).extend(publicActions)
const done = async (hash) => client.waitForTransactionReceipt({ hash: await hash })
const artifact = (name) => JSON.parse(readFileSync(`node_modules/@safe-global/safe-contracts/build/artifacts/contracts/${name}`))

// The first counted key whose address begins with aa, and the first whose address begins with b to f.
function owner(pattern) {
  for (let key = 1; ; key++) {
    const account = privateKeyToAccount(`0x${key.toString(16).padStart(64, '0')}`)
    if (pattern.test(account.address)) return account
  }
}
const owners = [owner(/^0x(aa|Aa|AA)/), owner(/^0x[b-f]/i)]

if (!existsSync('chain.json')) {
  const environment = await deploySmartAccountsEnvironment(client, client, chain)
  const singleton = artifact('Safe.sol/Safe.json')
  const factory = artifact('proxies/SafeProxyFactory.sol/SafeProxyFactory.json')
  const deploy = async ({ abi, bytecode }) =>
    (await done(client.sendTransaction({ data: encodeDeployData({ abi, bytecode }) }))).contractAddress
  const singletonAddress = await deploy(singleton)
  const initializer = encodeFunctionData({ abi: singleton.abi, functionName: 'setup', args:
    [owners.map(({ address }) => address), 2n, zeroAddress, '0x', zeroAddress, zeroAddress, 0n, zeroAddress] })
  const { request, result: safe } = await client.simulateContract({ address: await deploy(factory), abi: factory.abi,
    functionName: 'createProxyWithNonce', args: [singletonAddress, initializer, 0n] })
  await done(client.writeContract(request))
  writeFileSync('chain.json', JSON.stringify({ environment, safe }))
}
const { environment, safe } = JSON.parse(readFileSync('chain.json'))

// MetaMask's account, two of two owners.
const account = await toMetaMaskSmartAccount({ client, implementation: Implementation.MultiSig, environment, deploySalt: '0x',
  deployParams: [owners.map(({ address }) => address), 2n], signer: owners.map((account) => ({ account })) })
if (!await account.isDeployed()) {
  const { factory, factoryData } = await account.getFactoryArgs()
  await done(client.sendTransaction({ to: factory, data: factoryData }))
  await done(client.sendTransaction({ to: account.address, value: parseEther('1') }))
}
const op = { nonce: await account.getNonce({ key: 0n }), callData: await account.encodeCalls([{ to: funded.address, value: 1n }]),
  callGasLimit: 200000n, verificationGasLimit: 500000n, preVerificationGas: 60000n,
  maxFeePerGas: 2000000000n, maxPriorityFeePerGas: 1000000000n, sender: account.address, signature: '0x' }
const signature = await account.signUserOperation(op)
const data = encodeFunctionData({ abi, functionName: 'handleOps',
  args: [[toPackedUserOperation({ ...op, signature })], funded.address] })
let metamask
try {
  await client.call({ to: environment.EntryPoint, data, gas: 3000000n })
  const receipt = await done(client.sendTransaction({ to: environment.EntryPoint, data, gas: 3000000n }))
  const event = receipt.logs.filter((log) => log.address === environment.EntryPoint.toLowerCase())
    .map((log) => decodeEventLog({ abi, ...log })).find((log) => log.eventName === 'UserOperationEvent')
  metamask = `executed, success ${event.args.success}`
} catch (error) {
  const raw = error.walk((cause) => cause.data)?.data
  metamask = decodeErrorResult({ abi, data: raw?.data ?? raw }).args[1]
}

// Safe, two of two owners: the signature that abstractionkit joins, checked by the Safe itself.
const hash = hashMessage('operation')
const pairs = await Promise.all(owners.map(async (account) =>
  ({ signer: account.address, signature: await account.sign({ hash }) })))
let safeAnswer
try {
  await client.readContract({ address: safe, abi: artifact('Safe.sol/Safe.json').abi, functionName: 'checkSignatures',
    args: [hash, '0x', SafeAccountV0_3_0.buildSignaturesFromSingerSignaturePairs(pairs)] })
  safeAnswer = 'accepted'
} catch (error) {
  safeAnswer = /GS\d+/.exec(error.message)?.[0] ?? error.message
}
console.log(`${new Intl.Collator().resolvedOptions().locale}: MetaMask account: ${metamask}; Safe: ${safeAnswer}`)
if (process.argv[3]) console.log(`owners: ${owners.map(({ address }) => address).join(' and ')}`)
JS

port=$(node -e 'const s=require("net").createServer().listen(0,"127.0.0.1",()=>{console.log(s.address().port);s.close()})')
"$(ls node_modules/@foundry-rs/anvil-*/bin/anvil)" --host 127.0.0.1 --port "$port" --hardfork prague --silent &
anvil_pid=$!
for _ in $(seq 100); do
  if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then break; fi
  sleep 0.1
done
run() { LC_ALL="$1" node run.mjs "http://127.0.0.1:$port" "${2:-}"; }
english=$(run en_US.UTF-8)
danish=$(run da_DK.UTF-8)
norwegian=$(run nb_NO.UTF-8)
again=$(run en_US.UTF-8 owners)
printf '%s\n' "$english" "$danish" "$norwegian" "$again"
good='MetaMask account: executed, success true; Safe: accepted'
bad='MetaMask account: AA24 signature error; Safe: GS026'
if [ "$english" = "en-US: $good" ] && [ "$danish" = "da-DK: $bad" ] && [ "$norwegian" = "nb-NO: $bad" ] &&
  [ "${again%%$'\n'*}" = "en-US: $good" ]; then
  echo 'As found: the order of the signatures depends on the language of the machine.'
else
  echo CHANGED
  exit 1
fi
