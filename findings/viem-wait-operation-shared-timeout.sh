#!/usr/bin/env bash
# viem: who waits for a user operation with a timeout of one minute is told "Timed out" after one second, if another part
# of the program waits for the same operation with one second. The operation is included all the same.
#
# Guess: the `timeout` of waitForUserOperationReceipt belongs to that call, as it does in waitForTransactionReceipt and
#   waitForCallsStatus of the same library; callers of one client may share the requests, but each has its own end.
# What happens: calls of one client for one hash share the poll of the first, with its timeout (and its retryCount and
#   pollingInterval: read). The end of the first is the end of all: each gets
#   WaitForUserOperationReceiptTimeoutError at the first one's time, without a sign that it is not its own.
#   The other way round, a short timeout is not kept beside a longer one that came first: it waits as long as the first.
#   With two clients each call keeps its own. The two sibling functions keep it with one client too.
# Affected: apps where a notice ("takes longer than usual", 5 s) and the code that acts on the result wait for the same
#   operation: the code takes the operation for lost, and a payment that is sent again is paid twice. The way out: a client
#   of its own for each waiter, or one wait whose promise is shared; and getUserOperationReceipt before sending again.
# Versions: viem 2.57.20, Node.js 20. A stub takes the place of the wallet or bundler: it knows the receipt after four seconds.
# Date: 2026-11-30. Exit status 0 while this holds, 1 when it has changed.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
echo '{"private":true,"type":"module"}' > package.json
npm install --silent --no-audit --no-fund --ignore-scripts viem@2.57.20

cat > run.mjs <<'JS'
import { custom, defineChain, toHex, zeroHash } from 'viem'
import { createBundlerClient } from 'viem/account-abstraction'
import { waitForCallsStatus, waitForTransactionReceipt } from 'viem/actions'

const chain = defineChain({ id: 31337, name: 'local', nativeCurrency: { name: 'E', symbol: 'E', decimals: 18 },
  rpcUrls: { default: { http: ['http://127.0.0.1'] } } })
const address = '0x1000000000000000000000000000000000000001'
const includedAfter = 4000

// Answers for one operation, one transaction and one bundle of calls, all with the id `hash`.
function stub(hash) {
  const start = Date.now()
  const receipt = { transactionHash: hash, blockHash: zeroHash, blockNumber: '0x1', transactionIndex: '0x0', from: address,
    to: address, cumulativeGasUsed: '0x1', gasUsed: '0x1', effectiveGasPrice: '0x1', logs: [], logsBloom: '0x', status: '0x1',
    type: '0x2', contractAddress: null }
  const answers = {
    eth_getUserOperationReceipt: () => ({ userOpHash: hash, entryPoint: address, sender: address, nonce: '0x0',
      actualGasCost: '0x1', actualGasUsed: '0x1', success: true, logs: [], receipt }),
    eth_getTransactionReceipt: () => receipt,
    eth_getTransactionByHash: () => ({ hash, blockHash: zeroHash, blockNumber: '0x1', from: address, to: address, nonce: '0x0',
      value: '0x0', gas: '0x1', gasPrice: '0x1', input: '0x', type: '0x0', transactionIndex: '0x0' }),
  }
  return custom({ async request({ method }) {
    const elapsed = Date.now() - start
    if (method === 'eth_blockNumber') return toHex(1 + Math.floor(elapsed / 100))
    if (method === 'wallet_getCallsStatus') return { version: '2.0.0', id: hash, chainId: '0x7a69', atomic: true, receipts: [],
      status: elapsed < includedAfter ? 100 : 200 }
    if (!answers[method]) throw new Error(`not expected: ${method}`)
    return elapsed < includedAfter ? null : answers[method]()
  } }, { retryCount: 0 })
}
const waits = {
  waitForUserOperationReceipt: (client, id, timeout) => client.waitForUserOperationReceipt({ hash: id, timeout }),
  waitForTransactionReceipt: (client, id, timeout) => waitForTransactionReceipt(client, { hash: id, timeout }),
  waitForCallsStatus: (client, id, timeout) => waitForCallsStatus(client, { id, timeout }),
}
let count = 0
// Two waits at once, with these timeouts in this order. What each of them ends with, and after how many seconds.
async function run(name, timeouts, clients) {
  const id = toHex(++count, { size: 32 })
  const transport = stub(id)
  const made = Array.from({ length: clients }, () =>
    createBundlerClient({ chain, transport, pollingInterval: 100, cacheTime: 0 }))
  const start = Date.now()
  const ends = await Promise.all(timeouts.map(async (timeout, index) => {
    const answer = await waits[name](made[index % clients], id, timeout).then(() => 'receipt', (error) =>
      error.name.endsWith('TimeoutError') ? 'timed out' : error.message)
    const time = Date.now() - start
    return { timeout, answer, when: time < includedAfter - 100 ? 'before inclusion' : 'after inclusion', time }
  }))
  const text = ends.map(({ timeout, answer, when }) => `${timeout / 1000} s: ${answer} ${when}`).join('; ')
  console.log(`${name}, ${clients} client(s): ${text} (${ends.map(({ time }) => `${(time / 1000).toFixed(1)} s`).join(', ')})`)
  return text
}
const own = '1 s: timed out before inclusion; 60 s: receipt after inclusion'
const ownReversed = '60 s: receipt after inclusion; 1 s: timed out before inclusion'
const cases = [
  ['waitForUserOperationReceipt', [1000, 60000], 1, '1 s: timed out before inclusion; 60 s: timed out before inclusion'],
  ['waitForUserOperationReceipt', [60000, 1000], 1, '60 s: receipt after inclusion; 1 s: receipt after inclusion'],
  ['waitForUserOperationReceipt', [1000, 60000], 2, own],
  ['waitForTransactionReceipt', [1000, 60000], 1, own],
  ['waitForTransactionReceipt', [60000, 1000], 1, ownReversed],
  ['waitForCallsStatus', [1000, 60000], 1, own],
]
let same = true
for (const [name, timeouts, clients, expected] of cases) if (await run(name, timeouts, clients) !== expected) same = false
console.log(same ? 'As found: the first wait for an operation sets the timeout of all.' : 'CHANGED')
process.exit(same ? 0 : 1)
JS
node run.mjs
