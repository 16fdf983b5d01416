#!/usr/bin/env bash
# A profile override for the package `keccak` does not change how fast alloy's keccak256 is; one for `alloy-primitives` does.
#
# Guess: in a page built with `opt-level = "z"`, hashes are fast again with
#   `[profile.release.package] keccak = { opt-level = 3 }`, since the permutation is code of that crate.
# What happens: the permutation is a generic function. Cargo's overrides name the crate that is compiled, and a generic
#   function is compiled in the crate that first uses it with its types: here alloy-primitives. With the override for
#   `keccak`, or for `sha3` between the two, a hash takes as long as before; with the one for `alloy-primitives` it takes
#   less than 60 percent of the time.
# Affected: dapps in Rust that are built for size and hash in the page, such as trees of session policies.
# Versions: alloy-primitives 1.7.3, keccak 0.2.2, sha3 0.11.0, Rust 1.95, Node.js 20. Date: 2026-11-30.
# Exit status 0 while this holds, 1 when it has changed.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"

mkdir src
cat > Cargo.toml <<'TOML'
[package]
name = "page"
version = "0.1.0"
edition = "2021"
[lib]
crate-type = ["cdylib"]
[dependencies]
alloy-primitives = { version = "=1.7.3", default-features = false }
keccak = "=0.2.2"
sha3 = { version = "=0.11.0", default-features = false }
[profile.release]
opt-level = "z"
lto = true
codegen-units = 1
panic = "abort"
strip = true
[workspace]
TOML
cat > src/lib.rs <<'RUST'
/// Returns the first byte of the hash of a number.
#[no_mangle]
pub extern "C" fn hash(number: u64) -> u8 {
    alloy_primitives::keccak256(number.to_be_bytes())[0]
}
RUST

cat > time.mjs <<'JS'
import { readFileSync } from "node:fs"
const { instance } = await WebAssembly.instantiate(readFileSync(process.argv[2]))
const { hash } = instance.exports
let best = Infinity
for (let round = 0; round < 12; round++) {
  const start = performance.now()
  for (let number = 0n; number < 40_000n; number++) hash(number)
  best = Math.min(best, performance.now() - start)
}
console.log(Math.round((best * 1e6) / 40_000))
JS

nanoseconds() {
    cargo build --quiet --release --target wasm32-unknown-unknown "$@" >&2
    node time.mjs target/wasm32-unknown-unknown/release/page.wasm
}
plain=$(nanoseconds)
keccak=$(nanoseconds --config 'profile.release.package.keccak.opt-level=3')
sha3=$(nanoseconds --config 'profile.release.package.sha3.opt-level=3')
alloy=$(nanoseconds --config 'profile.release.package.alloy-primitives.opt-level=3')
echo "nanoseconds for a hash: $plain for size, $keccak with keccak at level 3, $sha3 with sha3, $alloy with alloy-primitives"

near() { [ $((10 * $1)) -gt $((8 * plain)) ] && [ $((10 * $1)) -lt $((12 * plain)) ]; }
near "$keccak" && near "$sha3" && [ $((10 * alloy)) -lt $((6 * plain)) ]
