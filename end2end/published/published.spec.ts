import { HookPage } from "../pages/hook-page.ts";
import { expect, test } from "../support/test.ts";

test("a session is created, and used without a prompt", async ({ dapp, wallet }) => {
  await dapp.startWithSession(wallet);
  const prompts = wallet.prompts.length;

  await dapp.mint();

  await expect(dapp.nfts).toHaveCount(1);
  expect(wallet.prompts).toHaveLength(prompts);
});

test("the pages of the hooks are a download of their own, under the same policy", async ({ page }) => {
  await page.goto("/");
  const policy = page.locator("head > meta[http-equiv='Content-Security-Policy']");
  const expected = await policy.getAttribute("content");

  await new HookPage(page, "use_session").open();

  await expect(page).toHaveURL(/\/hooks\.html#\/hooks\/use_session$/);
  expect(await policy.getAttribute("content")).toBe(expected);
});
