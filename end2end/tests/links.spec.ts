import type { Page } from "@playwright/test";

import { expect, test } from "../support/test.ts";

test.use({ viewport: { width: 390, height: 844 }, hook: "use_gas_estimate" });

const scrolled = async (page: Page) => page.evaluate(() => scrollY);

test("a link from the middle of a page leads to the top of another one", async ({ activity, dapp, devnet, page, wallet }) => {
  await dapp.startWithSession(wallet);
  await dapp.mint();
  await devnet.quiet();
  const link = page.getByRole("link", { name: "See all activity" });
  await link.scrollIntoViewIfNeeded();
  const before = await scrolled(page);
  expect(before).toBeGreaterThan(0);

  // A new tab leaves this page where it is.
  const tab = page.context().waitForEvent("page");
  await link.click({ modifiers: ["ControlOrMeta"] });
  await (await tab).close();
  expect(await scrolled(page)).toBe(before);

  await link.click();
  await expect(activity.operations).toHaveCount(2);
  expect(await page.evaluate(() => document.documentElement.scrollHeight)).toBeGreaterThan(1000);
  expect(await scrolled(page)).toBe(0);
});

test("so does a link at the end of the list of the hooks", async ({ example, page }) => {
  await page.goto("/#/hooks");
  const link = page.getByRole("main").getByRole("link", { name: example.hook });
  await link.scrollIntoViewIfNeeded();
  expect(await scrolled(page)).toBeGreaterThan(0);

  await link.click();

  await expect(example.heading).toBeVisible();
  await example.expectSource();
  expect(await scrolled(page)).toBe(0);
});
