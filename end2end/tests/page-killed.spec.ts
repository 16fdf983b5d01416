import type { BrowserContext } from "@playwright/test";
import type { Address } from "viem";

import { MintPage } from "../pages/mint-page.ts";
import { SessionsPage } from "../pages/sessions-page.ts";
import type { Devnet } from "../support/devnet.ts";
import { type Moment, killAt } from "../support/killed.ts";
import { expectAllEnded } from "../support/pending.ts";
import { expect, test } from "../support/test.ts";
import { TestWallet, install } from "../support/wallet.ts";

const SEND = "eth_sendUserOperation";

/** What is kept changes before the operation is prepared, before it is sent, and when its fate is known. */
const MOMENTS: [string, Moment][] = [
  ["before it is sponsored", { at: (_, method) => method.startsWith("pm_"), leaves: true }],
  ["before it leaves", { at: (_, method) => method === SEND, leaves: false }],
  ["before the bundler's answer comes", { at: (_, method) => method === SEND, leaves: true }],
  ["before its receipt comes", { at: (_, method) => method === "eth_getUserOperationReceipt", leaves: true }],
];

test.describe.configure({ timeout: 240_000 });

test.beforeEach(async ({ context, watch }) => {
  watch.expectFailedRequests();
  await context.clock.install();
});

test("a page that is killed while it creates a session loses nothing", async ({ context, devnet }) => {
  const { wallet } = await begin(context);
  let active = 0;
  for (const [when, moment] of MOMENTS) {
    await test.step(when, async () => {
      const { dapp, sessions } = await open(context, wallet);
      await expectSessions(sessions, active);

      // It can be done at once, and happens.
      await sessions.visit("Mint");
      await dapp.createSession.click();
      await dapp.waitConfirmed(1);
      await devnet.quiet();
      await devnet.clearLog();
      expect(await killAt(moment, dapp, devnet, () => dapp.createSession.click())).toBe(true);
      active += 1 + Number(await wasSent(devnet));
    });
  }
  const { dapp, sessions } = await open(context, wallet);
  await sessions.visit("Mint");
  await expectAllEnded(dapp);
  await dapp.visit("Sessions");
  await expectSessions(sessions, active);
});

test("a page that is killed while it mints loses nothing", async ({ context, devnet }) => {
  const { account, wallet } = await begin(context);
  await createSession(context, wallet);
  let minted = 0;
  for (const [when, moment] of MOMENTS) {
    await test.step(when, async () => {
      const { dapp, sessions } = await open(context, wallet);
      await expectSessions(sessions, 1);
      await sessions.visit("Mint");
      await expect(dapp.page.getByText(counted(minted), { exact: true })).toBeVisible();

      await dapp.mint();
      // What stays under way makes calls of its own.
      await expectAllEnded(dapp);
      await devnet.quiet();
      await devnet.clearLog();
      expect(await killAt(moment, dapp, devnet, () => dapp.mintWithSession.click())).toBe(true);
      minted += 1 + Number(await wasSent(devnet));
      await expect.poll(async () => (await devnet.nftsOf(account)).length).toBe(minted);
    });
  }
  const { dapp, sessions } = await open(context, wallet);
  await sessions.visit("Mint");
  await expectAllEnded(dapp);
  expect(await devnet.nftsOf(account)).toHaveLength(minted);
});

test("what a killed page has sent, or was about to, is under way in the next one and ends there", { tag: "@serial" }, async ({
  context,
  devnet,
}) => {
  const { account, wallet } = await begin(context);
  await createSession(context, wallet);
  const at = (_: number, method: string) => method === SEND;

  await devnet.hold();
  for (const leaves of [false, true]) {
    const { dapp, sessions } = await open(context, wallet);
    await sessions.visit("Mint");
    await killAt({ at, leaves }, dapp, devnet, () => dapp.mintWithSession.click());
  }
  const { dapp, sessions } = await open(context, wallet);
  await sessions.visit("Mint");
  const before = dapp.statuses.filter({ hasText: /^(Sent before, waiting for the chain|Stuck)/ });
  await expect(before).toHaveCount(2);
  await devnet.release();
  await expectAllEnded(dapp);
  await expect(before).toHaveCount(0);
  await expect(dapp.nfts).toHaveCount(1);
  expect(await devnet.nftsOf(account)).toHaveLength(1);

  await devnet.hold();
  await killAt({ at, leaves: true }, dapp, devnet, () => dapp.createSession.click());
  const next = await open(context, wallet);
  await expect(next.sessions.of("On its way")).toHaveCount(1);
  await devnet.release();
  await expectSessions(next.sessions, 2);
  await next.sessions.visit("Mint");
  await expectAllEnded(next.dapp);
});

/** A browser in which the wallet is connected, and no page is open. */
async function begin(context: BrowserContext): Promise<{ account: Address; wallet: TestWallet }> {
  const wallet = new TestWallet();
  const { sessions } = await open(context, wallet);
  const account = await sessions.connect(wallet);
  await sessions.page.close();
  return { account, wallet };
}

async function createSession(context: BrowserContext, wallet: TestWallet): Promise<void> {
  const { dapp, sessions } = await open(context, wallet);
  await sessions.visit("Mint");
  await dapp.createSession.click();
  await dapp.waitConfirmed(1);
  await dapp.page.close();
}

/** A fresh page of the browser, at its sessions. */
async function open(context: BrowserContext, wallet: TestWallet): Promise<{ dapp: MintPage; sessions: SessionsPage }> {
  const page = await context.newPage();
  await install(page, wallet);
  const sessions = new SessionsPage(page);
  await sessions.open();
  return { dapp: new MintPage(page), sessions };
}

/** So many sessions can be used, and there are no others. */
async function expectSessions(sessions: SessionsPage, active: number): Promise<void> {
  await expect(sessions.of("Active")).toHaveCount(active);
  await expect(sessions.entries.filter({ hasText: "Its key is not kept here" })).toHaveCount(0);
  await expect(sessions.notices).toHaveCount(0);
}

/** Whether an operation has reached the bundler. */
async function wasSent(devnet: Devnet): Promise<boolean> {
  return (await devnet.methods()).includes(SEND);
}

/** What the garden says of so many. */
function counted(flowers: number): string {
  if (flowers === 0) return "Nothing planted yet";
  return flowers === 1 ? "1 flower" : `${flowers} flowers`;
}
