#!/usr/bin/env bash
# ERC-7739: the nested typed-data signature of viem is refused by the account when the signed struct's name sorts
# after the name of a struct inside it. Permit2's PermitSingle is such a struct; its PermitTransferFrom is not.
#
# Guess: signTypedData of viem/experimental/erc7739 makes a signature that an ERC-7739 account takes, for any valid
#   typed data; the two reference implementations (Solady, OpenZeppelin) and viem implement one short ERC.
# What happens: viem lets its EIP-712 encoder sort all referenced structs by name, so the owner signs the type
#   "TypedDataSign(...)PermitDetails(...)PermitSingle(...)", but appends the description in the form that
#   begins with the struct itself ("PermitSingle(...)PermitDetails(...)"). The account rebuilds the type hash from
#   that text as it stands, gets another digest and answers 0xffffffff. No error is raised while signing.
#   The ERC has a second form of the description for this case (sorted types, then the bare struct name). The same
#   owner signature with the description written in that form is accepted.
# Affected: wallets and dapps that let a Solady, OpenZeppelin, Nexus or other ERC-7739 account sign Permit2 allowances,
#   Seaport orders (OrderComponents > OfferItem) and the like through viem; @biconomy/abstractjs 1.2.3 does so (read).
# Versions: viem 2.57.20, @openzeppelin/contracts 5.7.0, solady 0.1.26, solc 0.8.28, @foundry-rs/anvil 1.7.1.
# Date: 2026-11-29. Exit status 0 while this holds, 1 when it has changed.
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
  viem@2.57.20 @openzeppelin/contracts@5.7.0 solady@0.1.26 solc@0.8.28 @foundry-rs/anvil@1.7.1

cat > Accounts.sol <<'SOL'
// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;
import {ERC7739} from "@openzeppelin/contracts/utils/cryptography/signers/draft-ERC7739.sol";
import {SignerECDSA} from "@openzeppelin/contracts/utils/cryptography/signers/SignerECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {ERC1271} from "solady/src/accounts/ERC1271.sol";

contract OpenZeppelinAccount is ERC7739, SignerECDSA {
    constructor(address owner) EIP712("OpenZeppelinAccount", "1") SignerECDSA(owner) {}
}

contract SoladyAccount is ERC1271 {
    address immutable owner;
    constructor(address owner_) { owner = owner_; }
    function _domainNameAndVersion() internal pure override returns (string memory, string memory) {
        return ("SoladyAccount", "1");
    }
    function _erc1271Signer() internal view override returns (address) { return owner; }
}
SOL

cat > run.mjs <<'JS'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { concat, createWalletClient, defineChain, encodeDeployData, encodeFunctionData, hashTypedData, http, numberToHex,
  publicActions, size, slice, stringToHex } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { signTypedData } from 'viem/experimental/erc7739'
const solc = createRequire(import.meta.url)('solc')

const out = JSON.parse(solc.compile(JSON.stringify({
  language: 'Solidity',
  sources: { 'Accounts.sol': { content: readFileSync('Accounts.sol', 'utf8') } },
  settings: { optimizer: { enabled: true }, outputSelection: { '*': { '*': ['abi', 'evm.bytecode.object'] } } },
}), { import: (path) => ({ contents: readFileSync(`node_modules/${path}`, 'utf8') }) }))
const errors = (out.errors ?? []).filter((e) => e.severity === 'error')
if (errors.length) throw new Error(errors[0].formattedMessage)

const rpc = process.argv[2]
const chain = defineChain({ id: 31337, name: 'local', nativeCurrency: { name: 'E', symbol: 'E', decimals: 18 },
  rpcUrls: { default: { http: [rpc] } } })
const owner = privateKeyToAccount('0x' + '11'.repeat(32))
const funded = privateKeyToAccount('0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80')
const client = createWalletClient({ account: funded, chain, transport: http(), pollingInterval: 50 }).extend(publicActions)
const isValidSignature = [{ type: 'function', name: 'isValidSignature', stateMutability: 'view',
  inputs: [{ type: 'bytes32' }, { type: 'bytes' }], outputs: [{ type: 'bytes4' }] }]

const PERMIT2 = '0x000000000022D473030F116dDEE9F6B43aC78BA3'
const domain = { name: 'Permit2', chainId: 31337, verifyingContract: PERMIT2 }
const one = '0x1000000000000000000000000000000000000001'
const cases = {
  PermitTransferFrom: {
    domain, primaryType: 'PermitTransferFrom',
    types: {
      PermitTransferFrom: [{ name: 'permitted', type: 'TokenPermissions' }, { name: 'spender', type: 'address' },
        { name: 'nonce', type: 'uint256' }, { name: 'deadline', type: 'uint256' }],
      TokenPermissions: [{ name: 'token', type: 'address' }, { name: 'amount', type: 'uint256' }],
    },
    message: { permitted: { token: one, amount: 5n }, spender: one, nonce: 0n, deadline: 2000000000n },
  },
  PermitSingle: {
    domain, primaryType: 'PermitSingle',
    types: {
      PermitSingle: [{ name: 'details', type: 'PermitDetails' }, { name: 'spender', type: 'address' },
        { name: 'sigDeadline', type: 'uint256' }],
      PermitDetails: [{ name: 'token', type: 'address' }, { name: 'amount', type: 'uint160' },
        { name: 'expiration', type: 'uint48' }, { name: 'nonce', type: 'uint48' }],
    },
    message: { details: { token: one, amount: 5n, expiration: 2000000000, nonce: 0 }, spender: one, sigDeadline: 2000000000n },
  },
}
// The form of the ERC for this case: all types sorted by name, then the bare name of the struct.
const explicit = 'PermitDetails(address token,uint160 amount,uint48 expiration,uint48 nonce)' +
  'PermitSingle(PermitDetails details,address spender,uint256 sigDeadline)PermitSingle'

const seen = {}
for (const name of ['OpenZeppelinAccount', 'SoladyAccount']) {
  const { abi, evm } = out.contracts['Accounts.sol'][name]
  const hash = await client.sendTransaction({
    data: encodeDeployData({ abi, bytecode: `0x${evm.bytecode.object}`, args: [owner.address] }) })
  const { contractAddress: verifier } = await client.waitForTransactionReceipt({ hash })
  // The gas price makes it a call as from another contract: Solady has one more check, for calls without one.
  const ask = async (digest, signature) => slice((await client.call({ to: verifier, gasPrice: 2000000000n,
    data: encodeFunctionData({ abi: isValidSignature, args: [digest, signature] }) })).data, 0, 4)
  for (const [kind, data] of Object.entries(cases)) {
    const signature = await signTypedData(client, { account: owner, ...data, verifier })
    seen[`${name} ${kind}`] = await ask(hashTypedData(data), signature)
    if (kind === 'PermitSingle') {
      const head = slice(signature, 0, 65 + 32 + 32)
      const text = stringToHex(explicit)
      seen[`${name} ${kind}, same owner signature, description in the other form`] =
        await ask(hashTypedData(data), concat([head, text, numberToHex(size(text), { size: 2 })]))
    }
  }
}
const YES = '0x1626ba7e', NO = '0xffffffff'
let same = true
for (const [what, answer] of Object.entries(seen)) {
  const expected = what.endsWith(' PermitSingle') ? NO : YES
  console.log(`${what}: ${answer}${answer === YES ? ' (valid)' : ' (refused)'}`)
  if (answer !== expected) same = false
}
console.log(same ? 'As found: viem signs PermitSingle for an ERC-7739 account and the account refuses it.' : 'CHANGED')
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
