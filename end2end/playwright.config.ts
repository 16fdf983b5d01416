import { availableParallelism } from "node:os";

import { defineConfig, devices } from "@playwright/test";

import type { Options } from "./support/test.ts";

// `cargo xtask test e2e` starts the devnets, serves the dapp for each and sets these variables.
const {
  CHROMIUM,
  CHROMIUM_ARGS,
  USE_AA_DAPP_URL = "http://127.0.0.1:8080",
  USE_AA_DEVNET = "http://127.0.0.1:8545",
  USE_AA_REPORT,
  USE_AA_SERIAL_DAPP_URL = USE_AA_DAPP_URL,
  USE_AA_SERIAL_DEVNET = USE_AA_DEVNET,
} = process.env;

const noSandbox = process.getuid?.() === 0 ? ["--no-sandbox"] : [];

const isShared = USE_AA_SERIAL_DEVNET === USE_AA_DEVNET;

/** Does what concerns the whole devnet: holds its bundler, kills a part, changes blocks or their time. */
const SERIAL = /@serial/;

export default defineConfig<object, Options>({
  testDir: "./tests",
  outputDir: "./test-results/e2e",
  // Each test has a namespace of the devnet. `--workers` overrides the number.
  workers: isShared ? 1 : availableParallelism(),
  fullyParallel: true,
  retries: 0,
  forbidOnly: !!process.env.CI,
  // Longer than anything takes on a busy machine that does not hang.
  timeout: 120_000,
  expect: { timeout: 30_000 },
  reporter: [["list"], ["json", { outputFile: USE_AA_REPORT ?? "test-results/report.json" }]],
  use: {
    ...devices["Desktop Chrome"],
    // To draw what moves takes more time than what the tests ask for. The dapp as it is published is tried with it.
    contextOptions: { reducedMotion: "reduce" },
    // `--trace retain-on-failure` keeps what happened. To film each page takes more time than the tests themselves.
    trace: "off",
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
  projects: [
    // First, so that the other workers are busy meanwhile.
    {
      name: "serial",
      grep: SERIAL,
      workers: 1,
      use: { baseURL: USE_AA_SERIAL_DAPP_URL, devnetUrl: USE_AA_SERIAL_DEVNET, isSerial: true },
    },
    {
      name: "parallel",
      grepInvert: SERIAL,
      use: { baseURL: USE_AA_DAPP_URL, devnetUrl: USE_AA_DEVNET, isSerial: false },
    },
  ],
});
