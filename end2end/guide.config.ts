import { defineConfig } from "@playwright/test";

import config from "./playwright.config.ts";

// `cargo xtask test guide`: the app of the guide, on the chain of the guide.
export default defineConfig({
  ...config,
  testDir: "./guide",
  // Playwright empties it, and what the other tests left there may be looked at.
  outputDir: "./test-results/guide",
  projects: config.projects?.filter(({ name }) => name === "parallel"),
});
