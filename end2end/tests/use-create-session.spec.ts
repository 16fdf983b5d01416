import { zeroHash } from "viem";

import { Fault } from "../support/fault.ts";
import { expect, test } from "../support/test.ts";
import { REJECTED } from "../support/wallet.ts";

test.use({ hook: "use_create_session" });

test("a session is created with one prompt, and the account is deployed by it", async ({
  dapp,
  devnet,
  page,
  wallet,
}) => {
  const recipient = page.getByRole("listitem").filter({ hasText: /“recipient” must equal your account/ });
  await dapp.open();
  await expect(recipient).toHaveText(/account \(0x0000…0000\)$/);
  const account = await dapp.connect(wallet);
  expect(account).toBe(await devnet.accountOf(wallet.address));
  await expect(recipient).toHaveText(/account \(0x\w{4}…\w{4}\)$/);
  await expect(recipient.getByTitle(account)).toBeVisible();

  await test.step("the wallet rejects", async () => {
    wallet.onSign = REJECTED;
    await expect(dapp.createSession).toHaveAttribute("aria-busy", "false");
    await dapp.createSession.click();
    await expect(dapp.alert("owner.rejected")).toBeVisible();
    await expect(dapp.mintWithSession).toBeDisabled();
    wallet.onSign = "honest";
  });

  await test.step("while the wallet asks, the button is busy and cannot be pressed again", async () => {
    const release = wallet.hold();
    await dapp.remedy(dapp.alerts, "Try again").click();
    await expect.poll(() => wallet.prompts).toHaveLength(2);
    await expect(dapp.createSession).toBeDisabled();
    await expect(dapp.createSession).toHaveAttribute("aria-busy", "true");
    await expect(dapp.statuses).toHaveText([/wallet asks/]);
    release();
  });
  const [transaction] = await dapp.waitConfirmed(1);
  expect(await devnet.succeeded(transaction!)).toBe(true);
  await expect(dapp.createSession).toBeEnabled();
  await expect(dapp.createSession).toHaveAttribute("aria-busy", "false");
  await expect(dapp.mintWithSession).toBeEnabled();
  await expect(dapp.alerts).toHaveCount(0);
  expect(wallet.prompts).toHaveLength(2);

  await test.step("another one works as well", async () => {
    await dapp.createSession.click();
    const transactions = await dapp.waitConfirmed(2);
    expect(new Set(transactions).size).toBe(2);
    await dapp.mint();
    expect(await devnet.nftsOf(account)).toHaveLength(1);
    expect(wallet.prompts).toHaveLength(3);
  });
});

test("a grant that comes to nothing leaves the session before it working", async ({ dapp, devnet, wallet, watch }) => {
  watch.expectFailedRequests();
  const account = await dapp.startWithSession(wallet);

  await test.step("the wallet rejects", async () => {
    wallet.onSign = REJECTED;
    await dapp.createSession.click();
    await expect(dapp.alert("owner.rejected")).toBeVisible();
    await expect(dapp.createSession).toBeEnabled();
    await dapp.mint();
    wallet.onSign = "honest";
  });
  await test.step("the bundler refuses", async () => {
    const refusal = Fault.on("bundler", "eth_sendUserOperation").refusal(-32500, "AA21 didn't pay prefund");
    await devnet.fail(refusal);
    await dapp.createSession.click();
    await expect(dapp.alert("refused.account_cannot_pay")).toBeVisible();
    await devnet.heal();
    await dapp.mint();
  });
  await test.step("the page is left while the wallet asks", async () => {
    const release = wallet.hold();
    const prompts = wallet.prompts.length;
    await dapp.createSession.click();
    await expect.poll(() => wallet.prompts).toHaveLength(prompts + 1);
    await dapp.reload();
    release();
    await dapp.mint();
  });

  await dapp.createSession.click();
  await dapp.waitConfirmed(2);
  await expect(dapp.alerts).toHaveCount(0);
  await dapp.mint();
  expect(await devnet.nftsOf(account)).toHaveLength(4);
});

test("the hook's page: a session of so many minutes is granted once the owner agrees", async ({
  devnet,
  example,
  page,
  wallet,
}) => {
  const account = await example.start(wallet);
  await example.expectRefused("Minutes", ["0", "-5", "1441", "soon", ""], "Create session");
  await example.field("Minutes").fill("5");

  wallet.onSign = REJECTED;
  await example.button("Create session").click();
  const alert = example.alert("owner.rejected");
  await expect(alert).toBeVisible();
  expect(await devnet.sessionsOf(account)).toBe(zeroHash);

  wallet.onSign = "honest";
  await example.remedy(alert, "Try again").click();
  const [transaction] = await example.waitConfirmed(1);
  expect(await devnet.succeeded(transaction!)).toBe(true);
  expect(await devnet.sessionsOf(account)).not.toBe(zeroHash);
  expect(wallet.prompts).toHaveLength(2);

  const session = await example.goTo("use_session");
  await page.clock.setFixedTime(Date.now() + 6 * 60_000);
  await session.button("Mint with session").click();
  await expect(session.alert("forbidden.outside_interval")).toBeVisible();
});
