import { defineConfig, devices } from "@playwright/test";

// `cargo xtask test e2e` starts the devnet, serves the dapp and sets these variables.
const { CHROMIUM, CHROMIUM_ARGS, USE_AA_DAPP_URL, USE_AA_REPORT } = process.env;

const noSandbox = process.getuid?.() === 0 ? ["--no-sandbox"] : [];

export default defineConfig({
  testDir: "./tests",
  outputDir: "./test-results",
  // The specs share one devnet, its faults and its log.
  workers: 1,
  fullyParallel: false,
  retries: 0,
  forbidOnly: !!process.env.CI,
  // Longer than anything takes on a busy machine that does not hang.
  timeout: 120_000,
  expect: { timeout: 30_000 },
  reporter: [["list"], ["json", { outputFile: USE_AA_REPORT ?? "test-results/report.json" }]],
  use: {
    baseURL: USE_AA_DAPP_URL ?? "http://127.0.0.1:8080",
    trace: "retain-on-failure",
    screenshot: "only-on-failure",
    launchOptions: {
      executablePath: CHROMIUM ?? "/usr/bin/chromium",
      args: CHROMIUM_ARGS?.split(" ") ?? [
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        ...noSandbox,
      ],
    },
  },
  projects: [{ name: "chromium", use: { ...devices["Desktop Chrome"] } }],
});
