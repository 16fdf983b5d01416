import { zeroHash } from "viem";

import { SessionsPage } from "../pages/sessions-page.ts";
import { expect, test } from "../support/test.ts";
import { REJECTED } from "../support/wallet.ts";

test("a session is shown with what it may do, until when, and that it is active", async ({
  dapp,
  sessions,
  wallet,
}) => {
  const account = await dapp.startWithSession(wallet);

  await dapp.page.getByRole("link", { name: "See all sessions" }).click();

  await expect(sessions.entries).toHaveCount(1);
  await expect(sessions.of("Active")).toHaveCount(1);
  await expect(sessions.entries).toContainText(/Until (\d+ \w+ \d{4}, )?\d\d:\d\d/);
  await expect(sessions.entries).toContainText(/Call safeMint\(address\) of the flower collection/);
  await expect(sessions.entries.getByTitle(account, { exact: true })).toBeVisible();
});

test("one session is revoked, and cannot mint any more", async ({ dapp, devnet, sessions, wallet }) => {
  const account = await dapp.startWithSession(wallet);
  await sessions.open();

  await sessions.button(sessions.entries, "Revoke").click();
  await sessions.waitConfirmed(1);

  await expect(sessions.of("Revoked")).toHaveCount(1);
  expect(await devnet.sessionsOf(account)).toBe(zeroHash);
  await dapp.open();
  await expect(dapp.page.getByText("Your session was revoked. Create another one to mint again.")).toBeVisible();
  await dapp.mintWithSession.click();
  await expect(dapp.alert("session.none_active")).toBeVisible();
  expect(await devnet.nftsOf(account)).toEqual([]);

  await dapp.createSession.click();
  await dapp.waitConfirmed(1);
  await dapp.mint();
  expect(await devnet.nftsOf(account)).toHaveLength(1);
});

test("several are revoked with one prompt, and the others go on", async ({ dapp, devnet, sessions, wallet }) => {
  const account = await dapp.startWithSession(wallet);
  for (const count of [2, 3]) {
    await dapp.createSession.click();
    await dapp.waitConfirmed(count);
  }
  await sessions.open();
  await expect(sessions.of("Active")).toHaveCount(3);
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
  await dapp.open();
  await dapp.mint();
  expect(await devnet.nftsOf(account)).toHaveLength(1);
});

test("all end at once", async ({ dapp, devnet, sessions, wallet }) => {
  const account = await dapp.startWithSession(wallet);
  await dapp.createSession.click();
  await dapp.waitConfirmed(2);
  await sessions.open();

  await sessions.endAll.click();
  await sessions.waitConfirmed(1);

  await expect(sessions.of("Revoked")).toHaveCount(2);
  await expect(sessions.endAll).toHaveCount(0);
  expect(await devnet.sessionsOf(account)).toBe(zeroHash);
  await dapp.open();
  await dapp.mintWithSession.click();
  await expect(dapp.alert("session.none_active")).toBeVisible();
});

test("a session is renewed: a fresh key goes on, the old one has ended", async ({ dapp, devnet, sessions, wallet }) => {
  const account = await dapp.startWithSession(wallet);
  await sessions.open();
  const old = await sessions.entries.getAttribute("aria-label");

  await sessions.button(sessions.entries, "Renew").click();
  await sessions.waitConfirmed(1);

  await expect(sessions.of("Active")).toHaveCount(1);
  await expect(sessions.of("Active")).not.toHaveAccessibleName(old!);
  await expect(sessions.of("Revoked")).toHaveAccessibleName(old!);
  await dapp.open();
  await dapp.mint();
  expect(await devnet.nftsOf(account)).toHaveLength(1);
  expect(wallet.prompts).toHaveLength(2);
});

test("a prompt that is rejected changes nothing, and can be asked again", async ({
  dapp,
  devnet,
  sessions,
  wallet,
}) => {
  const account = await dapp.startWithSession(wallet);
  const before = await devnet.sessionsOf(account);
  await sessions.open();
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
});

test("without the owner sessions are shown, and the way to end them is", async ({ dapp, sessions, wallet }) => {
  await dapp.startWithSession(wallet);
  await wallet.lock();
  await sessions.open();

  await expect(sessions.of("Active")).toHaveCount(1);
  await expect(sessions.button(sessions.entries, "Revoke")).toBeDisabled();
  await expect(sessions.button(sessions.entries, "Renew")).toBeDisabled();
  await expect(sessions.endAll).toBeDisabled();
  await expect(sessions.page.getByText("Connect your wallet to renew or revoke a session")).toBeVisible();

  await sessions.connect(wallet);
  await expect(sessions.button(sessions.entries, "Revoke")).toBeEnabled();
});

test("what time does to a session is seen as it happens", async ({ dapp, page, sessions, wallet }) => {
  await page.clock.install();
  await dapp.startWithSession(wallet);
  await page.clock.fastForward(56 * 60_000);
  await expect(page.getByText("Your session is about to end. Create another one to go on.")).toBeVisible();
  await dapp.page.getByRole("link", { name: "See all sessions" }).click();
  await expect(sessions.of("Expiring soon")).toHaveCount(1);

  await page.clock.fastForward(5 * 60_000);
  await expect(sessions.of("Expired")).toHaveCount(1);
  await expect(sessions.entries).toContainText(/It ended (\d+ \w+ \d{4}, )?\d\d:\d\d/);
  await expect(sessions.button(sessions.entries, "Revoke")).toHaveCount(0);

  await sessions.button(sessions.entries, "Renew").click();
  await sessions.waitConfirmed(1);
  await expect(sessions.of("Active")).toHaveCount(1);
});

test.describe("another device", () => {
  test("its sessions are counted, and end when the user says so", async ({
    devnet,
    otherDevice,
    sessions,
    wallet,
    watch,
  }) => {
    watch.expectFailedRequests();
    const account = await otherDevice.startWithSession(wallet);
    await sessions.open();
    await sessions.connect(wallet);
    await expect(sessions.notice("notice.untracked_sessions")).toContainText("1 session");

    await sessions.endAll.click();
    await sessions.waitConfirmed(1);

    await expect(sessions.notices).toHaveCount(0);
    expect(await devnet.sessionsOf(account)).toBe(zeroHash);
    await otherDevice.mintWithSession.click();
    await expect(otherDevice.alert("session.none_active")).toBeVisible();
    expect(await devnet.nftsOf(account)).toEqual([]);
  });

  test("what it replaces is said to be replaced, and is renewed in its place", async ({
    dapp,
    devnet,
    otherDevice,
    sessions,
    wallet,
    watch,
  }) => {
    watch.expectFailedRequests();
    const account = await dapp.startWithSession(wallet);
    await otherDevice.start(wallet);
    await otherDevice.createSession.click();
    const warning = otherDevice.alert("session.untracked_on_chain");
    await otherDevice.remedy(warning, "Replace them").click();
    await otherDevice.waitConfirmed(1);
    await otherDevice.createSession.click();
    await otherDevice.waitConfirmed(2);

    await dapp.reload();
    await expect(dapp.page.getByText(/^Another device has replaced your session/)).toBeVisible();
    await sessions.open();
    await expect(sessions.of("Replaced by another device")).toHaveCount(1);
    await expect(sessions.notice("notice.untracked_sessions")).toContainText("2 sessions");

    await sessions.button(sessions.entries, "Renew").click();
    const alert = sessions.alert("session.untracked_on_chain");
    await sessions.remedy(alert, "Replace them").click();
    await sessions.waitConfirmed(1);
    await expect(sessions.notices).toHaveCount(0);
    await dapp.open();
    await dapp.mint();
    expect(await devnet.nftsOf(account)).toHaveLength(1);
    const there = new SessionsPage(otherDevice.page);
    await there.open();
    await expect(there.of("Replaced by another device")).toHaveCount(2);
  });
});

test.describe("another tab", () => {
  test("what it creates, renews and revokes appears by itself", async ({ dapp, otherTab, sessions, wallet, watch }) => {
    watch.expectFailedRequests();
    await dapp.start(wallet);
    await otherTab.open();
    const there = new SessionsPage(otherTab.page);
    await there.open();
    await expect(there.button(there.entries, "Revoke")).toHaveCount(0);

    await dapp.createSession.click();
    await dapp.waitConfirmed(1);
    await expect(there.of("Active")).toHaveCount(1);

    await sessions.open();
    await there.button(there.of("Active"), "Renew").click();
    await there.waitConfirmed(1);
    await expect(sessions.of("Revoked")).toHaveCount(1);
    await expect(sessions.of("Active")).toHaveCount(1);

    await sessions.button(sessions.of("Active"), "Revoke").click();
    await sessions.waitConfirmed(1);
    await expect(there.of("Revoked")).toHaveCount(2);
    await expect(there.of("Active")).toHaveCount(0);
  });

  test("two grants at the same time both work", async ({ dapp, devnet, otherTab, sessions, wallet, watch }) => {
    watch.expectFailedRequests();
    const account = await dapp.start(wallet);
    await otherTab.open();
    await expect(otherTab.createSession).toBeEnabled();

    await Promise.all([dapp.createSession.click(), otherTab.createSession.click()]);
    await Promise.all([dapp.waitConfirmed(1), otherTab.waitConfirmed(1)]);

    await sessions.open();
    await expect(sessions.of("Active")).toHaveCount(2);
    // Each of them mints while the other is gone.
    await sessions.button(sessions.entries.nth(0), "Revoke").click();
    await sessions.waitConfirmed(1);
    await otherTab.mint();
    await expect(sessions.of("Active")).toHaveCount(1);
    expect(await devnet.nftsOf(account)).toHaveLength(1);
  });
});
