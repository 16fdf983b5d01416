import { formatEther, zeroAddress } from "viem";

import { STEPS } from "../pages/activity-page.ts";
import { HookPage } from "../pages/hook-page.ts";
import { changeConfig, expect, test } from "../support/test.ts";

const NAME = "night-bloom:operations:1:80002";

test("each operation has a timeline, the gas and the payer that the chain has, and a link, also after a reload", async ({
  activity,
  dapp,
  devnet,
  page,
  wallet,
}) => {
  await changeConfig(page, (config) => ({ ...config, explorer: "https://scan.example/" }));
  await dapp.startWithSession(wallet);
  await dapp.mint();
  await dapp.visit("Activity");
  await expect(activity.operations).toHaveCount(2);

  const check = async () => {
    for (const [label, signer] of [
      ["Mint", /^a session 0x[0-9a-fA-F]{40}$/],
      ["Change of the sessions", /^your wallet$/],
    ] as const) {
      const operation = activity.of(label);
      await expect(operation.getByText("Done", { exact: true })).toBeVisible();
      const link = activity.fact(operation, "Transaction").getByRole("link");
      await expect(link).toHaveText(/^0x[0-9a-f]{64}$/);
      const transaction = (await link.textContent()) as `0x${string}`;
      await expect(link).toHaveAttribute("href", `https://scan.example/tx/${transaction}`);
      const event = await devnet.operationIn(transaction);
      await expect(activity.fact(operation, "Operation")).toHaveText(event.userOpHash);
      const gas = `${formatEther(event.actualGasCost)} coins for ${event.actualGasUsed} units`;
      await expect(activity.fact(operation, "Gas")).toHaveText(gas);
      await expect(activity.fact(operation, "Paid by")).toHaveText(`a sponsor ${event.paymaster}`);
      await expect(activity.fact(operation, "Signed by")).toHaveText(signer);
      await expect(activity.steps(operation)).toHaveText(STEPS.map((step) => new RegExp(`^${step}\\d\\d:\\d\\d:\\d\\d$`)));
    }
  };
  await devnet.mine();
  await check();
  await expect(activity.counts).toHaveText("0 in flight, 2 past. Wallet prompts spared by sessions: 1.");
  expect(wallet.prompts).toHaveLength(1);

  await activity.reload();
  await check();
});

test("an operation that the owner has signed and the account has paid for is told from the others", async ({
  activity,
  dapp,
  devnet,
  page,
  wallet,
}) => {
  await changeConfig(page, (config) => ({
    ...config,
    bundler: { kind: "standard", url: `${devnet.url}/bundler` },
    paymaster: null,
  }));
  const account = await dapp.start(wallet);
  await devnet.fund(account);
  const own = new HookPage(page, "use_send_transaction");
  await own.open();
  await own.button("Mint").click();
  const [transaction] = await own.waitConfirmed(1);

  await activity.open();

  const { paymaster } = await devnet.operationIn(transaction!);
  expect(paymaster).toBe(zeroAddress);
  await expect(activity.fact(activity.of("Mint"), "Paid by")).toHaveText("your account");
  await expect(activity.fact(activity.of("Mint"), "Signed by")).toHaveText("your wallet");
});

test("an operation in flight is kept over a reload, and ends under the eyes of its user", { tag: "@serial" }, async ({
  activity,
  dapp,
  devnet,
  wallet,
}) => {
  await dapp.startWithSession(wallet);
  await devnet.hold();
  await dapp.mintWithSession.click();
  await expect(dapp.statuses.filter({ hasText: /^Sent, waiting for the chain/ })).toBeVisible();

  await activity.open();
  await activity.reload();
  const mint = activity.of("Mint");
  await expect(mint.getByText("In flight", { exact: true })).toBeVisible();
  await expect(activity.counts).toContainText("1 in flight, 1 past.");
  await expect(activity.steps(mint).nth(2)).toHaveText("Included–");
  await expect(activity.fact(mint, "Gas")).toHaveText("");

  await devnet.release();
  await expect(mint.getByText("Done", { exact: true })).toBeVisible();
  await expect(activity.steps(mint).nth(2)).toHaveText(/^Included(by )?\d\d:\d\d:\d\d$/);
  await expect(activity.steps(mint).nth(3)).toHaveText("Confirmed–");
  await devnet.mine();
  await expect(activity.steps(mint).nth(3)).toHaveText(/^Confirmed\d\d:\d\d:\d\d$/);
});

test("an operation that was included while no page was open is told by when", { tag: "@serial" }, async ({
  activity,
  dapp,
  devnet,
  page,
  wallet,
}) => {
  await page.clock.install();
  const account = await dapp.startWithSession(wallet);
  await devnet.hold();
  await dapp.mintWithSession.click();
  await expect(dapp.statuses.filter({ hasText: /^Sent, waiting for the chain/ })).toBeVisible();
  await page.goto("about:blank");
  await devnet.release();
  await expect.poll(() => devnet.nftsOf(account)).toHaveLength(1);
  await page.clock.fastForward(60_000);

  await activity.open();

  await expect(activity.steps(activity.of("Mint")).nth(2)).toHaveText(/^Includedby \d\d:\d\d:\d\d$/);
});

test("each account has its own activity, another tab adds to it, and the list can be cleared", async ({
  activity,
  dapp,
  otherTab,
  wallet,
}) => {
  await dapp.startWithSession(wallet);
  await dapp.visit("Activity");
  await expect(activity.operations).toHaveCount(1);
  await otherTab.open();
  await otherTab.mint();
  await expect(activity.operations).toHaveCount(2);

  await wallet.switchAccount();
  await expect(activity.operations).toHaveCount(0);
  await expect(activity.counts).toContainText("0 in flight, 0 past.");
  await dapp.visit("Mint");
  await dapp.createSession.click();
  await dapp.waitConfirmed(1);
  await dapp.visit("Activity");
  await expect(activity.operations).toHaveCount(1);

  await activity.clear.click();
  await expect(activity.operations).toHaveCount(0);
  await activity.reload();
  await expect(activity.counts).toHaveText("0 in flight, 0 past. Wallet prompts spared by sessions: 1.");
});

test("damaged lines of the record are set aside, and the others are shown", async ({ activity, dapp, page, wallet }) => {
  await dapp.startWithSession(wallet);
  await page.evaluate((name) => {
    localStorage.setItem(name, `op 0x12 damaged\n${localStorage.getItem(name)}\n\u0000`);
  }, NAME);

  await activity.open();
  await activity.reload();
  await expect(activity.operations).toHaveCount(1);
  await expect(activity.notice("notice.damaged_record")).toBeVisible();
  await page.getByRole("button", { name: "Forget them" }).click();
  await expect(activity.notices).toHaveCount(0);
  await activity.reload();
  await expect(activity.operations).toHaveCount(1);
  await expect(activity.notices).toHaveCount(0);
});

test("the record of another version is left alone, and the page begins a new one", async ({ activity, dapp, page, wallet }) => {
  const others = ["night-bloom:operations:0:80002", "night-bloom:operations:2:80002"];
  await page.addInitScript((names) => names.forEach((name) => localStorage.setItem(name, "{}")), others);
  await dapp.startWithSession(wallet);

  await dapp.visit("Activity");

  await expect(activity.operations).toHaveCount(1);
  await expect(activity.notices).toHaveCount(0);
  for (const name of others) expect(await page.evaluate((name) => localStorage.getItem(name), name)).toBe("{}");
});
