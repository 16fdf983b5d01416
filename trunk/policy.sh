#!/bin/sh
# Writes the Content-Security-Policy into the pages of a folder, in place of the one that is there. They may speak with
# their own origin and with the services that the config.json beside them names.
#
#   sh trunk/policy.sh dist
set -eu
cd "$1"

services=
if [ -f config.json ]; then
  services=$(
    tr -d '\n' <config.json | sed 's|\\/|/|g' |
      grep -oE '"(rpc|url)"[[:space:]]*:[[:space:]]*"https?://[^"/?#]+' |
      sed 's/.*"//; s|//.*@|//|' | grep -E '^https?://[][A-Za-z0-9.:-]+$' | sort -u | tr '\n' ' '
  ) || true
fi

policy="default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:"
policy="$policy; connect-src 'self' $services; base-uri 'none'; form-action 'none'; object-src 'none'"
policy="$policy; require-trusted-types-for 'script'; trusted-types default"
policy=$(printf %s "$policy" | sed 's/ ;/;/g')

for page in *.html; do
  sed -e 's|<meta http-equiv="Content-Security-Policy"[^>]*>||' \
    -e "s|<meta charset[^>]*>|&<meta http-equiv=\"Content-Security-Policy\" content=\"$policy\">|" "$page" >"$page.new"
  mv "$page.new" "$page"
done
