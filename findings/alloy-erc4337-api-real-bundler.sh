#!/usr/bin/env bash
# alloy: of the four methods of Erc4337Api only supported_entry_points can read the answer of a bundler. An operation that
# was accepted and executed comes back to the caller as an error.
#
# Guess: alloy-provider's feature "erc4337-api" is a typed client for the bundler RPC (ERC-7769). A valid operation can be
#   estimated, sent and awaited with it; a receipt that is not there yet is None or a null that can be told apart.
# What happens (entry point 0.7, alto; the shapes are those of ERC-7769):
#   estimate: "missing field `verificationGas`": the type lacks verificationGasLimit and wants another name;
#   send: the answer is the bare hash, the type wants an object with userOpHash: Err, but the operation is included;
#   receipt before inclusion: null, the return type has no Option: Err;
#   receipt of the included operation: Err too, `paymaster` and `reason` are mandatory, and a bundler leaves them out when
#   the account pays and nothing reverted.
#   The script feeds the bundler's answers to the return types of the trait, which is all that its methods do after the
#   request (read); through the provider itself the errors were the same (run once; it needs 280 crates, so not repeated here).
# Affected: Rust wallets and services that build on alloy. The worst is the send: code that tries again on Err with a
#   new nonce executes the calls twice. The way out: raw_request with own types for the answers.
# Versions: alloy-rpc-types-eth 2.5.0 (and alloy-provider 2.5.0), @pimlico/alto 0.0.20,
#   @account-abstraction/contracts 0.7.0, viem 2.57.20, @foundry-rs/anvil 1.7.1.
# Date: 2026-11-29. Exit status 0 while this holds, 1 when it has changed.
set -euo pipefail
dir=$(mktemp -d)
anvil_pid=
alto_pid=
cleanup() {
  for pid in $alto_pid $anvil_pid; do kill "$pid" 2>/dev/null || true; wait "$pid" 2>/dev/null || true; done
  rm -rf "$dir"
}
trap cleanup EXIT
mkdir -p "$dir/bundler" "$dir/probe/src"
cd "$dir"
echo '{"private":true,"type":"module"}' > package.json
npm install --silent --no-audit --no-fund --ignore-scripts \
  viem@2.57.20 @foundry-rs/anvil@1.7.1 @account-abstraction/contracts@0.7.0
(cd bundler; echo '{"private":true}' > package.json
  npm install --silent --no-audit --no-fund --ignore-scripts @pimlico/alto@0.0.20)

cat > probe/Cargo.toml <<'TOML'
[package]
name = "probe"
version = "0.0.0"
edition = "2021"
publish = false
[dependencies]
alloy-rpc-types-eth = { version = "=2.5.0", default-features = false, features = ["serde", "std"] }
serde = "=1.0.229"
serde_json = "=1.0.154"
[profile.dev]
debug = false
incremental = false
TOML
cat > probe/src/main.rs <<'RS'
use std::{fmt::Debug, fs};

use alloy_rpc_types_eth::erc4337::{
    PackedUserOperation, SendUserOperationResponse, UserOperationGasEstimation, UserOperationReceipt,
};
use serde::de::DeserializeOwned;
use serde_json::Value;

fn answer(name: &str) -> Value {
    serde_json::from_str(&fs::read_to_string(format!("{name}.json")).expect(name)).expect("JSON")
}

fn tell<T: Debug + DeserializeOwned>(what: &str, answer: Value) {
    match serde_json::from_value::<T>(answer) {
        Ok(_) => println!("{what}: Ok"),
        Err(error) => println!("{what}: Err {error}"),
    }
}

fn main() {
    tell::<PackedUserOperation>("the operation", answer("op"));
    tell::<UserOperationGasEstimation>("estimate", answer("estimate"));
    tell::<UserOperationReceipt>("receipt before", answer("before"));
    tell::<SendUserOperationResponse>("send", answer("send"));
    tell::<UserOperationReceipt>("receipt after", answer("after"));
    // The two fields filled in, to see that they are all that is missing.
    let mut filled = answer("after");
    filled["paymaster"] = "0x0000000000000000000000000000000000000000".into();
    tell::<UserOperationReceipt>("receipt after, paymaster filled in", filled.clone());
    filled["reason"] = "0x".into();
    tell::<UserOperationReceipt>("receipt after, paymaster and reason filled in", filled);
}
RS
(cd probe; nice cargo build --quiet --target-dir "$dir/target")

cat > chain.mjs <<'JS'
import { readFileSync } from 'node:fs'
import { concat, createWalletClient, defineChain, http, publicActions } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
const chain = defineChain({ id: 31337, name: 'local', nativeCurrency: { name: 'E', symbol: 'E', decimals: 18 },
  rpcUrls: { default: { http: [process.argv[2]] } } })
const funded = privateKeyToAccount('0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80')
export const client = createWalletClient({ account: funded, chain, transport: http(), pollingInterval: 50 }).extend(publicActions)
export const artifact = (name) => JSON.parse(readFileSync(`node_modules/@account-abstraction/contracts/artifacts/${name}.json`))
export const done = async (hash) => client.waitForTransactionReceipt({ hash: await hash })
export const ENTRY_POINT = '0x0000000071727De22E5E9d8BAf0edAc6f37da032'
// EntryPoint 0.7 at its canonical address, through the deterministic deployer.
export const deployEntryPoint = () => done(client.sendTransaction({ to: '0x4e59b44847b379578588920cA78FbF26c0B4956C',
  data: concat(['0x90d8084deab30c2a37c45e8d47f49f2f7965183cb6990a98943ef94940681de3', artifact('EntryPoint').bytecode]) }))
JS
cat > deploy.mjs <<'JS'
import { ENTRY_POINT, client, deployEntryPoint } from './chain.mjs'
await deployEntryPoint()
if (!await client.getCode({ address: ENTRY_POINT })) throw new Error('no EntryPoint')
JS
# A deployed SimpleAccount sends 1000 wei away by an operation; each answer of the bundler goes to a file.
cat > run.mjs <<'JS'
import { writeFileSync } from 'node:fs'
import { encodeDeployData, encodeFunctionData, numberToHex, parseEther } from 'viem'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import { getUserOperationHash } from 'viem/account-abstraction'
import { ENTRY_POINT, artifact, client, done } from './chain.mjs'

const keep = (name, value) => { writeFileSync(`${name}.json`, JSON.stringify(value)); return value }
async function ask(method, params) {
  const response = await fetch(process.argv[3], { method: 'POST', headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }) })
  const { result, error } = await response.json()
  if (error) throw new Error(`${method}: ${error.message}`)
  return result
}
const { abi, bytecode } = artifact('SimpleAccountFactory')
const { contractAddress: factory } = await done(client.sendTransaction({
  data: encodeDeployData({ abi, bytecode, args: [ENTRY_POINT] }) }))
const owner = privateKeyToAccount(generatePrivateKey())
const sender = await client.readContract({ address: factory, abi, functionName: 'getAddress', args: [owner.address, 0n] })
await done(client.writeContract({ address: factory, abi, functionName: 'createAccount', args: [owner.address, 0n] }))
await done(client.sendTransaction({ to: sender, value: parseEther('1') }))

const target = '0x1000000000000000000000000000000000000001'
const op = { sender, nonce: 0n, callData: encodeFunctionData({ abi: artifact('SimpleAccount').abi, functionName: 'execute',
  args: [target, 1000n, '0x'] }), callGasLimit: 100000n, verificationGasLimit: 200000n,
  preVerificationGas: 100000n, maxFeePerGas: 10000000000n, maxPriorityFeePerGas: 2000000000n, signature: '0x' }
const hash = getUserOperationHash({ chainId: 31337, entryPointAddress: ENTRY_POINT, entryPointVersion: '0.7', userOperation: op })
op.signature = await owner.signMessage({ message: { raw: hash } })
const wire = keep('op', Object.fromEntries(Object.entries(op).map(([key, value]) =>
  [key, typeof value === 'bigint' ? numberToHex(value) : value])))

keep('estimate', await ask('eth_estimateUserOperationGas', [wire, ENTRY_POINT]))
keep('before', await ask('eth_getUserOperationReceipt', [hash]))
keep('send', await ask('eth_sendUserOperation', [wire, ENTRY_POINT]))
let receipt
for (let i = 0; i < 100 && !receipt; i++) {
  await new Promise((resolve) => setTimeout(resolve, 200))
  receipt = keep('after', await ask('eth_getUserOperationReceipt', [hash]))
}
console.log(`the bundler: included, success ${receipt?.success}; the target holds ${await client.getBalance({ address: target })} wei`)
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
node -r ./loopback.cjs bundler/node_modules/@pimlico/alto/esm/cli/alto.js run --entrypoints 0x0000000071727De22E5E9d8BAf0edAc6f37da032 \
  --rpc-url "http://127.0.0.1:$port" --port "$bundler_port" --safe-mode false \
  --executor-private-keys 0x47e179ec197488593b187f80a00eb0da91f1b9d0b13f8733639f19c30a34926a \
  --utility-private-key 0x8b3a350cf5c34c9194ca85829a2df0ec3153be0318b5e2d3348e872092edffba \
  --utility-wallet-monitor false --deploy-simulations-contract true \
  --min-bundle-interval 10 --max-bundle-interval 50 --block-time 100 > alto.log 2>&1 &
alto_pid=$!
listening "$bundler_port"
{ node run.mjs "http://127.0.0.1:$port" "http://127.0.0.1:$bundler_port"; target/debug/probe; } | tee seen

for line in \
  '^the bundler: included, success true; the target holds 1000 wei$' \
  '^the operation: Ok$' \
  '^estimate: Err missing field `verificationGas`' \
  '^receipt before: Err invalid type: null' \
  '^send: Err invalid type: string .*expected struct SendUserOperationResponse' \
  '^receipt after: Err missing field `paymaster`' \
  '^receipt after, paymaster filled in: Err missing field `reason`' \
  '^receipt after, paymaster and reason filled in: Ok$'
do
  if ! grep -Eq "$line" seen; then echo "CHANGED: no line $line"; exit 1; fi
done
echo 'As found: the operation was executed, and the types of alloy read none of the answers.'
