import { defineConfig } from "@playwright/test";

import config from "./playwright.config.ts";

// `cargo xtask shots`: screenshots of the dapp, in the states that the tests bring about.
export default defineConfig({
  ...config,
  testDir: "./shots",
  // Playwright empties it, and what the other tests left there may be looked at.
  outputDir: "./test-results/shots",
});
