import type { Address } from "viem";

import { Fault } from "../support/fault.ts";
import { changeConfig, expect, test } from "../support/test.ts";

test.use({ hook: "use_token_fees" });

const NO_TOKEN: Address = "0x000000000000000000000000000000000000dEaD";

test("the price of a mint is quoted, and nothing is signed or sent", async ({ devnet, example, wallet }) => {
  await devnet.clearLog();
  const account = await example.start(wallet);

  const row = example.example.getByRole("row", { name: /^LUSD/ });
  await expect(row.getByRole("cell")).toHaveText(/^0\.\d{1,6}$/);

  const price = Number(await row.getByRole("cell").textContent());
  expect(price).toBeGreaterThan(0);
  expect(price).toBeLessThan(1);
  expect(wallet.prompts).toEqual([]);
  expect(await devnet.methods()).not.toContain("eth_sendUserOperation");
  expect(await devnet.isDeployed(account)).toBe(false);
});

test("tokens that the paymaster does not take are left out", async ({ devnet, example, wallet }) => {
  await example.start(wallet);
  const rows = example.example.getByRole("table").getByRole("row");
  await expect(rows).toHaveCount(2);

  await example.field("Tokens").fill(`${devnet.token} ${NO_TOKEN}`);
  await expect(rows.filter({ hasText: "LUSD" })).toHaveCount(1);
  await expect(rows).toHaveCount(2);
  await example.field("Tokens").fill(NO_TOKEN);
  await expect(example.statuses.filter({ hasText: "The paymaster takes none of these tokens." })).toBeVisible();
  await expect(rows).toHaveCount(1);

  await example.field("Tokens").fill("LUSD");
  await expect(example.field("Tokens")).toHaveAttribute("aria-invalid", "true");
});

test("a paymaster that fails is said so, and can be asked again", async ({ devnet, example, wallet, watch }) => {
  watch.expectFailedRequests();
  await devnet.fail(Fault.on("paymaster", "pm_getFeeQuoteOrData").refusal(-32000, "no prices today"));
  await example.start(wallet);
  const alert = example.alert("refused.paymaster");
  await expect(alert).toBeVisible();

  await devnet.heal();
  await example.remedy(alert, "Try again").click();

  await expect(example.example.getByRole("row", { name: /^LUSD/ })).toBeVisible();
  await expect(example.alerts).toHaveCount(0);
});

test("a standard paymaster quotes by its rate", async ({ devnet, example, page, wallet }) => {
  await changeConfig(page, (config) => ({
    ...config,
    bundler: { kind: "standard", url: `${devnet.url}/bundler` },
    paymaster: { kind: "erc7677", url: `${devnet.url}/paymaster` },
  }));

  await example.start(wallet);

  await expect(example.example.getByRole("row", { name: /^LUSD/ }).getByRole("cell")).toHaveText(/^0\.\d{1,6}$/);
});

test("without a paymaster, that is said", async ({ example, page, wallet }) => {
  await changeConfig(page, (config) => ({ ...config, paymaster: null }));

  await example.start(wallet);

  await expect(example.alert("payment.no_paymaster")).toBeVisible();
});
