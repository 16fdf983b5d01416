#!/bin/sh
# What trunk does not do by itself, after each of its builds.
set -eu

# The dapp reads config.json beside it. `cargo xtask dev` names the one for its devnet.
[ -z "${USE_AA_CONFIG:-}" ] || cp "$USE_AA_CONFIG" "$TRUNK_STAGING_DIR/config.json"

# The published program is split into its pages, so that a visitor waits for the first of them alone.
if [ "$TRUNK_PROFILE" = release ]; then
  target="${CARGO_TARGET_DIR:-$TRUNK_SOURCE_DIR/target}/wasm32-unknown-unknown/wasm-release"
  node trunk/shrink.mjs "$TRUNK_STAGING_DIR" "$target/demo.wasm"
fi

# `trunk serve` writes a script into the page, which reloads it after a build, and fills its blanks as it serves. The
# page's policy wants it in a file.
page="$TRUNK_STAGING_DIR/index.html"
if grep -q '{{__TRUNK_ADDRESS__}}' "$page"; then
  sed -n '/<script>/,/<\/script>/p' "$page" | sed -e 's/.*<script>//' -e 's/<\/script>.*//' \
    -e "s/'{{__TRUNK_ADDRESS__}}'/location.host/" -e 's|{{__TRUNK_WS_BASE__}}|/|' >"$TRUNK_STAGING_DIR/reload.js"
  sed -e '/<script>/,/<\/script>/{' -e 's/<script>.*/<script src="reload.js"><\/script>/;t' -e 's/.*<\/script>//;t' \
    -e 'd' -e '}' "$page" >"$page.new"
  mv "$page.new" "$page"
fi

# The guide, and the files of the hooks' pages. Within `cargo xtask`, by that program itself.
if [ -n "${USE_AA_XTASK:-}" ]; then
  "$USE_AA_XTASK" site "$TRUNK_STAGING_DIR"
else
  cargo xtask site "$TRUNK_STAGING_DIR"
fi

sh trunk/policy.sh "$TRUNK_STAGING_DIR"
