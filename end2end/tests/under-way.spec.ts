import { pendingIn } from "../support/pending.ts";
import { expect, test } from "../support/test.ts";

test("what is stuck for half a minute can be hurried, and is shown again after a reload until its flower comes", { tag: "@serial" }, async ({
  dapp,
  devnet,
  page,
  wallet,
}) => {
  await page.clock.install();
  const account = await dapp.startWithSession(wallet);
  await devnet.hold();
  await dapp.mintWithSession.click();
  await expect(dapp.statuses.filter({ hasText: /^Sent, waiting for the chain/ })).toBeVisible();
  const [speedUp, cancel] = ["Speed up", "Cancel"].map((name) => page.getByRole("button", { name }));
  await expect(speedUp!).toHaveCount(0);

  await dapp.reload();
  await expect(dapp.statuses.filter({ hasText: /^Sent before, waiting for the chain/ })).toBeVisible();
  await expect(page.getByRole("list", { name: "Under way" })).toBeVisible();
  await page.clock.fastForward(31_000);
  await expect(cancel!).toBeVisible();
  await devnet.clearLog();
  await speedUp!.click();
  // Released before, the first one would be included, and the second refused.
  await devnet.sent();
  await devnet.release();

  await expect(dapp.nfts).toHaveCount(1);
  await expect(page.getByRole("list", { name: "Under way" })).toHaveCount(0);
  expect(await devnet.nftsOf(account)).toHaveLength(1);
  expect(await pendingIn(page)).toEqual([]);
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
