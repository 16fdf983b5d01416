import type { Address } from "viem";

import { Fault } from "../support/fault.ts";
import { expect, test } from "../support/test.ts";

test.use({ hook: "use_token_fees" });

const NO_TOKEN: Address = "0x000000000000000000000000000000000000dEaD";

test("the price of a mint is quoted, and nothing is signed or sent", async ({ devnet, example, wallet, watch }) => {
  watch.expectFailedRequests();
  await devnet.clearLog();
  await devnet.fail(Fault.on("paymaster", "pm_getFeeQuoteOrData").refusal(-32000, "no prices today"));
  const account = await example.start(wallet);
  const alert = example.alert("refused.paymaster");
  await expect(alert).toBeVisible();
  await devnet.heal();
  await example.remedy(alert, "Try again").click();

  const row = example.example.getByRole("row", { name: /^LUSD/ });
  await expect(row.getByRole("cell")).toHaveText(/^0\.\d{1,6}$/);
  await expect(example.alerts).toHaveCount(0);
  expect(Number(await row.getByRole("cell").textContent())).toBeGreaterThan(0);

  await test.step("tokens that the paymaster does not take are left out", async () => {
    const rows = example.example.getByRole("table").getByRole("row");
    await expect(rows).toHaveCount(2);
    await example.field("Tokens").fill(`${devnet.token} ${NO_TOKEN}`);
    await expect(row).toHaveCount(1);
    await expect(rows).toHaveCount(2);
    await example.field("Tokens").fill(NO_TOKEN);
    await expect(example.statuses.filter({ hasText: "The paymaster takes none of these tokens." })).toBeVisible();
    await expect(rows).toHaveCount(1);
    await example.field("Tokens").fill("LUSD");
    await expect(example.field("Tokens")).toHaveAttribute("aria-invalid", "true");
  });
  expect(wallet.prompts).toEqual([]);
  expect(await devnet.methods()).not.toContain("eth_sendUserOperation");
  expect(await devnet.isDeployed(account)).toBe(false);
});
