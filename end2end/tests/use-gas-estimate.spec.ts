import type { HookPage } from "../pages/hook-page.ts";
import { Fault } from "../support/fault.ts";
import { expect, test } from "../support/test.ts";

test.use({ hook: "use_gas_estimate" });

test("the price is gas times its fee, more mints take more, and a mint takes no more than that", async ({
  devnet,
  example,
  wallet,
  watch,
}) => {
  watch.expectFailedRequests();
  await devnet.clearLog();
  const account = await example.start(wallet);

  const one = await estimate(example);
  expect(one.call).toBeGreaterThan(50_000);
  const gas = one.call + one.validation + one.bundler;
  expect(one.coins * 1e9).toBeCloseTo(gas * one.gwei, 0);

  await test.step("no number of flowers", async () => {
    for (const wrong of ["0", "51", "-1", "many"]) {
      await example.field("Flowers").fill(wrong);
      await expect(example.field("Flowers")).toHaveAttribute("aria-invalid", "true");
      await expect(example.example.getByRole("row")).toHaveCount(0);
    }
  });

  await test.step("a bundler that fails", async () => {
    const estimates = Fault.on("bundler", "eth_estimateUserOperationGas");
    await devnet.fail(estimates.refusal(-32500, "AA23 reverted"));
    await example.field("Flowers").fill("2");
    await expect(example.alert("refused.validation")).toBeVisible();
    await devnet.fail(estimates.drop());
    await example.field("Flowers").fill("10");
    const gone = example.alert("service.unreachable");
    await expect(gone).toBeVisible();
    await devnet.heal();
    await example.remedy(gone, "Try again").click();
    expect((await estimate(example)).call).toBeGreaterThan(5 * one.call);
    await expect(example.alerts).toHaveCount(0);
  });
  expect(wallet.prompts).toEqual([]);
  expect(await devnet.methods()).not.toContain("eth_sendUserOperation");

  await test.step("after a reload it waits for the wallet, for the account is not there yet", async () => {
    await devnet.clearLog();
    await example.reload();
    expect((await estimate(example)).call).toBe(one.call);
    await devnet.quiet();
    expect((await devnet.log()).filter((entry) => entry.error !== null)).toEqual([]);
  });

  await test.step("a mint takes no more", async () => {
    const send = await example.goTo("use_send_transaction");
    await send.button("Mint").click();
    const [transaction] = await send.waitConfirmed(1);
    expect(await devnet.nftsOf(account)).toHaveLength(1);
    expect(Number(await devnet.gasUsed(transaction!))).toBeLessThan(gas);
  });
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
