// A file, for the page's policy refuses scripts that stand in the page.

// Leptos makes the fixed parts of a view from HTML. Code from text stays refused.
window.trustedTypes?.createPolicy("default", { createHTML: (html) => html });

const named = (link) => document.querySelector(link).href;

import(named("link[rel=modulepreload]")).then((dapp) =>
  dapp.default({ module_or_path: named("link[type='application/wasm']") }),
);
