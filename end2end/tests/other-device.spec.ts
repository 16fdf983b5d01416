import { zeroHash } from "viem";

import { HookPage } from "../pages/hook-page.ts";
import { SessionsPage } from "../pages/sessions-page.ts";
import { expect, test } from "../support/test.ts";

const UNTRACKED = "session.untracked_on_chain";

test.beforeEach(({ watch }) => watch.expectFailedRequests());

test("sessions of another device end only when the user says so, and are renewed in the place of its own", async ({
  dapp,
  devnet,
  otherDevice,
  sessions,
  wallet,
}) => {
  const account = await dapp.startWithSession(wallet);
  expect(await otherDevice.start(wallet)).toBe(account);

  await test.step("a grant on the other device", async () => {
    await otherDevice.createSession.click();
    const warning = otherDevice.alert(UNTRACKED);
    await expect(warning).toBeVisible();
    expect(wallet.prompts).toHaveLength(1);
    await dapp.mint();
    await otherDevice.remedy(warning, "Replace them").click();
    await otherDevice.waitConfirmed(1);
    await expect(otherDevice.alerts).toHaveCount(0);
    await otherDevice.mint();
    await dapp.mintWithSession.click();
    await expect(dapp.alert("session.none_active")).toBeVisible();
    expect(await devnet.nftsOf(account)).toHaveLength(2);
  });

  await test.step("what it replaced", async () => {
    await dapp.reload();
    await expect(dapp.page.getByText(/^Another device has replaced your session/)).toBeVisible();
    await sessions.open();
    await expect(sessions.of("Replaced by another device")).toHaveCount(1);
    await expect(sessions.notice("notice.untracked_sessions")).toContainText("1 session");
    await sessions.button(sessions.entries, "Renew").click();
    await sessions.remedy(sessions.alert(UNTRACKED), "Replace them").click();
    await sessions.waitConfirmed(1);
    await expect(sessions.notices).toHaveCount(0);
    await dapp.open();
    await dapp.mint();
    expect(await devnet.nftsOf(account)).toHaveLength(3);
  });

  await test.step("all end from the other device", async () => {
    const there = new SessionsPage(otherDevice.page);
    await there.open();
    await expect(there.of("Replaced by another device")).toHaveCount(1);
    await expect(there.notice("notice.untracked_sessions")).toBeVisible();
    await there.endAll.click();
    await there.waitConfirmed(1);
    await expect(there.notices).toHaveCount(0);
    expect(await devnet.sessionsOf(account)).toBe(zeroHash);
    await dapp.mintWithSession.click();
    await expect(dapp.alert("session.none_active")).toBeVisible();
    expect(await devnet.nftsOf(account)).toHaveLength(3);
  });
});

test("the hooks' pages: sessions of another device are counted, and end only when the user says so", async ({
  devnet,
  otherDevice,
  page,
  wallet,
}) => {
  const account = await otherDevice.startWithSession(wallet);
  const before = await devnet.sessionsOf(account);
  const list = new HookPage(page, "use_sessions");
  await list.start(wallet);
  await expect(list.fact("Elsewhere, at most")).toHaveText("1");
  await expect(list.example.getByRole("list", { name: "Sessions" }).getByRole("listitem")).toHaveCount(0);

  await test.step("use_create_session", async () => {
    const create = await list.goTo("use_create_session");
    await create.button("Create session").click();
    const warning = create.alert(UNTRACKED);
    await expect(warning).toBeVisible();
    expect(await devnet.sessionsOf(account)).toBe(before);
    await create.remedy(warning, "Replace them").click();
    await create.waitConfirmed(1);
    expect(await devnet.sessionsOf(account)).not.toBe(before);
  });
  const renew = new HookPage(otherDevice.page, "use_renew_session");
  await test.step("use_session_status, on the other device", async () => {
    const status = new HookPage(otherDevice.page, "use_session_status");
    await status.open();
    await expect(status.fact("Status")).toHaveText("replaced by another device");
    await expect(status.fact("Next")).toHaveText("Create another one");
    await status.goTo(renew.hook);
  });
  await test.step("use_renew_session, on the other device", async () => {
    const root = await devnet.sessionsOf(account);
    await renew.button("Renew").click();
    const warning = renew.alert(UNTRACKED);
    await expect(warning).toBeVisible();
    expect(await devnet.sessionsOf(account)).toBe(root);
    await renew.remedy(warning, "Replace them").click();
    await renew.waitConfirmed(1);
    const session = await renew.goTo("use_session");
    await session.button("Mint with session").click();
    await session.waitConfirmed(1);
    expect(await devnet.nftsOf(account)).toHaveLength(1);
  });
  await test.step("use_revoke_session", async () => {
    const revoke = await list.goTo("use_revoke_session");
    await revoke.button("Revoke all").click();
    await revoke.waitConfirmed(1);
    expect(await devnet.sessionsOf(account)).toBe(zeroHash);
  });
});
