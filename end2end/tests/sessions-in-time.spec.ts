import { zeroHash } from "viem";

import { HookPage } from "../pages/hook-page.ts";
import { Fault } from "../support/fault.ts";
import { expect, test } from "../support/test.ts";

const MINUTE_MS = 60_000;
const RECEIPT = "eth_getUserOperationReceipt";

test.describe("the page is loaded again while a session is created", () => {
  test("before or while the wallet asks: nothing was granted, and it can be tried again", async ({
    dapp,
    devnet,
    sessions,
    wallet,
  }) => {
    const account = await dapp.start(wallet);
    await devnet.quiet();
    await devnet.clearLog();
    await devnet.fail(Fault.on("paymaster", "*").delay(30_000));
    await dapp.createSession.click();
    await expect.poll(async () => (await devnet.methods()).some((method) => method.startsWith("pm_"))).toBe(true);
    await dapp.reload();
    await devnet.heal();
    await expect(dapp.createSession).toBeEnabled();
    expect(wallet.prompts).toEqual([]);

    const release = wallet.hold();
    await dapp.createSession.click();
    await expect.poll(() => wallet.prompts).toHaveLength(1);
    await dapp.reload();
    release();
    await expect(dapp.createSession).toBeEnabled();
    await dapp.visit("Sessions");
    await expect(sessions.of("Never sent")).toHaveCount(2);
    expect(await devnet.sessionsOf(account)).toBe(zeroHash);

    await sessions.visit("Mint");
    await dapp.createSession.click();
    await dapp.waitConfirmed(1);
    await dapp.mint();
    expect(await devnet.nftsOf(account)).toHaveLength(1);
    expect(wallet.prompts).toHaveLength(2);
  });

  test("after it was included: it is active", async ({ dapp, devnet, sessions, wallet }) => {
    const account = await dapp.start(wallet);
    await devnet.fail(Fault.on("bundler", RECEIPT).null());
    await dapp.createSession.click();
    const root = () => devnet.sessionsOf(account).catch(() => zeroHash);
    await expect.poll(root).not.toBe(zeroHash);

    await dapp.reload();
    await devnet.heal();

    await dapp.visit("Sessions");
    await expect(sessions.of("Active")).toHaveCount(1);
    await sessions.visit("Mint");
    await dapp.mint();
    expect(await devnet.nftsOf(account)).toHaveLength(1);
    expect(wallet.prompts).toHaveLength(1);
  });
});

test.describe("the browser's clock is wrong", () => {
  for (const [words, minutes] of [
    ["10 minutes ahead", 10],
    ["10 minutes behind", -10],
  ] as const) {
    test(`${words}: sessions are created and used, and end by the page's own clock`, async ({
      dapp,
      devnet,
      page,
      sessions,
      wallet,
    }) => {
      await page.clock.install({ time: Date.now() + minutes * MINUTE_MS });
      const account = await dapp.startWithSession(wallet);
      await dapp.mint();
      expect(await devnet.nftsOf(account)).toHaveLength(1);
      await dapp.visit("Sessions");
      await expect(sessions.of("Active")).toHaveCount(1);

      await page.clock.fastForward(61 * MINUTE_MS);
      await expect(sessions.of("Expired")).toHaveCount(1);
      await sessions.button(sessions.entries, "Renew").click();
      await sessions.waitConfirmed(1);
      await expect(sessions.of("Active")).toHaveCount(1);
    });
  }

  test("a session that would have ended before it began is not granted, and the refusal says why", async ({
    devnet,
    page,
    wallet,
  }) => {
    await page.clock.install({ time: Date.now() - 10 * MINUTE_MS });
    const create = new HookPage(page, "use_create_session");
    const account = await create.start(wallet);
    await create.field("Minutes").fill("5");
    await create.button("Create session").click();

    await expect(create.alert("device.wrong_clock")).toBeVisible();
    expect(wallet.prompts).toEqual([]);
    expect(await devnet.sessionsOf(account)).toBe(zeroHash);
  });
});
