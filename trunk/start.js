// A file, for the page's policy refuses scripts that stand in the page.

// Leptos makes the fixed parts of a view from HTML. Code from text stays refused.
window.trustedTypes?.createPolicy("default", { createHTML: (html) => html });

const named = (link) => document.querySelector(link).href;

// The shell is that of the first page.
const shell = document.querySelector(".splash");

const show = (id) => {
  shell.classList.remove("other");
  document.getElementById(id)?.removeAttribute("hidden");
};
const [, page] = location.hash.split("/");
shell.classList.toggle("other", !!page);
// It gives way to the page before the next frame.
new MutationObserver((_, observer) => {
  if (!shell.nextElementSibling) return;
  observer.disconnect();
  shell.remove();
}).observe(document.body, { childList: true });

// A link leads to the top of its page, Back to where the last one was left.
let is_link = false;
addEventListener("click", ({ target, ctrlKey, metaKey, shiftKey, altKey }) => {
  is_link = !ctrlKey && !metaKey && !shiftKey && !altKey && !!target.closest?.("a[href^='#']");
});
addEventListener("hashchange", () => {
  if (is_link) scrollTo(0, 0);
  is_link = false;
});

if (typeof WebAssembly === "undefined") show("no-wasm");
else
  import(named("link[rel=modulepreload]"))
    .then((dapp) => dapp.default({ module_or_path: named("link[type='application/wasm']") }))
    .catch((error) => {
      show("not-started");
      throw error;
    });
