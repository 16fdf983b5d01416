import type { Locator } from "@playwright/test";

import type { MintPage } from "../pages/mint-page.ts";
import { Fault } from "../support/fault.ts";
import { expect, test } from "../support/test.ts";

test.beforeEach(({ watch }) => watch.expectFailedRequests());

const SEND = Fault.on("bundler", "eth_sendUserOperation");

/** A failure of each service at a call that must not fail. */
const failures: [string, Fault, string][] = [
  ["the node answers with a page", Fault.on("node", "eth_call").html(500), "service.failed"],
  ["the paymaster refuses", Fault.on("paymaster", "pm_sponsorUserOperation").refusal(-32000, "no"), "refused.paymaster"],
];

test("each service that fails is told of, and everything works when that is over", async ({ dapp, devnet, wallet }) => {
  const account = await dapp.start(wallet);
  await devnet.quiet();
  for (const [what, fault, code] of failures) {
    await test.step(`${what} as a session is created`, async () => {
      await devnet.fail(fault);
      await dapp.createSession.click();
      await expect(dapp.alert(code)).toBeVisible();
      await expect(dapp.createSession).toBeEnabled();
    });
  }
  await devnet.heal();
  expect(wallet.prompts).toEqual([]);
  await dapp.remedy(dapp.alerts, "Try again").click();
  await dapp.waitConfirmed(1);
  await expect(dapp.alerts).toHaveCount(0);

  await devnet.quiet();
  let minted = 0;
  for (const [what, fault, code] of [...failures, ["the bundler hangs up", SEND.drop(), "operation.unanswered"]] as const) {
    await test.step(`${what} at a mint`, async () => {
      await devnet.fail(fault);
      await dapp.mintWithSession.click();
      const alert = dapp.alert(code);
      await expect(alert).toBeVisible();
      await expect(dapp.mintWithSession).toBeEnabled();
      await devnet.heal();
      expect(await devnet.nftsOf(account)).toHaveLength(minted);

      await dapp.remedy(alert, "Try again").click();
      minted += 1;
      await expect(dapp.nfts).toHaveCount(minted);
      await expect(dapp.alerts).toHaveCount(0);
    });
  }
  expect(await devnet.nftsOf(account)).toHaveLength(minted);
  expect(wallet.prompts).toHaveLength(1);
});

test("a grant whose fate is unknown stands in nobody's way", async ({ dapp, devnet, page, wallet }) => {
  await page.clock.install();
  const account = await dapp.startWithSession(wallet);
  await devnet.fail(SEND.html(500));

  await dapp.createSession.click();
  await expect(dapp.alert("operation.unanswered")).toBeVisible();
  await devnet.heal();
  await dapp.mint();
  expect(await devnet.nftsOf(account)).toHaveLength(1);

  // Where the bundler does not say that it has lost it, the next one waits half a minute for it.
  const status = "biconomy_getUserOperationStatus";
  await devnet.fail(Fault.on("bundler", status).delay(60_000));
  await devnet.clearLog();
  await dapp.createSession.click();
  await expect.poll(() => devnet.methods()).toContain(status);
  expect(wallet.prompts).toHaveLength(2);
  await page.clock.fastForward(31_000);
  await dapp.waitConfirmed(3);
  await devnet.heal();
  await dapp.mint();
  expect(await devnet.nftsOf(account)).toHaveLength(2);
  expect(wallet.prompts).toHaveLength(3);
});

test("a bundler that answers another hash is not believed", async ({ dapp, devnet, wallet }) => {
  await dapp.startWithSession(wallet);
  const lie = `0x${"ab".repeat(32)}`;
  const untold = [Fault.on("bundler", "eth_getUserOperationReceipt").null(), Fault.on("node", "eth_getLogs").rewrite([])];
  await devnet.fail(SEND.rewrite(lie), ...untold);

  await dapp.mintWithSession.click();
  const alert = dapp.alert("operation.wrong_hash");
  await expect(alert).toContainText(lie);
  await expect(dapp.confirmed).toHaveCount(1);
  // Once the chain has the operation there is no doubt any more.
  await devnet.heal();
  await dapp.waitConfirmed(2);
  await expect(dapp.alerts).toHaveCount(0);
  await dapp.mint();
});

test("a page whose services are all down or on another chain says so, and recovers", async ({
  dapp,
  devnet,
  wallet,
}) => {
  await devnet.fail(Fault.any().drop());
  await dapp.start(wallet);
  await expect(dapp.alert("service.unreachable").first()).toBeVisible();
  await devnet.heal();
  await recover(dapp);

  await devnet.fail(Fault.on("node", "eth_chainId").rewrite("0x1"));
  await dapp.reload();
  await expect(dapp.alert("service.wrong_chain").first()).toBeVisible();
  await dapp.createSession.click();
  await expect(dapp.createSession).toBeEnabled();
  expect(wallet.prompts).toEqual([]);
  await devnet.heal();

  await dapp.createSession.click();
  await dapp.waitConfirmed(1);
  await dapp.mint();
});

/** Presses "Try again" until there is no alert any more. */
async function recover(dapp: MintPage): Promise<void> {
  const next: Locator = dapp.remedy(dapp.alerts, "Try again");
  await expect(async () => {
    while ((await next.count()) > 0) await next.first().click({ timeout: 1000 });
    await expect(dapp.alerts).toHaveCount(0, { timeout: 2000 });
  }).toPass();
}
