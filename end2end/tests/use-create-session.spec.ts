import { zeroHash } from "viem";

import { Fault } from "../support/fault.ts";
import { expect, test } from "../support/test.ts";
import { REJECTED } from "../support/wallet.ts";

test.use({ hook: "use_create_session" });

test("a session is created with one prompt, and the account is deployed by it", async ({ dapp, devnet, wallet }) => {
  const account = await dapp.start(wallet);
  expect(account).toBe(await devnet.accountOf(wallet.address));

  await dapp.createSession.click();
  const [transaction] = await dapp.waitConfirmed(1);

  expect(await devnet.succeeded(transaction!)).toBe(true);
  expect(wallet.prompts).toHaveLength(1);
  await expect(dapp.mintWithSession).toBeEnabled();
  await expect(dapp.alerts).toHaveCount(0);
});

test("the page says what is granted, first to nobody in particular and then to the account", async ({
  dapp,
  page,
  wallet,
}) => {
  const sentence = (text: RegExp) => page.getByRole("listitem").filter({ hasText: text });
  await dapp.open();
  await expect(sentence(/^In each call, “recipient” must equal your account$/)).toBeVisible();

  const account = await dapp.start(wallet);

  const recipient = sentence(/^In each call, “recipient” must equal your account \(0x\w{4}…\w{4}\)$/);
  await expect(recipient.getByTitle(account)).toBeVisible();
  await expect(sentence(/^Call safeMint\(address\) of the flower collection \(0x\w{4}…\w{4}\)$/)).toBeVisible();
  await expect(sentence(/^In each call, send no coins along$/)).toBeVisible();
  await expect(sentence(/^Valid until \d{4}-\d\d-\d\d \d\d:\d\d UTC$/)).toBeVisible();
});

test("while the wallet asks, the button is busy and cannot be pressed again", async ({ dapp, wallet }) => {
  await dapp.start(wallet);
  await expect(dapp.createSession).toBeEnabled();
  await expect(dapp.createSession).toHaveAttribute("aria-busy", "false");
  const release = wallet.hold();

  await dapp.createSession.click();

  await expect.poll(() => wallet.prompts).toHaveLength(1);
  await expect(dapp.createSession).toBeDisabled();
  await expect(dapp.createSession).toHaveAttribute("aria-busy", "true");
  await expect(dapp.statuses).toHaveText([/wallet asks/]);
  release();
  await dapp.waitConfirmed(1);
  await expect(dapp.createSession).toBeEnabled();
  await expect(dapp.createSession).toHaveAttribute("aria-busy", "false");
  expect(wallet.prompts).toHaveLength(1);
});

test("a second session in the same page works as the first did", async ({ dapp, devnet, wallet }) => {
  const account = await dapp.startWithSession(wallet);

  await dapp.createSession.click();
  const transactions = await dapp.waitConfirmed(2);
  await dapp.mint();

  expect(new Set(transactions).size).toBe(2);
  for (const transaction of transactions) expect(await devnet.succeeded(transaction)).toBe(true);
  expect(await devnet.nftsOf(account)).toHaveLength(1);
  expect(wallet.prompts).toHaveLength(2);
});

test("a rejected prompt leaves the session before it working", async ({ dapp, devnet, wallet }) => {
  const account = await dapp.startWithSession(wallet);
  wallet.onSign = REJECTED;

  await dapp.createSession.click();
  await expect(dapp.alert("owner.rejected")).toBeVisible();
  await expect(dapp.createSession).toBeEnabled();
  await dapp.mint();
  expect(await devnet.nftsOf(account)).toHaveLength(1);

  wallet.onSign = "honest";
  await dapp.createSession.click();
  await dapp.waitConfirmed(3);
  await expect(dapp.alerts).toHaveCount(0);
  await dapp.mint();
  expect(await devnet.nftsOf(account)).toHaveLength(2);
});

test("a first prompt that is rejected can be asked again from the alert", async ({ dapp, wallet }) => {
  await dapp.start(wallet);
  wallet.onSign = REJECTED;
  await dapp.createSession.click();
  const alert = dapp.alert("owner.rejected");
  await expect(alert).toBeVisible();
  await expect(dapp.mintWithSession).toBeDisabled();

  wallet.onSign = "honest";
  await dapp.remedy(alert, "Try again").click();

  await dapp.waitConfirmed(1);
  await expect(dapp.alerts).toHaveCount(0);
});

test("a refused grant leaves the session before it working", async ({ dapp, devnet, wallet, watch }) => {
  watch.expectFailedRequests();
  await dapp.startWithSession(wallet);
  await devnet.fail(Fault.on("bundler", "eth_sendUserOperation").refusal(-32500, "AA21 didn't pay prefund"));

  await dapp.createSession.click();
  await expect(dapp.alert("refused.account_cannot_pay")).toBeVisible();
  await devnet.heal();
  await dapp.mint();

  await dapp.createSession.click();
  await dapp.waitConfirmed(3);
  await dapp.mint();
});

test("leaving the page while the wallet asks leaves the session before it working", async ({ dapp, wallet }) => {
  await dapp.startWithSession(wallet);
  const release = wallet.hold();
  await dapp.createSession.click();
  await expect.poll(() => wallet.prompts).toHaveLength(2);

  await dapp.reload();
  release();

  await dapp.mint();
});

test("sessions of another device end only when the user says so", async ({
  dapp,
  otherDevice,
  devnet,
  wallet,
  watch,
}) => {
  watch.expectFailedRequests();
  const account = await dapp.startWithSession(wallet);
  await dapp.mint();
  expect(await otherDevice.start(wallet)).toBe(account);

  await otherDevice.createSession.click();
  const alert = otherDevice.alert("session.untracked_on_chain");
  await expect(alert).toBeVisible();
  expect(wallet.prompts).toHaveLength(1);
  await dapp.mint();

  await otherDevice.remedy(alert, "Replace them").click();
  await otherDevice.waitConfirmed(1);
  await expect(otherDevice.alerts).toHaveCount(0);
  await otherDevice.mint();
  expect(await devnet.nftsOf(account)).toHaveLength(3);

  await dapp.mintWithSession.click();
  await expect(dapp.alert("session.none_active")).toBeVisible();
  expect(await devnet.nftsOf(account)).toHaveLength(3);
});

test.describe("the hook's page", () => {
  test("a session of so many minutes is granted on the chain", async ({ devnet, example, page, wallet }) => {
    const account = await example.start(wallet);
    expect(await devnet.sessionsOf(account)).toBe(zeroHash);

    await example.field("Minutes").fill("5");
    await example.button("Create session").click();
    const [transaction] = await example.waitConfirmed(1);

    expect(await devnet.succeeded(transaction!)).toBe(true);
    expect(await devnet.sessionsOf(account)).not.toBe(zeroHash);
    expect(wallet.prompts).toHaveLength(1);
    const session = await example.goTo("use_session");
    await page.clock.setFixedTime(Date.now() + 6 * 60_000);
    await session.button("Mint with session").click();
    await expect(session.alert("forbidden.outside_interval")).toBeVisible();
  });

  test("a prompt that is rejected grants nothing, and can be asked again", async ({ devnet, example, wallet }) => {
    const account = await example.start(wallet);
    wallet.onSign = REJECTED;

    await example.button("Create session").click();
    const alert = example.alert("owner.rejected");
    await expect(alert).toBeVisible();
    expect(await devnet.sessionsOf(account)).toBe(zeroHash);

    wallet.onSign = "honest";
    await example.remedy(alert, "Try again").click();
    await example.waitConfirmed(1);
    expect(await devnet.sessionsOf(account)).not.toBe(zeroHash);
  });

  test("sessions of another device are replaced only when the user says so", async ({
    devnet,
    example,
    otherDevice,
    wallet,
  }) => {
    const account = await otherDevice.startWithSession(wallet);
    const before = await devnet.sessionsOf(account);
    await example.start(wallet);

    await example.button("Create session").click();
    const alert = example.alert("session.untracked_on_chain");
    await expect(alert).toBeVisible();
    expect(await devnet.sessionsOf(account)).toBe(before);

    await example.remedy(alert, "Replace them").click();
    await example.waitConfirmed(1);
    expect(await devnet.sessionsOf(account)).not.toBe(before);
  });

  test("what is no number of minutes cannot be granted", async ({ example, wallet }) => {
    await example.start(wallet);
    for (const wrong of ["0", "-5", "1441", "soon", ""]) {
      await example.field("Minutes").fill(wrong);
      await expect(example.field("Minutes")).toHaveAttribute("aria-invalid", "true");
      await expect(example.button("Create session")).toBeDisabled();
    }
  });
});
