#!/usr/bin/env bash
# wasm-opt 132 with --all-features writes modules that browsers and Node.js refuse, though the input uses no new feature.
#
# Guess: --all-features only permits what the input contains, as it did for years; many build scripts pass it so that wasm-opt
#   reads the output of any compiler.
# What happens: Binaryen 132 has the feature "compact imports" and, if it is on, writes each run of imports of one module in the
#   new form of the import section. Chromium reports "Invalid import kind 126", Node.js "unknown import kind 0x7e". Without --all-features
#   (the features of the target_features section, or the default) the section stays as it was.
# Affected: wasm-bindgen programs, whose imports all come from one module, in pipelines that pass --all-features (or -all).
# Versions: binaryen 132.0.0, Node.js 20 and Chromium 156. Date: 2026-11-29.
# Exit status 0 while this holds, 1 when it has changed.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
echo '{"private":true}' > package.json
npm install --silent --no-audit --no-fund binaryen@132.0.0
export PATH="$dir/node_modules/.bin:$PATH"

cat > page.wat <<'WAT'
(module
  (import "page_bg.js" "first" (func $first))
  (import "page_bg.js" "second" (func $second))
  (import "page_bg.js" "third" (func $third))
  (func (export "run") (call $first) (call $second) (call $third)))
WAT
wasm-as page.wat -o page.wasm
wasm-opt -Os page.wasm -o default.wasm
wasm-opt -Os --all-features page.wasm -o all.wasm
wasm-opt -Os --all-features --disable-compact-imports page.wasm -o without.wasm

cat > check.cjs <<'JS'
const { readFileSync } = require('node:fs')
const compiles = (name) => {
  try {
    new WebAssembly.Module(readFileSync(name))
    console.log(`${name}: compiles`)
    return true
  } catch (error) {
    console.log(`${name}: ${error.message}`)
    return false
  }
}
const found = ['default.wasm', 'all.wasm', 'without.wasm'].map(compiles)
console.log(`Node.js ${process.version}`)
process.exit(found.join() === 'true,false,true' ? 0 : 1)
JS
node check.cjs
