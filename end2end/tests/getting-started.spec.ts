import { readFile } from "node:fs/promises";
import path from "node:path";

import { expect, test } from "../support/test.ts";

/** The built page of the guide's app: `cargo xtask test e2e` sets it. */
const FOLDER = process.env.USE_AA_GUIDE_APP ?? "";

/** Where the page is in these tests. A page from another host than this machine would have no place for its keys. */
const PAGE = "http://localhost:9";

/** Where the guide has its services. */
const SERVICES = "http://127.0.0.1:8545";

const TYPES: Record<string, string> = { ".html": "text/html", ".js": "text/javascript", ".wasm": "application/wasm" };

test.beforeEach(async ({ devnet, page, watch }) => {
  watch.expectIgnoredHashes();
  await page.route(`${PAGE}/**`, async (route) => {
    const name = new URL(route.request().url()).pathname.slice(1) || "index.html";
    const body = await readFile(path.join(FOLDER, name));
    await route.fulfill({ body, contentType: TYPES[path.extname(name)] });
  });
  await page.route(`${SERVICES}/**`, async (route) => {
    const url = route.request().url().replace(SERVICES, devnet.url);
    // A page that has no address of its own may not connect to this machine.
    await route.fulfill({ response: await route.fetch({ url }) });
  });
});

test("the app of the guide mints twice, and a third time after a reload", async ({ devnet, page }) => {
  const minted = page.getByRole("status");
  const mint = page.getByRole("button", { name: "Mint" });
  await page.goto(PAGE);

  await page.getByRole("button", { name: "Connect Local dev wallet" }).click();
  const account = await page.getByText(/^Account 0x/).textContent();
  await page.getByRole("button", { name: "Create session" }).click();
  await mint.click();
  await expect(minted).toContainText("Minted in 0x");
  const first = await minted.textContent();
  await mint.click();
  await expect(minted).not.toHaveText(first!);
  await expect(minted).toContainText("Minted in 0x");
  await page.reload();
  await mint.click();
  await expect(minted).toContainText("Minted in 0x");

  const nfts = await devnet.nftsOf(account!.replace("Account ", "") as `0x${string}`);
  expect(nfts.length).toBeGreaterThanOrEqual(3);
});
