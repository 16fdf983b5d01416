import type { Page } from "@playwright/test";

import type { MintPage } from "../pages/mint-page.ts";
import type { Devnet } from "../support/devnet.ts";
import { changeConfig, expect, test } from "../support/test.ts";
import { type TestWallet, gate } from "../support/wallet.ts";

interface Act {
  dapp: MintPage;
  devnet: Devnet;
  page: Page;
  wallet: TestWallet;
}

interface Kind {
  name: string;
  /** Creates the first session. */
  grant(act: Act): Promise<void>;
  /** The status of a session that has not been used. */
  granted: string;
  /** The prompts of the first session. */
  prompts: number;
}

const KINDS: Kind[] = [
  {
    name: "Biconomy V2",
    granted: "Active",
    prompts: 1,
    async grant({ dapp }) {
      await dapp.createSession.click();
      await dapp.waitConfirmed(1);
    },
  },
  {
    name: "Nexus",
    granted: "Granted, takes effect with its first use",
    prompts: 1,
    async grant({ dapp, devnet, page, wallet }) {
      await devnet.quiet();
      // What the page asks from time to time would be seen as well.
      await page.clock.pauseAt((await page.evaluate(() => Date.now())) + 1000);
      await devnet.quiet();
      await devnet.clearLog();
      const release = wallet.hold();
      await dapp.createSession.click();
      await expect.poll(() => wallet.prompts.length).toBe(1);
      await expect(dapp.ready).toHaveCount(0);
      expect(await devnet.log()).toEqual([]);
      // It is ready before the services have answered anything.
      const { promise: answered, release: answer } = gate();
      await page.route("**/rpc", async (route) => {
        await answered;
        await route.continue();
      });
      release();
      await expect(dapp.ready).toBeVisible();
      await expect(dapp.mintWithSession).toBeEnabled();
      await expect(page.getByText("The grant takes effect with your first mint.")).toBeVisible();
      answer();
      await page.unrouteAll({ behavior: "wait" });
      await expect(dapp.createSession).toBeEnabled();
      await expect(dapp.ready).toBeVisible();
      await expect(dapp.statuses).toHaveCount(0);
      // The list of sessions is read again after the grant, and nothing else is asked.
      const methods = await devnet.methods();
      expect(methods.filter((method) => method !== "eth_call")).toEqual([]);
      await page.clock.resume();
    },
  },
  {
    name: "Nexus (EIP-7702)",
    granted: "Active",
    // The authorization, and the operation that contains it.
    prompts: 2,
    async grant({ dapp, wallet }) {
      await expect(dapp.account).toHaveText(wallet.address);
      await dapp.createSession.click();
      await dapp.waitConfirmed(1);
    },
  },
];

for (const { name, grant, granted, prompts } of KINDS) {
  test(`${name}: a session is created, used, kept over a reload, renewed and revoked`, async ({
    dapp,
    devnet,
    page,
    sessions,
    wallet,
  }) => {
    await page.clock.install();
    await dapp.open();
    await dapp.accountKind.selectOption(name);
    const account = await dapp.connect(wallet);

    await test.step("created", async () => {
      await grant({ dapp, devnet, page, wallet });
      expect(wallet.prompts).toHaveLength(prompts);
      await dapp.visit("Sessions");
      await expect(sessions.of(granted)).toHaveCount(1);
    });
    await test.step("used", async () => {
      await sessions.visit("Mint");
      await dapp.mint();
      await dapp.mint();
      await expect(dapp.nfts).toHaveCount(2);
      expect(await devnet.nftsOf(account)).toHaveLength(2);
    });
    await test.step("kept over a reload, also without the wallet", async () => {
      await wallet.lock();
      await dapp.reload();
      await expect(dapp.createSession).toBeDisabled();
      await expect(dapp.accountKind).toHaveValue(name);
      await expect(dapp.account).toHaveText(account);
      await dapp.mint();
      expect(await devnet.nftsOf(account)).toHaveLength(3);
      expect(wallet.prompts).toHaveLength(prompts);
      await wallet.unlock();
    });
    await test.step("renewed", async () => {
      await dapp.visit("Sessions");
      await expect(sessions.of("Active")).toHaveCount(1);
      await sessions.button(sessions.entries, "Renew").click();
      await sessions.waitConfirmed(1);
      await expect(sessions.of("Revoked")).toHaveCount(1);
      await expect(sessions.of("Active")).toHaveCount(1);
      await sessions.visit("Mint");
      await dapp.mint();
    });
    await test.step("revoked", async () => {
      await dapp.visit("Sessions");
      await sessions.button(sessions.of("Active"), "Revoke").click();
      await expect(sessions.of("Revoked")).toHaveCount(2);
      await sessions.visit("Mint");
      await dapp.mintWithSession.click();
      await expect(dapp.alert("session.none_active")).toBeVisible();
      expect(await devnet.nftsOf(account)).toHaveLength(4);
    });
  });
}

test("to choose another kind is to go on with the wallet's account of that kind and its sessions", async ({
  dapp,
  devnet,
  sessions,
  wallet,
}) => {
  const first = await dapp.startWithSession(wallet);
  expect(first).toBe(await devnet.accountOf(wallet.address));
  await expect(dapp.accountKind).toHaveValue("Biconomy V2");

  await dapp.accountKind.selectOption("Nexus");
  await expect(dapp.account).not.toHaveText(first);
  const second = await dapp.address();
  await expect(dapp.statuses).toHaveCount(0);
  await expect(dapp.mintWithSession).toBeDisabled();
  await dapp.createSession.click();
  await expect(dapp.ready).toBeVisible();
  await dapp.mint();
  await dapp.reload();
  await expect(dapp.account).toHaveText(second);
  await expect(dapp.nfts).toHaveCount(1);

  await dapp.visit("Sessions");
  await expect(sessions.of("Active")).toHaveCount(1);
  const [there] = await sessions.entries.all();
  const id = await there!.getAttribute("aria-label");
  await sessions.accountKind.selectOption("Biconomy V2");
  await expect(sessions.account).toHaveText(first);
  await expect(sessions.of("Active")).toHaveCount(1);
  await expect(sessions.entries).not.toHaveAccessibleName(id!);
  await sessions.visit("Mint");
  await dapp.mint();
  expect(await devnet.nftsOf(first)).toHaveLength(1);
  expect(await devnet.nftsOf(second)).toHaveLength(1);
  expect(wallet.prompts).toHaveLength(2);
});

test("a wallet that signs no authorization is told from one that does, and is asked for nothing else", async ({
  dapp,
  wallet,
}) => {
  wallet.authorizes = false;
  await dapp.open();
  await dapp.accountKind.selectOption("Nexus (EIP-7702)");
  await dapp.connect(wallet);

  await dapp.createSession.click();

  await expect(dapp.alert("owner.no_authorization")).toBeVisible();
  expect(wallet.prompts).toHaveLength(0);
  await expect(dapp.createSession).toBeEnabled();
});

test("without its wallet the page goes on without an account, and knows the other one again", async ({ dapp, wallet }) => {
  const first = await dapp.startWithSession(wallet);
  await wallet.lock();
  await expect(dapp.createSession).toBeDisabled();

  await dapp.accountKind.selectOption("Nexus");
  await expect(dapp.account).toHaveCount(0);
  await expect(dapp.mintWithSession).toBeDisabled();
  await dapp.accountKind.selectOption("Biconomy V2");
  await expect(dapp.account).toHaveText(first);
  await dapp.mint();
});

test("where the configuration offers one kind, there is nothing to choose", async ({ dapp, devnet, page, wallet }) => {
  await dapp.open();
  await dapp.accountKind.selectOption("Nexus");
  await changeConfig(page, (config) => ({ ...config, nexus: null }));
  await dapp.reload();

  expect(await dapp.connect(wallet)).toBe(await devnet.accountOf(wallet.address));
  await expect(dapp.accountKind).toHaveCount(0);
});
