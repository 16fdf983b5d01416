// A file, for the page's policy refuses scripts that stand in the page.

// Leptos makes the fixed parts of a view from HTML. Code from text stays refused.
window.trustedTypes?.createPolicy("default", { createHTML: (html) => html });

const named = (link) => document.querySelector(link).href;

const show = (id) => (document.getElementById(id).hidden = false);

// The shell is that of the first page.
const [, page] = location.hash.split("/");
document.querySelector(".splash").classList.toggle("other", !!page);

if (typeof WebAssembly === "undefined") show("no-wasm");
else
  import(named("link[rel=modulepreload]"))
    .then((dapp) => dapp.default({ module_or_path: named("link[type='application/wasm']") }))
    .catch((error) => {
      show("not-started");
      throw error;
    });
