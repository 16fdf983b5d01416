import type { BrowserContext } from "@playwright/test";
import type { Address } from "viem";

import { MintPage } from "../pages/mint-page.ts";
import { SessionsPage } from "../pages/sessions-page.ts";
import type { Devnet } from "../support/devnet.ts";
import { killAt } from "../support/killed.ts";
import { expectAllEnded } from "../support/pending.ts";
import { expect, test } from "../support/test.ts";
import { TestWallet, install } from "../support/wallet.ts";

const SEND = "eth_sendUserOperation";
/** More calls than creating a session or a mint takes. */
const MOST_CALLS = 40;

test.describe.configure({ timeout: 480_000 });

test.beforeEach(async ({ context, watch }) => {
  watch.expectFailedRequests();
  await context.clock.install();
});

for (const [when, leaves] of [
  ["before a call leaves", false],
  ["before the answer to a call comes", true],
] as const) {
  test(`a page that is killed while it creates a session, ${when}, loses nothing`, async ({ context, devnet }) => {
    const { wallet } = await begin(context);
    const methods: string[] = [];
    for (let active = 0; ; ) {
      const { dapp, sessions } = await open(context, wallet);
      await expectSessions(sessions, active);

      // It can be done at once, and happens.
      await sessions.visit("Mint");
      await dapp.createSession.click();
      await dapp.waitConfirmed(1);
      await devnet.quiet();
      await devnet.clearLog();
      const at = nth(methods);
      const isKilled = await killAt({ at, leaves }, dapp, devnet, () => dapp.createSession.click());
      active += 1 + Number(await wasSent(devnet));
      if (isKilled) continue;

      await expectAllEnded(dapp);
      await dapp.visit("Sessions");
      await expectSessions(sessions, active);
      break;
    }
    console.log(`killed while it creates a session, ${when}: ${methods.join(", ")}`);
    expect(methods).toContain(SEND);
  });

  test(`a page that is killed while it mints, ${when}, loses nothing`, async ({ context, devnet }) => {
    const { account, wallet } = await begin(context);
    await createSession(context, wallet);
    const methods: string[] = [];
    for (let minted = 0; ; ) {
      const { dapp, sessions } = await open(context, wallet);
      await expectSessions(sessions, 1);
      await sessions.visit("Mint");
      await expect(dapp.page.getByText(counted(minted), { exact: true })).toBeVisible();

      await dapp.mint();
      // What stays under way makes calls of its own.
      if (methods.at(-1) === SEND) await expectAllEnded(dapp);
      await devnet.quiet();
      await devnet.clearLog();
      const at = nth(methods);
      const isKilled = await killAt({ at, leaves }, dapp, devnet, () => dapp.mintWithSession.click());
      minted += 1 + Number(await wasSent(devnet));
      await expect.poll(async () => (await devnet.nftsOf(account)).length).toBe(minted);
      if (isKilled) continue;

      await expectAllEnded(dapp);
      break;
    }
    console.log(`killed while it mints, ${when}: ${methods.join(", ")}`);
    expect(methods).toContain(SEND);
  });
}

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

/** The call after those of earlier rounds, each time one later. Notes its method. */
function nth(methods: string[]): (call: number, method: string) => boolean {
  const next = methods.length + 1;
  expect(next).toBeLessThan(MOST_CALLS);
  return (call, method) => {
    if (call === next) methods.push(method);
    return call === next;
  };
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
