#!/usr/bin/env bash
# WalletConnect's EIP-1193 provider cannot be connected by an EIP-1193 request, and its refusals have no code: viem asks
# three times more, for a second, before it tells.
#
# Guess: a provider that names itself an EIP-1193 provider connects on eth_requestAccounts (EIP-1102), answers eth_accounts
#   with [] and eth_chainId with its chain before that, and refuses the rest with 4100 or 4900. So code that takes any injected
#   wallet takes this one too.
# What happens: until its own enable() or connect() was called, EthereumProvider.request throws a plain Error without a code for
#   every method, eth_requestAccounts, eth_accounts and eth_chainId included, while its properties say `accounts` [] and
#   `chainId` 1. viem reads the error as UnknownRpcError (-1), which it takes for a fault that may pass: getAddresses and
#   getChainId make four requests in a second. ethers has UNKNOWN_ERROR "could not coalesce error". Nothing tells that a session
#   is missing, but the English text. The same holds again after the wallet has ended a session.
# Affected: dapps and libraries that take a provider object from the app (viem's custom(), ethers' BrowserProvider) and connect
#   it with eth_requestAccounts; those who show "try again" for an error of unknown code.
# Versions: @walletconnect/ethereum-provider 2.25.0, viem 2.57.20, ethers 6.16.0, Node.js 20. No relay is reached.
# Date: 2026-11-30. Exit status 0 while this holds, 1 when it has changed.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
echo '{"private":true,"type":"module"}' > package.json
npm install --silent --no-audit --no-fund --ignore-scripts \
  @walletconnect/ethereum-provider@2.25.0 viem@2.57.20 ethers@6.16.0

cat > run.mjs <<'JS'
import { EthereumProvider } from '@walletconnect/ethereum-provider'
import { BrowserProvider } from 'ethers'
import { createWalletClient, custom } from 'viem'
import { mainnet } from 'viem/chains'

// Nothing listens there: a session is not begun, so no relay is needed.
const provider = await EthereumProvider.init({
  projectId: '0'.repeat(32),
  optionalChains: [1],
  showQrModal: false,
  relayUrl: 'ws://127.0.0.1:9',
})
const expected = []
const check = (what, found, guess, seen) => {
  console.log(`${what}: ${found} (guess: ${guess})`)
  expected.push([what, found, seen])
}
const error = async (asked) => {
  try {
    return { answer: await asked() }
  } catch (thrown) {
    return { thrown }
  }
}

check('properties before a session', `accounts ${JSON.stringify(provider.accounts)}, chainId ${provider.chainId}`, 'the same', 'accounts [], chainId 1')
for (const [method, guess] of [
  ['eth_requestAccounts', 'a prompt'],
  ['eth_accounts', '[]'],
  ['eth_chainId', '0x1'],
  ['personal_sign', 'code 4100'],
]) {
  const { thrown, answer } = await error(() => provider.request({ method, params: [] }))
  const found = thrown ? `${thrown.constructor.name} "${thrown.message}", code ${thrown.code}` : JSON.stringify(answer)
  check(method, found, guess, 'Error "Please call connect() before request()", code undefined')
}

let requests = 0
const counted = { request: (question) => (requests += 1, provider.request(question)) }
const client = createWalletClient({ chain: mainnet, transport: custom(counted) })
for (const [name, seen] of [['requestAddresses', 1], ['getAddresses', 4], ['getChainId', 4]]) {
  requests = 0
  const { thrown } = await error(() => client[name]())
  check(`viem ${name}`, `${thrown?.name} ${thrown?.code}, requests: ${requests}`, 'one request', `UnknownRpcError -1, requests: ${seen}`)
}
const browser = new BrowserProvider(counted, 1)
const { thrown } = await error(() => browser.send('eth_requestAccounts', []))
check('ethers eth_requestAccounts', thrown?.code, 'UNAUTHORIZED or a prompt', 'UNKNOWN_ERROR')

const changed = expected.filter(([, found, seen]) => found !== seen)
changed.forEach(([what, found, seen]) => console.error(`changed: ${what}: ${found}, before: ${seen}`))
process.exit(changed.length > 0 ? 1 : 0)
JS
node run.mjs
