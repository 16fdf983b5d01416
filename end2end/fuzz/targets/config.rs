#![no_main]
// Of the dapp's files no more is used than reads the text.
#![allow(dead_code)]

use self::{error::ConfigError, file::File, kind::Kind, settings::Config};

#[path = "../../../src/demo/config/error.rs"]
mod error;
#[path = "../../../src/demo/config/file.rs"]
mod file;
#[path = "../../../src/demo/config/holds.rs"]
mod holds;
#[path = "../../../src/demo/config/kind.rs"]
mod kind;
#[path = "../../../src/demo/config/settings.rs"]
mod settings;

libfuzzer_sys::fuzz_target!(|text: &str| holds::holds(text));
