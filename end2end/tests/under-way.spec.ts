import { pendingIn } from "../support/pending.ts";
import { expect, test } from "../support/test.ts";

test("a mint that is under way is shown again after a reload, and its flower comes", { tag: "@serial" }, async ({
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

test("what is stuck for half a minute can be hurried or cancelled", { tag: "@serial" }, async ({ dapp, devnet, page, wallet }) => {
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

test("mints that the bundler has lost are sent again one by one, and each happens once", { tag: "@serial" }, async ({
  dapp,
  devnet,
  page,
  wallet,
  watch,
}) => {
  watch.expectFailedRequests();
  await page.clock.install();
  const account = await dapp.startWithSession(wallet);
  await devnet.hold();
  const waiting = dapp.statuses.filter({ hasText: /^Sent, waiting/ });
  for (const number of [1, 2]) {
    await dapp.mintWithSession.click();
    await expect(waiting).toHaveCount(number);
  }
  await devnet.kill("bundler");
  await devnet.restart("bundler");

  const lost = dapp.alert("operation.dropped");
  await expect(async () => {
    await page.clock.fastForward(3_000);
    expect(await lost.count()).toBe(2);
  }).toPass();
  await devnet.release();
  const next = dapp.remedy(lost, "Try again");
  await next.first().click();
  // One after the other: a newer try would hide what has become of the first.
  await expect(lost).toHaveCount(1);
  await next.click();

  await expect(dapp.alerts).toHaveCount(0);
  await expect(async () => {
    await page.clock.fastForward(3_000);
    expect(await devnet.nftsOf(account)).toHaveLength(2);
  }).toPass();
  await expect(dapp.nfts).toHaveCount(2);
  expect(await pendingIn(page)).toEqual([]);
});
