#!/usr/bin/env bash
# @biconomy/use-aa 1.1.1 does not load beside the newest @biconomy/account of its own peer range.
#
# Guess: the peer range ^4.5.4 permits 4.6.3, a patch of the version before, so a fresh install bundles and runs.
# What happens: 4.6.3 has no createSessionWithDistributedKey and no BrowserWallet, which 1.1.1 imports by name from its index.
#   npm installs both without a word. esbuild ends with "No matching export", once for each name, even for a page that uses
#   neither. 4.6.1 has both names and bundles. (Both need tslib, which neither lists; it stays outside here.)
# Affected: whoever installs the React hooks today, as their documentation says, without pinning @biconomy/account to 4.6.1.
# Versions: @biconomy/use-aa 1.1.1, @biconomy/account 4.6.3 and 4.6.1, esbuild 0.25.12, Node.js 20. Date: 2026-11-29.
# Exit status 0 while this holds, 1 when it has changed.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
echo '{"private":true,"type":"module"}' > package.json

# Builds a page that uses one hook, and prints the names that are missing. The other peers stay outside.
build() {
  npm install --silent --no-audit --no-fund --legacy-peer-deps \
    @biconomy/use-aa@1.1.1 "@biconomy/account@$1" esbuild@0.25.12 viem@2.57.20
  echo 'import { useSmartAccount } from "@biconomy/use-aa"; console.log(useSmartAccount)' > page.js
  npx esbuild page.js --bundle --format=esm --platform=node --outfile=out.js --log-level=error \
    --external:wagmi --external:react --external:react/jsx-runtime --external:@tanstack/react-query --external:tslib 2>&1 |
    grep -oE 'No matching export .* for import "[A-Za-z]+"' | grep -oE '"[A-Za-z]+"$' | sort -u | tr '\n' ' ' || true
}

range=$(npm view @biconomy/use-aa@1.1.1 peerDependencies.@biconomy/account)
newest=$(build 4.6.3)
older=$(build 4.6.1)
echo "peer range: $range"
echo "missing in 4.6.3: ${newest:-nothing}"
echo "missing in 4.6.1: ${older:-nothing}"
[ "$range" = "^4.5.4" ] && [ "$newest" = '"BrowserWallet" "createSessionWithDistributedKey" ' ] && [ -z "$older" ]
