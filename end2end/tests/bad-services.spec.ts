import { createServer } from "node:net";

import type { Locator } from "@playwright/test";

import type { MintPage } from "../pages/mint-page.ts";
import { type Calls, Fault } from "../support/fault.ts";
import { changeConfig, expect, test } from "../support/test.ts";

test.beforeEach(({ watch }) => watch.expectFailedRequests());

/** The calls of a mint that must not fail, each with the name that its alert gives the service. */
const calls = [
  { on: Fault.on("node", "eth_call"), service: "the chain's node" },
  { on: Fault.on("paymaster", "pm_sponsorUserOperation"), service: "the paymaster" },
  { on: Fault.on("bundler", "eth_sendUserOperation"), service: "the bundler" },
];

/** What can go wrong with each call, and the words for it, as a pattern. */
const failures: [string, (on: Calls) => Fault, string][] = [
  ["hangs up", (on) => on.drop(), "cannot be reached: check that it runs and that its address is right"],
  ["answers HTTP 500 with a page", (on) => on.html(500), "answered HTTP 500 .its own failure.: try again later"],
  ["answers HTTP 200 with a page", (on) => on.html(200), "answered HTTP 200 with something that is not JSON"],
  ["refuses over HTTP 500", (on) => on.refusal(-32603, "all is lost").status(500), 'refused: .*"all is lost".*code -32603'],
  ["refuses over HTTP 200", (on) => on.refusal(-32000, "not today").status(200), 'refused: .*"not today".*code -32000'],
  ["refuses over HTTP 400", (on) => on.refusal(-32000, "not today").status(400), 'refused: .*"not today".*code -32000'],
  ["answers null", (on) => on.null(), "answered null where a value must be"],
];

for (const { on, service } of calls) {
  test(`a mint says what is wrong with ${service}, and works when that is over`, async ({ dapp, devnet, wallet }) => {
    const account = await dapp.startWithSession(wallet);
    await devnet.quiet();
    let minted = 0;
    for (const [what, fault, words] of failures) {
      await test.step(`${service} ${what}`, async () => {
        await devnet.fail(fault(on));
        await dapp.mintWithSession.click();
        const alert = dapp.alert(new RegExp(`^${service} ${words}`));
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
    expect(wallet.prompts).toHaveLength(1);
  });
}

for (const { on, service } of calls.slice(0, 2)) {
  test(`no session is created when ${service} fails, and one is when that is over`, async ({
    dapp,
    devnet,
    wallet,
  }) => {
    await dapp.start(wallet);
    await devnet.quiet();
    for (const [what, fault, words] of failures) {
      await test.step(`${service} ${what}`, async () => {
        await devnet.fail(fault(on));
        await dapp.createSession.click();
        await expect(dapp.alert(new RegExp(`^${service} ${words}`))).toBeVisible();
        await expect(dapp.createSession).toBeEnabled();
        await devnet.heal();
      });
    }
    expect(wallet.prompts).toEqual([]);

    await dapp.remedy(dapp.alerts, "Try again").click();
    await dapp.waitConfirmed(1);
    await expect(dapp.alerts).toHaveCount(0);
    expect(wallet.prompts).toHaveLength(1);
  });
}

test("a grant whose fate is unknown stands in nobody's way", async ({ dapp, devnet, page, wallet }) => {
  await page.clock.install();
  const account = await dapp.startWithSession(wallet);
  await devnet.fail(Fault.on("bundler", "eth_sendUserOperation").html(500));

  await dapp.createSession.click();
  await expect(dapp.alert(/^the bundler answered HTTP 500/)).toBeVisible();
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

test("a service that gives no answer in time is said so", async ({ dapp, devnet, page, wallet }) => {
  await dapp.startWithSession(wallet);
  await devnet.quiet();
  const method = "pm_sponsorUserOperation";
  await devnet.fail(Fault.on("paymaster", method).delay(30_000));
  await devnet.clearLog();
  await page.clock.install();

  await dapp.mintWithSession.click();
  await expect.poll(() => devnet.methods()).toContain(method);
  await devnet.quiet(method);
  await page.clock.fastForward(21_000);
  const alert = dapp.alert("the paymaster gave no answer within 20 s: try again");
  await expect(alert).toBeVisible();
  await devnet.heal();

  await dapp.remedy(alert, "Try again").click();
  await dapp.waitConfirmed(2);
});

test("a bundler that answers another hash is not believed", { tag: "@serial" }, async ({ dapp, devnet, wallet }) => {
  await dapp.startWithSession(wallet);
  const lie = `0x${"ab".repeat(32)}`;
  await devnet.fail(Fault.on("bundler", "eth_sendUserOperation").rewrite(lie));
  await devnet.hold();

  await dapp.mintWithSession.click();
  const alert = dapp.alert(new RegExp(`the bundler answered with the hash ${lie}, but the operation's is 0x`));
  await expect(alert).toContainText("do not trust it");
  await expect(dapp.confirmed).toHaveCount(1);
  // Once the chain has the operation there is no doubt any more.
  await devnet.release();
  await expect(alert).toHaveCount(0);
  await devnet.heal();

  await dapp.mintWithSession.click();
  await dapp.waitConfirmed(3);
  await expect(dapp.alerts).toHaveCount(0);
});

test("a paymaster that changes the operation is refused before anything is signed", async ({
  dapp,
  devnet,
  wallet,
}) => {
  const changes = {
    sender: "0x000000000000000000000000000000000000dEaD",
    nonce: "0x1",
    callData: "0xdeadbeef",
    initCode: "0xdeadbeef",
    maxFeePerGas: "0xffffffffff",
  };
  await dapp.start(wallet);
  for (const [field, value] of Object.entries(changes)) {
    await test.step(field, async () => {
      await devnet.fail(Fault.on("paymaster", "pm_sponsorUserOperation").merge({ [field]: value }));
      await dapp.createSession.click();
      const words = `the paymaster tried to change ${field} of the operation, which it may not: nothing was signed`;
      await expect(dapp.alert(words)).toBeVisible();
      await expect(dapp.createSession).toBeEnabled();
    });
  }
  expect(wallet.prompts).toEqual([]);
  await devnet.heal();

  await dapp.createSession.click();
  await dapp.waitConfirmed(1);
  await expect(dapp.alerts).toHaveCount(0);
});

test("gas limits beyond reason are refused before anything is signed", async ({ dapp, devnet, wallet }) => {
  await dapp.start(wallet);
  const much = { callGasLimit: 1_000_000_000 };
  await devnet.fail(Fault.on("paymaster", "pm_sponsorUserOperation").merge(much));

  await dapp.createSession.click();

  await expect(dapp.alert(/the paymaster asks for an amount of gas of \d+, which is more than/)).toBeVisible();
  expect(wallet.prompts).toEqual([]);
});

for (const [at, service] of [
  ["node", "chain's node"],
  ["bundler", "bundler"],
] as const) {
  test(`a ${service} of another chain is noticed before anything is signed`, async ({ dapp, devnet, wallet }) => {
    await devnet.fail(Fault.on(at, "eth_chainId").rewrite("0x1"));
    await dapp.start(wallet);
    const words = `the ${service} is on chain 1, not on 80002: correct its address or the chain's id`;
    await expect(dapp.alert(words).first()).toBeVisible();

    await dapp.createSession.click();
    await expect(dapp.createSession).toBeEnabled();
    expect(wallet.prompts).toEqual([]);
    await devnet.heal();

    await dapp.createSession.click();
    await dapp.waitConfirmed(1);
  });
}

test("a page whose services are all down says so, and recovers", async ({ dapp, devnet, wallet }) => {
  await devnet.fail(Fault.any().drop());
  await dapp.start(wallet);
  await expect(dapp.alert("cannot be reached: check that it runs").first()).toBeVisible();
  await devnet.heal();

  await recover(dapp);

  await dapp.createSession.click();
  await dapp.waitConfirmed(1);
  await dapp.mint();
});

test.describe("with a policy that names other services", () => {
  // It would refuse to ask there at all.
  test.use({ bypassCSP: true });

  test("a service that is nowhere is said so", async ({ dapp, page, wallet }) => {
    const nowhere = `http://127.0.0.1:${await closedPort()}`;
    await changeConfig(page, (config) => ({ ...config, paymaster: { kind: "erc7677", url: nowhere } }));
    await dapp.start(wallet);

    await dapp.createSession.click();

    await expect(dapp.alert(`the paymaster cannot be reached`)).toContainText(nowhere);
    await expect(dapp.createSession).toBeEnabled();
  });
});

test("a receipt that fails to come is asked for until it comes", async ({ dapp, devnet, wallet }) => {
  await dapp.start(wallet);
  const receipts = Fault.on("bundler", "eth_getUserOperationReceipt");
  await devnet.fail(
    receipts.drop().times(1),
    receipts.html(500).times(1),
    receipts.html(200).times(1),
    receipts.http(200).times(1),
    receipts.null().times(1),
  );

  await dapp.createSession.click();

  await dapp.waitConfirmed(1);
  await expect(dapp.alerts).toHaveCount(0);
});

/** Presses "Try again" until nobody complains any more. */
async function recover(dapp: MintPage): Promise<void> {
  const next: Locator = dapp.remedy(dapp.alerts, "Try again");
  await expect(async () => {
    while ((await next.count()) > 0) await next.first().click({ timeout: 1000 });
    await expect(dapp.alerts).toHaveCount(0, { timeout: 2000 });
  }).toPass();
}

/** A port of this machine at which nobody listens. */
async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("a server without a port");
  return address.port;
}
