#!/bin/sh
# Shrinks the release build in a folder: each program of wasm-bindgen, and its script. Binaryen's `wasm-opt` and `esbuild` must
# be on the PATH. Trunk has options for both, but no option shortens names, and its minifier leaves the script as it is.
#
#   sh trunk/shrink.sh dist
set -eu
cd "$1"

# Prints the program's imports and exports, as `import|export NAME SHORT`, from what wasm-opt prints.
names() {
  sed -nE -e 's/^ *\["[^"]*", "([^"]*)", "([^"]*)"\],?$/import \1 \2/p' -e 's/^ *\["([^"]*)", "([^"]*)"\],?$/export \1 \2/p'
}

for program in *_bg.wasm; do
  script=${program%_bg.wasm}.js
  # The names in the program and its script, each with a hash of 16 digits, compress badly. Snippets of packages are modules of
  # their own, whose names must stay.
  shorten=--minify-imports-and-exports-and-modules
  ! grep -q 'snippets/' "$script" || shorten=
  # The flattening pass and the order of functions help the compression.
  wasm-opt -Os --low-memory-unused --one-caller-inline-max-function-size=50 --flatten --rereloop -Os -Os \
    --reorder-functions-by-name $shorten --strip-debug --strip-producers --strip-target-features \
    -o "$program.new" "$program" >"$program.names"
  # wasm-opt gives all modules the name `a`.
  names <"$program.names" | sed -E \
    -e 's/^import (.*) (.*)/s|([^A-Za-z0-9_$])\1:|\\1\2:|g/' \
    -e 's/^export (.*) (.*)/s|(wasm[.])\1([^A-Za-z0-9_$])|\\1\2\\2|g/' >"$program.sed"
  [ -z "$shorten" ] || echo 's|"\./[^"]*_bg\.js": *import0|"a": import0|' >>"$program.sed"
  sed -E -f "$program.sed" "$script" >"$script.new"
  esbuild --minify --format=esm --loader=js --log-level=warning <"$script.new" >"$script"
  mv "$program.new" "$program"
  rm "$program.names" "$program.sed" "$script.new"
done
