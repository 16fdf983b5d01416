import type { Hex } from "viem";

import type { HookPage } from "../pages/hook-page.ts";
import { Fault } from "../support/fault.ts";
import { expect, test } from "../support/test.ts";

test.use({ hook: "use_user_op_wait" });

const UNKNOWN: Hex = `0x${"ab".repeat(32)}`;

test("an operation is waited for by its hash, also where the bundler fails, until it is there or time is over", async ({
  devnet,
  example,
  page,
  wallet,
  watch,
}) => {
  watch.expectFailedRequests();
  await page.clock.install();
  const account = await example.start(wallet);
  const receipts = Fault.on("bundler", RECEIPT);
  const faults = [receipts.drop(), receipts.html(500), receipts.html(200), receipts.http(200), receipts.null()];
  await devnet.fail(...faults.map((fault) => fault.times(1)));
  await example.button("Mint").click();
  await expect(example.fact("Result")).toHaveText("Succeeded");
  await expect(example.alerts).toHaveCount(0);
  const transaction = await carrier(example);
  expect(await devnet.succeeded(transaction)).toBe(true);
  await expect(example.fact("Block")).toHaveText(String(await devnet.blockOf(transaction)));
  expect(await devnet.nftsOf(account)).toHaveLength(1);

  await test.step("a hash that is pasted later, without a wallet", async () => {
    const hash = await example.field("Operation").inputValue();
    expect(hash).toMatch(/^0x[0-9a-f]{64}$/);
    await wallet.lock();
    await example.reload();
    await example.field("Operation").fill(` ${hash} `);
    expect(await carrier(example)).toBe(transaction);
  });
  await test.step("what is no hash", async () => {
    await devnet.quiet();
    await devnet.clearLog();
    await example.field("Operation").fill("0xabcd");
    await expect(example.field("Operation")).toHaveAttribute("aria-invalid", "true");
    expect(await devnet.methods()).not.toContain(RECEIPT);
  });
  await test.step("one that does not come", async () => {
    await example.field("Seconds").fill("1");
    await example.field("Operation").fill(UNKNOWN);
    const alert = example.alert("operation.timed_out");
    await expect(alert).toBeVisible();
    await page.clock.pauseAt(Date.now() + 60_000);
    await example.remedy(alert, "Try again").click();
    await expect(example.statuses.filter({ hasText: "Waiting for the chain." })).toBeVisible();
    await expect(alert).toHaveCount(0);
    await page.clock.resume();
    await expect(alert).toBeVisible();
  });
});

// Blocks are counted, and others must not add any.
test("as many confirmations as are wanted are waited for", { tag: "@serial" }, async ({ devnet, example, wallet }) => {
  const account = await example.start(wallet);
  await example.field("Confirmations").fill("3");

  await example.button("Mint").click();
  await expect(example.field("Operation")).toHaveValue(/^0x/);
  const isWaiting = example.statuses.filter({ hasText: "Waiting for the chain." });
  await expect(isWaiting).toBeVisible();
  await expect.poll(() => devnet.nftsOf(account)).toHaveLength(1);
  const before = await devnet.methods();
  await devnet.mine();
  const asked = async () => count(await devnet.methods()) - count(before);
  await expect.poll(asked).toBeGreaterThan(2);
  await expect(isWaiting).toBeVisible();
  await expect(example.fact("Result")).toHaveCount(0);

  await devnet.mine();
  await expect(example.fact("Result")).toHaveText("Succeeded");
  await expect(isWaiting).toHaveCount(0);
});

const RECEIPT = "eth_getUserOperationReceipt";

function count(methods: string[]): number {
  return methods.filter((method) => method === RECEIPT).length;
}

/** The transaction that carried the operation. */
async function carrier(example: HookPage): Promise<Hex> {
  await expect(example.fact("Transaction")).toHaveText(/^0x[0-9a-f]{64}$/);
  return (await example.fact("Transaction").textContent()) as Hex;
}
