//! Splits the program that is published: its pages are downloads of their own.

use std::env;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rustc-check-cfg=cfg(split)");
    // Only the release build is optimised for its size. The other builds are for work and tests, and stay whole.
    let is_published = env::var("OPT_LEVEL").is_ok_and(|level| level == "z");
    if is_published && env::var("CARGO_CFG_TARGET_FAMILY").is_ok_and(|family| family == "wasm") {
        println!("cargo:rustc-cfg=split");
        // wasm-split reads from the relocations which function needs which.
        println!("cargo:rustc-link-arg-bins=--emit-relocs");
    }
}
