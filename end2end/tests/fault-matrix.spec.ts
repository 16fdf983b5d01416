import type { Page } from "@playwright/test";

import { HookPage } from "../pages/hook-page.ts";
import type { SessionsPage } from "../pages/sessions-page.ts";
import type { Devnet } from "../support/devnet.ts";
import { Fault } from "../support/fault.ts";
import { expectAllEnded } from "../support/pending.ts";
import { expect, test } from "../support/test.ts";
import { type Trouble, tryUnder } from "../support/trial.ts";
import { unreadable } from "../support/unreadable.ts";
import type { TestWallet } from "../support/wallet.ts";

// What a browser alone makes of a broken connection, of a page in the place of JSON, and of an answer that it may not
// show; and that what the page offers then leads on. `cargo xtask test core sweep` tries all kinds of faults at all calls.

const SEND = "eth_sendUserOperation";
const UNREACHABLE = /^service\.unreachable$/;
const IN_DOUBT = /^operation\.unanswered$/;
/** What was served is in doubt until the chain has it, which may be soon. */
const IN_DOUBT_AT_MOST = /^(operation\.unanswered|success(, then operation\.unanswered)?)$/;

test.beforeEach(async ({ page, watch }) => {
  watch.expectFailedRequests();
  watch.expectUnreadableAnswers();
  await page.clock.install();
});

test("sessions are created and revoked although the browser cannot read answers", async ({
  dapp,
  devnet,
  page,
  sessions,
  wallet,
}) => {
  const earlier = await begin(page, sessions, wallet);
  const send = Fault.on("bundler", SEND);
  for (const [trouble, code] of [
    [fault(devnet, Fault.on("paymaster", "pm_sponsorUserOperation").drop()), UNREACHABLE],
    [fault(devnet, send.drop()), IN_DOUBT],
    [unreadable(page, SEND), IN_DOUBT_AT_MOST],
  ] as const) {
    await sessions.visit("Mint");
    expect(await tryUnder(trouble, dapp, dapp.createSession)).toMatch(code);
    await dapp.visit("Sessions");
    await expectActive(sessions, earlier);
    await expect(sessions.of("Active")).toHaveCount(2);

    const newest = await nameOf(sessions);
    expect(newest).not.toBe(earlier);
    const revoke = sessions.button(entry(sessions, newest), "Revoke");
    expect(await tryUnder(fault(devnet, send.html(200)), sessions, revoke)).toMatch(IN_DOUBT);
    await expect(entry(sessions, newest).getByText("Revoked", { exact: true })).toBeVisible();
    await expectActive(sessions, earlier);
  }
  await sessions.visit("Mint");
  await expectAllEnded(dapp);
  await dapp.mint();
});

test("NFTs are minted once each although the browser cannot read answers", async ({
  dapp,
  devnet,
  page,
  sessions,
  wallet,
}) => {
  const earlier = await begin(page, sessions, wallet);
  const account = await sessions.address();
  await sessions.visit("Mint");
  for (const [index, [trouble, code]] of (
    [
      [fault(devnet, Fault.on("node", "eth_call").html(200)), /^service\.not_json$/],
      [fault(devnet, Fault.on("paymaster", "pm_sponsorUserOperation").html(500)), /^service\.failed$/],
      [fault(devnet, Fault.on("bundler", SEND).drop()), IN_DOUBT],
      [unreadable(page, SEND), IN_DOUBT_AT_MOST],
    ] as const
  ).entries()) {
    expect(await tryUnder(trouble, dapp, dapp.mintWithSession)).toMatch(code);
    expect(await devnet.nftsOf(account)).toHaveLength(index + 1);
  }
  await dapp.visit("Sessions");
  await expectActive(sessions, earlier);
  await sessions.visit("Mint");
  await expectAllEnded(dapp);
});

test("what was sent is waited for although the bundler's connection breaks", async ({ dapp, devnet, wallet }) => {
  const account = await dapp.startWithSession(wallet);
  const trouble = fault(devnet, Fault.on("bundler", "eth_getUserOperationReceipt").drop());

  expect(await tryUnder(trouble, dapp, dapp.mintWithSession)).toBe("success");

  expect(await devnet.nftsOf(account)).toHaveLength(1);
});

test("a page that is loaded while its services cannot be reached goes on", async ({ dapp, devnet, wallet }) => {
  const account = await dapp.startWithSession(wallet);
  for (const [index, [broken, code]] of (
    [
      [Fault.on("node", "eth_chainId").drop(), UNREACHABLE],
      // The node has fees too.
      [Fault.on("bundler", "biconomy_getGasFeeValues").html(200), /^success$/],
    ] as const
  ).entries()) {
    const trouble = fault(devnet, broken);
    const end = await trouble();
    await dapp.reload();
    expect(await tryUnder(trouble, dapp, dapp.mintWithSession)).toMatch(code);
    await end();
    expect(await devnet.nftsOf(account)).toHaveLength(index + 1);
  }
});

test("what is sent while the page is reloaded happens once", async ({ dapp, devnet, wallet }) => {
  const account = await dapp.startWithSession(wallet);
  await devnet.clearLog();
  await devnet.fail(Fault.on("bundler", SEND).delay(3_000));

  await dapp.mintWithSession.click();
  await expect.poll(async () => (await devnet.log()).some((call) => call.methods.includes(SEND))).toBe(true);
  await dapp.reload();
  await devnet.fail();

  // The bundler has it, however late that is.
  await expectAllEnded(dapp, { cancels: false });
  expect(await devnet.nftsOf(account)).toHaveLength(1);
});

/** A fault of the devnet. */
function fault(devnet: Devnet, fault: Fault): Trouble {
  return async () => {
    await devnet.fail(fault);
    return () => devnet.fail();
  };
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
