import { type Page, type TestInfo } from "@playwright/test";

import { HookPage } from "../pages/hook-page.ts";
import type { SessionsPage } from "../pages/sessions-page.ts";
import { FAULTS, type Row, select, table } from "../support/matrix.ts";
import { expectAllEnded } from "../support/pending.ts";
import { expect, test } from "../support/test.ts";
import { tryUnder } from "../support/trial.ts";
import type { TestWallet } from "../support/wallet.ts";

const SEND = "bundler eth_sendUserOperation";
const RECEIPT = "bundler eth_getUserOperationReceipt";
/** What a page that has been there for a while calls when something is pressed. */
const CALLS = ["node eth_call", "paymaster pm_sponsorUserOperation", SEND];
/** What it calls beside that when it has just been loaded. */
const FIRST_CALLS = ["node eth_chainId", "node eth_getCode", "bundler eth_chainId", "bundler biconomy_getGasFeeValues"];

/** All that was tried. */
const rows: Row[] = [];
/** The first of the test's own. */
let first = 0;

test.describe.configure({ timeout: 480_000 });

test.beforeEach(async ({ page, watch }) => {
  first = rows.length;
  watch.expectFailedRequests();
  await page.clock.install();
});

test.afterEach(async ({}, testInfo: TestInfo) => {
  await testInfo.attach("table", { body: table(rows.slice(first)), contentType: "text/plain" });
});

test.afterAll(() => {
  console.log(`${table(rows)}\n${rows.length} combinations`);
});

for (const call of CALLS) {
  test(`sessions are created and revoked although ${call} fails`, async ({ dapp, devnet, page, sessions, wallet }) => {
    const earlier = await begin(page, sessions, wallet);
    for (const [fault, how] of FAULTS) {
      const faults = [how(select(call))];
      await sessions.visit("Mint");
      const create = await tryUnder(faults, dapp, devnet, dapp.createSession);
      rows.push({ act: "create", call, fault, end: create });

      await dapp.visit("Sessions");
      await expectActive(sessions, earlier);
      await expect(sessions.of("Active").first()).not.toHaveAttribute("aria-label", earlier);
      const newest = await nameOf(sessions);
      await expectActive(sessions, newest);
      const revoke = await tryUnder(faults, sessions, devnet, sessions.button(entry(sessions, newest), "Revoke"));
      rows.push({ act: "revoke", call, fault, end: revoke });

      await expect(entry(sessions, newest).getByText("Revoked", { exact: true })).toBeVisible();
      await expectActive(sessions, earlier);
    }
    await sessions.visit("Mint");
    await expectAllEnded(dapp);
    await dapp.mint();
  });

  test(`NFTs are minted although ${call} fails`, async ({ dapp, devnet, page, sessions, wallet }) => {
    const earlier = await begin(page, sessions, wallet);
    const account = await sessions.address();
    await sessions.visit("Mint");
    for (const [index, [fault, how]] of FAULTS.entries()) {
      const mint = await tryUnder([how(select(call))], dapp, devnet, dapp.mintWithSession);
      rows.push({ act: "mint", call, fault, end: mint });

      // Also what nobody knows of is tried again in the same nonce, so that it happens once.
      expect(await devnet.nftsOf(account)).toHaveLength(index + 1);
    }
    await dapp.visit("Sessions");
    await expectActive(sessions, earlier);
    await sessions.visit("Mint");
    await expectAllEnded(dapp);
  });
}

for (const [place, call] of FIRST_CALLS.entries()) {
  test(`a page that is loaded while ${call} fails goes on`, async ({ dapp, devnet, page, sessions, wallet }) => {
    const earlier = await begin(page, sessions, wallet);
    await dapp.open();
    // Each takes a while, so each call meets half of the faults.
    const half = FAULTS.filter((_, index) => index % 2 === place % 2);
    for (const [index, [fault, how]] of half.entries()) {
      const faults = [how(select(call))];
      await devnet.fail(...faults);
      await dapp.reload();
      const act = index % 2 === 0 ? "create" : "mint";
      const button = act === "create" ? dapp.createSession : dapp.mintWithSession;
      const end = await tryUnder(faults, dapp, devnet, button);
      rows.push({ act, call, fault, end });
    }
    await dapp.visit("Sessions");
    await expectActive(sessions, earlier);
    await sessions.visit("Mint");
    await expectAllEnded(dapp);
  });
}

for (const [call, others] of [
  [RECEIPT, []],
  ["node eth_getTransactionReceipt", []],
  // The chain is searched when the bundler tells nothing.
  ["node eth_blockNumber", [select(RECEIPT).null()]],
  ["node eth_getLogs", [select(RECEIPT).null()]],
] as const) {
  test(`what was sent is waited for although ${call} fails`, async ({ dapp, devnet, page, sessions, wallet }) => {
    const earlier = await begin(page, sessions, wallet);
    const account = await sessions.address();
    await sessions.visit("Mint");
    for (const [index, [fault, how]] of FAULTS.entries()) {
      // Five minutes are not waited for in earnest.
      let sent = 0;
      const meanwhile = async () => {
        const isSent = (await dapp.statuses.filter({ hasText: /^Sent, waiting/ }).count()) > 0;
        sent ||= Number(isSent && Date.now());
        if (isSent && Date.now() - sent > 1_500) await page.clock.fastForward(20_000);
      };
      const faults = [how(select(call)), ...others];
      const wait = await tryUnder(faults, dapp, devnet, dapp.mintWithSession, meanwhile);
      rows.push({ act: "wait", call, fault, end: wait });

      expect(await devnet.nftsOf(account)).toHaveLength(index + 1);
    }
    await dapp.visit("Sessions");
    await expectActive(sessions, earlier);
    await sessions.visit("Mint");
    await expectAllEnded(dapp);
  });
}

/** Creates a session that outlasts all that comes, and gives its name, with the page of the sessions open. */
async function begin(page: Page, sessions: SessionsPage, wallet: TestWallet): Promise<string> {
  const create = new HookPage(page, "use_create_session");
  await create.start(wallet);
  await create.field("Minutes").fill(`${20 * 60}`);
  await create.button("Create session").click();
  await create.waitConfirmed(1);
  await sessions.open();
  return nameOf(sessions);
}

/** The name of the newest session. */
async function nameOf(sessions: SessionsPage): Promise<string> {
  const name = await sessions.of("Active").first().getAttribute("aria-label");
  return name!;
}

function entry(sessions: SessionsPage, name: string) {
  return sessions.page.getByRole("listitem", { name, exact: true });
}

/** The session is there, and its key is. */
async function expectActive(sessions: SessionsPage, name: string): Promise<void> {
  await expect(entry(sessions, name).getByText("Active", { exact: true })).toBeVisible();
  await expect(entry(sessions, name)).not.toContainText("Its key is not kept here");
}
