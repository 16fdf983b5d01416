//! Wasm programs that run in headless Chromium.

use std::{fs, process::Command};

use anyhow::{Context, Result};
use serde_json::json;

use super::{cargo, chromium::Chromium};
use crate::project::Project;

/// Creates a cargo command that runs wasm tests or benches in headless Chromium.
///
/// # Errors
/// Fails if Rust's wasm target, wasm-bindgen or Chromium is missing and cannot be installed.
pub(crate) fn cargo(project: &Project) -> Result<Command> {
    cargo::wasm_target(project)?;
    cargo::wasm_bindgen(project)?;
    let chromium = Chromium::install(project)?;
    let mut switches = Chromium::arguments(project)?;
    switches.push("--headless");
    let capabilities = json!({
        "goog:chromeOptions": {
            "binary": chromium.browser,
            "args": switches,
        }
    });
    let webdriver = project.scratch("wasm")?.join("webdriver.json");
    fs::write(&webdriver, capabilities.to_string())
        .with_context(|| format!("cannot write {}: check its permissions", webdriver.display()))?;

    let mut command = project.command("cargo");
    command
        .env("CHROMEDRIVER", &chromium.driver)
        .env("WASM_BINDGEN_TEST_WEBDRIVER_JSON", &webdriver)
        .env("WASM_BINDGEN_TEST_DRIVER_TIMEOUT", "60")
        .env("WASM_BINDGEN_TEST_ONLY_WEB", "1")
        // For all tests together, in seconds.
        .env("WASM_BINDGEN_TEST_TIMEOUT", "300");
    Ok(command)
}
