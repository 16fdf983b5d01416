import { defineConfig } from "@playwright/test";

import config from "./playwright.config.ts";

// `cargo xtask test release`: the dapp as it is published starts. What it does is tried on a quicker build.
export default defineConfig({
  ...config,
  testDir: "./published",
  // Playwright empties it, and what the other tests left there may be looked at.
  outputDir: "./test-results/published",
  use: { ...config.use, contextOptions: { reducedMotion: "no-preference" } },
  projects: config.projects?.filter(({ name }) => name === "parallel"),
});
