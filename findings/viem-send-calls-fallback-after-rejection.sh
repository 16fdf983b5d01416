#!/usr/bin/env bash
# EIP-5792 in viem: with `experimental_fallback` a user who rejects the first call is asked for the next ones all the
# same, and sendCalls resolves as if all was well.
#
# Guess: for a wallet without wallet_sendCalls, sendCalls sends the calls one by one with eth_sendTransaction. The calls
#   depend on one another (approve, then swap), so the first rejection (4001) ends it: sendCalls rejects with
#   UserRejectedRequestError and nothing further is asked. And the EIP-1193 code for "this method is not supported"
#   (4200) is the obvious trigger of the fallback.
# What happens: the rejection is swallowed, the wallet is asked for the second call and sends it; sendCalls resolves with
#   an id. It throws only if every single call was rejected. The rejection shows up only later: getCallsStatus says
#   "failure" with status code 600, with one receipt and nothing that tells which of the calls it belongs to.
#   And a wallet that answers with code 4200 gets no fallback (the call fails); with -32601 or -32004 it does.
# Affected: dapps that use sendCalls / wagmi's useSendCalls with the fallback for wallets without EIP-5792, and take the
#   resolved promise for the user's consent to all calls.
# Versions: viem 2.57.20, @foundry-rs/anvil 1.7.1. Date: 2026-11-29. Exit status 0 while this holds, 1 when it has changed.
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
npm install --silent --no-audit --no-fund --ignore-scripts viem@2.57.20 @foundry-rs/anvil@1.7.1

cat > run.mjs <<'JS'
import { createPublicClient, createWalletClient, custom, defineChain, http } from 'viem'
import { getCallsStatus, sendCalls } from 'viem/actions'

const rpc = process.argv[2]
const chain = defineChain({ id: 31337, name: 'local', nativeCurrency: { name: 'E', symbol: 'E', decimals: 18 },
  rpcUrls: { default: { http: [rpc] } } })
const node = createPublicClient({ chain, transport: http(), pollingInterval: 50 })
const account = '0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266' // unlocked in anvil
const first = '0x1000000000000000000000000000000000000001'
const second = '0x2000000000000000000000000000000000000002'

// An EIP-1193 wallet without EIP-5792. `answers` are what the user says to the transaction prompts, in order.
function wallet(unsupported, answers) {
  const prompts = []
  return { prompts, provider: {
    async request({ method, params }) {
      if (method === 'wallet_sendCalls') throw Object.assign(new Error('no such method'), { code: unsupported })
      if (method === 'eth_sendTransaction') {
        const yes = answers[prompts.length]
        prompts.push(`${params[0].to.slice(0, 4)}... ${yes ? 'confirmed' : 'rejected'}`)
        if (!yes) throw Object.assign(new Error('User rejected the request.'), { code: 4001 })
      }
      return node.request({ method, params })
    },
  } }
}

async function attempt(unsupported, answers) {
  const { prompts, provider } = wallet(unsupported, answers)
  const client = createWalletClient({ account, chain, transport: custom(provider) })
  const result = await sendCalls(client, { calls: [{ to: first, value: 1n }, { to: second, value: 1n }],
    experimental_fallback: true }).then(({ id }) => ({ id }), (error) => ({ error: error.cause?.name ?? error.name }))
  if (!result.id) return { outcome: `rejected with ${result.error}`, prompts }
  let status
  for (let i = 0; i < 100; i++) {
    status = await getCallsStatus(client, { id: result.id })
    if (status.status !== 'pending') break
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  return { outcome: 'resolved', prompts,
    later: `${status.status} ${status.statusCode}, ${status.receipts.length} receipt(s)` }
}

const checks = [
  ['user rejects the first of two calls', [-32601, [false, true]],
    { outcome: 'resolved', prompts: ['0x10... rejected', '0x20... confirmed'], later: 'failure 600, 1 receipt(s)' }],
  ['user rejects both', [-32601, [false, false]],
    { outcome: 'rejected with UserRejectedRequestError', prompts: ['0x10... rejected', '0x20... rejected'] }],
  ['user confirms both', [-32601, [true, true]],
    { outcome: 'resolved', prompts: ['0x10... confirmed', '0x20... confirmed'], later: 'success 200, 2 receipt(s)' }],
  ['wallet says 4200 to wallet_sendCalls, user would confirm both', [4200, [true, true]],
    { outcome: 'rejected with UnsupportedProviderMethodError', prompts: [] }],
  ['wallet says -32004 to wallet_sendCalls, user confirms both', [-32004, [true, true]],
    { outcome: 'resolved', prompts: ['0x10... confirmed', '0x20... confirmed'], later: 'success 200, 2 receipt(s)' }],
]
let same = true
for (const [name, args, expected] of checks) {
  const seen = await attempt(...args)
  console.log(`${name}: sendCalls ${seen.outcome}; prompts: ${seen.prompts.join(', ') || 'none'}` +
    (seen.later ? `; getCallsStatus: ${seen.later}` : ''))
  if (JSON.stringify(seen) !== JSON.stringify(expected)) same = false
}
const got = [await node.getBalance({ address: first }), await node.getBalance({ address: second })]
console.log(`the first target holds ${got[0]} wei, the second ${got[1]}`)
if (got[0] !== 2n || got[1] !== 3n) same = false
console.log(same ? 'As found: a rejected call does not end the fallback of sendCalls.' : 'CHANGED')
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
