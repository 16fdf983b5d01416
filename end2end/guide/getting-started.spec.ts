import { expect, test } from "@playwright/test";

import { Devnet, root } from "../support/devnet.ts";
import { Example } from "../support/example.ts";

test("the app of the guide connects, grants, mints twice, and mints again after a reload", async ({ page }) => {
  const { USE_AA_DEVNET = "" } = process.env;
  const app = new Example(page);
  await page.goto("/");

  const account = await app.live();

  const devnet = new Devnet(await root(USE_AA_DEVNET, true), "guide");
  expect(await devnet.nftsOf(account)).toHaveLength(3);
  await expect(page.getByRole("alert").filter({ hasText: /./ })).toHaveCount(0);
});
