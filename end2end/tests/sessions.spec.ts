import { zeroHash } from "viem";

import { SessionsPage } from "../pages/sessions-page.ts";
import { expect, test } from "../support/test.ts";
import { REJECTED } from "../support/wallet.ts";

test("a session is shown with what it may do, and once it is revoked it cannot mint any more", async ({
  dapp,
  devnet,
  sessions,
  wallet,
}) => {
  const account = await dapp.startWithSession(wallet);
  const before = await devnet.sessionsOf(account);
  await dapp.page.getByRole("link", { name: "See all sessions" }).click();
  await expect(sessions.of("Active")).toHaveCount(1);
  await expect(sessions.entries).toHaveCount(1);
  await expect(sessions.entries).toContainText(/Until (\d+ \w+ \d{4}, )?\d\d:\d\d/);
  await expect(sessions.entries).toContainText(/Call safeMint\(address\) of the flower collection/);
  await expect(sessions.entries.getByTitle(account, { exact: true })).toBeVisible();

  wallet.onSign = REJECTED;
  await sessions.button(sessions.entries, "Revoke").click();
  const alert = sessions.alert("owner.rejected");
  await expect(alert).toBeVisible();
  await expect(sessions.of("Active")).toHaveCount(1);
  expect(await devnet.sessionsOf(account)).toBe(before);

  wallet.onSign = "honest";
  await sessions.remedy(alert, "Try again").click();
  await sessions.waitConfirmed(1);
  await expect(sessions.of("Revoked")).toHaveCount(1);
  expect(await devnet.sessionsOf(account)).toBe(zeroHash);
  await sessions.visit("Mint");
  await expect(dapp.page.getByText("Your session was revoked. Create another one to mint again.")).toBeVisible();
  await dapp.mintWithSession.click();
  await expect(dapp.alert("session.none_active")).toBeVisible();
  expect(await devnet.nftsOf(account)).toEqual([]);

  await dapp.createSession.click();
  await dapp.waitConfirmed(1);
  await dapp.mint();
  expect(await devnet.nftsOf(account)).toHaveLength(1);
});

test("several are revoked with one prompt, and all end at once, where the owner is there", async ({
  dapp,
  devnet,
  sessions,
  wallet,
}) => {
  const account = await dapp.startWithSession(wallet);
  for (const count of [2, 3]) {
    await dapp.createSession.click();
    await dapp.waitConfirmed(count);
  }
  await wallet.lock();
  await sessions.open();
  await expect(sessions.of("Active")).toHaveCount(3);
  await test.step("without the owner", async () => {
    for (const name of ["Revoke", "Renew"] as const) {
      await expect(sessions.button(sessions.entries.nth(0), name)).toBeDisabled();
    }
    await expect(sessions.endAll).toBeDisabled();
    await expect(sessions.page.getByText("Connect your wallet to renew or revoke a session")).toBeVisible();
    await sessions.connect(wallet);
    await expect(sessions.button(sessions.entries.nth(0), "Revoke")).toBeEnabled();
  });

  await test.step("several", async () => {
    await expect(sessions.revokeSelected).toBeDisabled();
    const kept = await sessions.entries.nth(2).getAttribute("aria-label");
    await sessions.box(sessions.entries.nth(0)).check();
    await sessions.box(sessions.entries.nth(1)).check();
    await sessions.revokeSelected.click();
    await sessions.waitConfirmed(1);
    expect(wallet.prompts).toHaveLength(4);
    await expect(sessions.of("Revoked")).toHaveCount(2);
    await expect(sessions.of("Active")).toHaveCount(1);
    await expect(sessions.of("Active")).toHaveAccessibleName(kept!);
    await expect(sessions.revokeSelected).toBeDisabled();
    await sessions.visit("Mint");
    await dapp.mint();
    expect(await devnet.nftsOf(account)).toHaveLength(1);
  });

  await test.step("all", async () => {
    await dapp.visit("Sessions");
    await sessions.endAll.click();
    await sessions.waitConfirmed(1);
    await expect(sessions.of("Revoked")).toHaveCount(3);
    await expect(sessions.endAll).toHaveCount(0);
    expect(await devnet.sessionsOf(account)).toBe(zeroHash);
    await sessions.visit("Mint");
    await dapp.mintWithSession.click();
    await expect(dapp.alert("session.none_active")).toBeVisible();
  });
});

test("a session that is about to end is renewed: a fresh key goes on until its own end", async ({
  dapp,
  devnet,
  page,
  sessions,
  wallet,
}) => {
  await page.clock.install();
  const account = await dapp.startWithSession(wallet);
  await page.clock.fastForward(56 * 60_000);
  await expect(page.getByText("Your session is about to end. Create another one to go on.")).toBeVisible();
  await page.getByRole("link", { name: "See all sessions" }).click();
  await expect(sessions.of("Expiring soon")).toHaveCount(1);
  const old = await sessions.entries.getAttribute("aria-label");

  await sessions.button(sessions.entries, "Renew").click();
  await sessions.waitConfirmed(1);
  await expect(sessions.of("Active")).toHaveCount(1);
  await expect(sessions.of("Active")).not.toHaveAccessibleName(old!);
  await expect(sessions.of("Revoked")).toHaveAccessibleName(old!);
  await sessions.visit("Mint");
  await dapp.mint();
  expect(await devnet.nftsOf(account)).toHaveLength(1);
  expect(wallet.prompts).toHaveLength(2);

  await page.clock.fastForward(61 * 60_000);
  await dapp.visit("Sessions");
  const expired = sessions.of("Expired").first();
  await expect(expired).toContainText(/It ended (\d+ \w+ \d{4}, )?\d\d:\d\d/);
  await expect(sessions.button(sessions.entries, "Revoke")).toHaveCount(0);
});

test("what another tab creates, renews and revokes appears by itself, also when both do so at once", async ({
  dapp,
  devnet,
  otherTab,
  sessions,
  wallet,
  watch,
}) => {
  watch.expectFailedRequests();
  const account = await dapp.start(wallet);
  await otherTab.open();
  await expect(otherTab.createSession).toBeEnabled();

  await test.step("both grant at the same time", async () => {
    await Promise.all([dapp.createSession.click(), otherTab.createSession.click()]);
    await Promise.all([dapp.waitConfirmed(1), otherTab.waitConfirmed(1)]);
  });
  const there = new SessionsPage(otherTab.page);
  await otherTab.visit("Sessions");
  await dapp.visit("Sessions");
  await expect(sessions.of("Active")).toHaveCount(2);
  await test.step("one is renewed there", async () => {
    await there.button(there.entries.nth(0), "Renew").click();
    await there.waitConfirmed(1);
    await expect(sessions.of("Revoked")).toHaveCount(1);
    await expect(sessions.of("Active")).toHaveCount(2);
  });
  await test.step("one is revoked here", async () => {
    await sessions.button(sessions.of("Active").nth(0), "Revoke").click();
    await sessions.waitConfirmed(1);
    await expect(there.of("Revoked")).toHaveCount(2);
    await expect(there.of("Active")).toHaveCount(1);
  });
  await there.visit("Mint");
  await otherTab.mint();
  expect(await devnet.nftsOf(account)).toHaveLength(1);
});
