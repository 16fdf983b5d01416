import type { HookPage } from "../pages/hook-page.ts";
import { Fault } from "../support/fault.ts";
import { expect, test } from "../support/test.ts";

test.use({ hook: "use_gas_estimate" });

test("the price is gas times its fee, and more mints take more gas", async ({ devnet, example, wallet }) => {
  await devnet.clearLog();
  const account = await example.start(wallet);

  const one = await estimate(example);
  expect(one.call).toBeGreaterThan(50_000);
  const gas = one.call + one.validation + one.bundler;
  expect(one.coins * 1e9).toBeCloseTo(gas * one.gwei, 0);

  await example.field("Flowers").fill("10");
  await expect(cell(example, "Gas for the calls")).not.toHaveText(String(one.call));
  const ten = await estimate(example);
  expect(ten.call).toBeGreaterThan(5 * one.call);
  expect(wallet.prompts).toEqual([]);
  expect(await devnet.methods()).not.toContain("eth_sendUserOperation");
  expect(await devnet.nftsOf(account)).toEqual([]);
});

test("the estimate covers what a mint takes", async ({ devnet, example, wallet }) => {
  const account = await example.start(wallet);
  const { call, validation, bundler } = await estimate(example);
  const send = await example.goTo("use_send_transaction");

  await send.button("Mint").click();
  const [transaction] = await send.waitConfirmed(1);

  expect(await devnet.nftsOf(account)).toHaveLength(1);
  expect(Number(await devnet.gasUsed(transaction!))).toBeLessThan(call + validation + bundler);
});

test("after a reload it waits for the wallet, for the account is not there yet", async ({ devnet, example, wallet }) => {
  await example.start(wallet);
  const before = await estimate(example);

  await devnet.clearLog();
  await example.reload();
  const after = await estimate(example);

  expect(after.call).toBe(before.call);
  await devnet.quiet();
  expect((await devnet.log()).filter((entry) => entry.error !== null)).toEqual([]);
});

test("what is no number of flowers is not asked for", async ({ example, wallet }) => {
  await example.start(wallet);
  await estimate(example);

  for (const wrong of ["0", "51", "-1", "many"]) {
    await example.field("Flowers").fill(wrong);
    await expect(example.field("Flowers")).toHaveAttribute("aria-invalid", "true");
    await expect(example.example.getByRole("row")).toHaveCount(0);
  }
});

test("a bundler that fails is said so, and can be asked again", async ({ devnet, example, wallet, watch }) => {
  watch.expectFailedRequests();
  const estimates = Fault.on("bundler", "eth_estimateUserOperationGas");
  await devnet.fail(estimates.refusal(-32500, "AA23 reverted"));
  await example.start(wallet);
  const alert = example.alert("refused.validation");
  await expect(alert).toBeVisible();

  await devnet.fail(estimates.drop());
  await example.field("Flowers").fill("2");
  const gone = example.alert("service.unreachable");
  await expect(gone).toBeVisible();

  await devnet.heal();
  await example.remedy(gone, "Try again").click();
  await estimate(example);
  await expect(example.alerts).toHaveCount(0);
});

interface Told {
  call: number;
  validation: number;
  bundler: number;
  gwei: number;
  coins: number;
}

/** What the table tells, once it tells something. */
async function estimate(example: HookPage): Promise<Told> {
  const number = async (name: string) => {
    await expect(cell(example, name)).toHaveText(/^\d+(\.\d+)?$/);
    return Number(await cell(example, name).textContent());
  };
  return {
    call: await number("Gas for the calls"),
    validation: await number("Gas for validation"),
    bundler: await number("Gas for the bundler"),
    gwei: await number("Gwei for a unit of gas"),
    coins: await number("Coins in all"),
  };
}

function cell(example: HookPage, name: string) {
  return example.example.getByRole("row", { name }).getByRole("cell");
}
