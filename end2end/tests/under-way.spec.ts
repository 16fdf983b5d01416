import { pendingIn } from "../support/pending.ts";
import { expect, test } from "../support/test.ts";

test("a mint that is under way is shown again after a reload, and its flower comes", async ({
  dapp,
  devnet,
  page,
  wallet,
}) => {
  await dapp.startWithSession(wallet);
  await devnet.hold();
  await dapp.mintWithSession.click();
  const sent = dapp.statuses.filter({ hasText: /^Sent, waiting for the chain/ });
  await expect(sent).toBeVisible();

  await dapp.reload();
  const before = dapp.statuses.filter({ hasText: /^Sent before, waiting for the chain/ });
  await expect(before).toBeVisible();
  await devnet.release();

  await expect(before).toHaveCount(0);
  await expect(dapp.nfts).toHaveCount(1);
  expect(await pendingIn(page)).toEqual([]);
});

test("what is stuck for half a minute can be hurried or cancelled", async ({ dapp, devnet, page, wallet }) => {
  await page.clock.install();
  const account = await dapp.startWithSession(wallet);
  await devnet.hold();
  await dapp.mintWithSession.click();
  await expect(dapp.statuses.filter({ hasText: /^Sent, waiting/ })).toBeVisible();
  const speedUp = page.getByRole("button", { name: "Speed up" });
  await expect(speedUp).toHaveCount(0);

  await page.clock.fastForward(31_000);
  await expect(page.getByRole("button", { name: "Cancel" })).toBeVisible();
  await expect(page.getByRole("list", { name: "Under way" })).toBeVisible();
  await devnet.clearLog();
  await speedUp.click();
  // Released before, the first one would be included, and the second refused.
  await devnet.sent();
  await devnet.release();

  await expect(dapp.nfts).toHaveCount(1);
  expect(await devnet.nftsOf(account)).toHaveLength(1);
});
