#!/usr/bin/env bash
# Trunk with `minify = "on_release"` ships the script of wasm-bindgen as it was generated, not minified.
#
# Guess: Trunk minifies every script of a release build, so the script of wasm-bindgen needs no step of its own; if it could
#   not, the build would fail.
# What happens: Trunk 0.21 minifies with the crate minify-js 0.5, whose parser does not know `export { name as default }`.
#   wasm-bindgen ends its script for the web with that form (older releases wrote `export default name;`). Trunk logs a
#   warning, keeps the script, and the build succeeds (read: minify_js in Trunk's src/processing/minify.rs).
# Affected: each page that Trunk builds with a current wasm-bindgen, such as Leptos, Yew and Dioxus apps.
# Versions: minify-js 0.5.6 (the one of Trunk 0.21.14), wasm-bindgen and wasm-bindgen-cli-support 0.2.130. Date: 2026-11-29.
# Exit status 0 while this holds, 1 when it has changed.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"

mkdir -p page/src tool/src
cat > page/Cargo.toml <<'TOML'
[package]
name = "page"
version = "0.1.0"
edition = "2021"
[lib]
crate-type = ["cdylib"]
[dependencies]
wasm-bindgen = "=0.2.130"
[workspace]
TOML
cat > page/src/lib.rs <<'RUST'
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
pub fn greet(name: &str) -> String {
    format!("Hello, {name}!")
}
RUST
cat > tool/Cargo.toml <<'TOML'
[package]
name = "tool"
version = "0.1.0"
edition = "2021"
[dependencies]
minify-js = "=0.5.6"
wasm-bindgen-cli-support = "=0.2.130"
[workspace]
TOML
cat > tool/src/main.rs <<'RUST'
use minify_js::{minify, Session, TopLevelMode};

fn minified(name: &str, script: &str) -> bool {
    let (session, mut short) = (Session::new(), Vec::new());
    let result = minify(&session, TopLevelMode::Module, script.as_bytes(), &mut short);
    match &result {
        Ok(()) => println!("{name}: {} bytes, minified to {}", script.len(), short.len()),
        Err(error) => println!("{name}: {} bytes, not minified: {error:?}", script.len()),
    }
    result.is_ok()
}

fn main() {
    let [program, out] = [1, 2].map(|at| std::env::args().nth(at).unwrap());
    let mut bindgen = wasm_bindgen_cli_support::Bindgen::new();
    bindgen.input_path(program).typescript(false).web(true).unwrap();
    bindgen.generate(&out).unwrap();
    let script = std::fs::read_to_string(format!("{out}/page.js")).unwrap();
    println!("the script ends with: {}", script.trim_end().lines().last().unwrap());

    let now = minified("the script of wasm-bindgen", &script);
    let form = minified("export { name as default };", "const name = 1; export { name as default };");
    let older = minified("export default name;", "const name = 1; export default name;");
    let ends = script.trim_end().ends_with("as default };");
    std::process::exit(i32::from((now, form, older, ends) != (false, false, true, true)));
}
RUST
export CARGO_TARGET_DIR=$dir/target
cargo build --quiet --manifest-path page/Cargo.toml --target wasm32-unknown-unknown --release
cargo build --quiet --manifest-path tool/Cargo.toml
target/debug/tool target/wasm32-unknown-unknown/release/page.wasm "$dir/out"
