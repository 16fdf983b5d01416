import { expect, test } from "../support/test.ts";

test.use({ hook: "use_renew_session" });

test("a session goes on under a fresh key for as long as is said", async ({ dapp, devnet, example, page, wallet }) => {
  await page.clock.install();
  const account = await dapp.startWithSession(wallet);
  await example.open();
  const options = example.example.getByRole("combobox", { name: "Session" }).getByRole("option");
  await expect(options).toHaveText([/: active$/]);
  const before = await devnet.sessionsOf(account);

  await example.field("Minutes").fill("120");
  await example.button("Renew").click();
  await example.waitConfirmed(1);

  await expect(options).toHaveText([/: active$/, /: revoked$/]);
  const ids = await options.allTextContents();
  expect(new Set(ids.map((text) => text.slice(0, 42))).size).toBe(2);
  expect(await devnet.sessionsOf(account)).not.toBe(before);
  // The old one would have ended by now.
  await page.clock.fastForward(90 * 60_000);
  await expect(options).toHaveText([/: active$/, /: expired$/]);
  await dapp.open();
  await dapp.mint();
  expect(await devnet.nftsOf(account)).toHaveLength(1);
});

test("one that another device has replaced is renewed only when the user says so", async ({
  dapp,
  devnet,
  example,
  otherDevice,
  wallet,
  watch,
}) => {
  watch.expectFailedRequests();
  const account = await dapp.startWithSession(wallet);
  await otherDevice.start(wallet);
  await otherDevice.createSession.click();
  await otherDevice.remedy(otherDevice.alert("session.untracked_on_chain"), "Replace them").click();
  await otherDevice.waitConfirmed(1);
  const before = await devnet.sessionsOf(account);
  await example.open();

  await example.button("Renew").click();
  const alert = example.alert("session.untracked_on_chain");
  await expect(alert).toBeVisible();
  expect(await devnet.sessionsOf(account)).toBe(before);

  await example.remedy(alert, "Replace them").click();
  await example.waitConfirmed(1);
  await dapp.open();
  await dapp.mint();
  expect(await devnet.nftsOf(account)).toHaveLength(1);
});

test("without a session nothing can be renewed", async ({ example, wallet }) => {
  await example.start(wallet);

  await expect(example.statuses.filter({ hasText: "No session is known here" })).toBeVisible();
  await expect(example.button("Renew")).toBeDisabled();
});

test("what is no number of minutes is not taken", async ({ dapp, example, wallet }) => {
  await dapp.startWithSession(wallet);
  await example.open();
  for (const wrong of ["0", "-5", "1441", "soon", ""]) {
    await example.field("Minutes").fill(wrong);
    await expect(example.field("Minutes")).toHaveAttribute("aria-invalid", "true");
    await expect(example.button("Renew")).toBeDisabled();
  }
});
