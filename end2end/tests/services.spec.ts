import type { Address } from "viem";

import { HookPage } from "../pages/hook-page.ts";
import { changeConfig, expect, test } from "../support/test.ts";

test("a bundler and a paymaster of the standards serve as well", async ({ dapp, devnet, page, wallet }) => {
  await changeConfig(page, (config) => ({
    ...config,
    bundler: { kind: "pimlico", url: `${devnet.url}/bundler` },
    paymaster: { kind: "erc7677", url: `${devnet.url}/paymaster` },
  }));
  await devnet.clearLog();

  const account = await dapp.startWithSession(wallet);
  await dapp.mint();
  const fees = new HookPage(page, "use_token_fees");
  await fees.open();
  await expect(fees.example.getByRole("row", { name: /^LUSD/ }).getByRole("cell")).toHaveText(/^0\.\d{1,6}$/);

  expect(await devnet.nftsOf(account)).toHaveLength(1);
  expect(await devnet.balance(account)).toBe(0n);
  expect(wallet.prompts).toHaveLength(1);
  const services = (await devnet.log()).map((entry) => entry.service);
  expect(services.filter((service) => service.startsWith("biconomy"))).toEqual([]);
});

test("without a paymaster the account pays, or is told that it cannot", async ({
  dapp,
  devnet,
  page,
  wallet,
  watch,
}) => {
  watch.expectFailedRequests();
  let token: Address | null = devnet.token;
  await changeConfig(page, (config) => ({
    ...config,
    bundler: { kind: "standard", url: `${devnet.url}/bundler` },
    paymaster: null,
    token,
  }));
  const account = await dapp.start(wallet);
  await dapp.createSession.click();
  await expect(dapp.alert("refused.account_cannot_pay")).toBeVisible();
  await devnet.fund(account);
  const before = await devnet.balance(account);
  await dapp.remedy(dapp.alerts, "Try again").click();
  await dapp.waitConfirmed(1);
  await dapp.mint();
  expect(await devnet.nftsOf(account)).toHaveLength(1);
  expect(await devnet.balance(account)).toBeLessThan(before);

  const fees = new HookPage(page, "use_token_fees");
  await fees.open();
  await expect(fees.alert("payment.no_paymaster")).toBeVisible();
  const prompts = wallet.prompts.length;
  const free = await fees.goTo("use_send_sponsored_transaction");
  await free.button("Mint").click();
  await expect(free.alert("payment.no_paymaster")).toBeVisible();
  expect(wallet.prompts).toHaveLength(prompts);
  const own = await free.goTo("use_send_transaction");
  await own.button("Mint").click();
  await own.waitConfirmed(1);
  expect(await devnet.nftsOf(account)).toHaveLength(2);

  token = null;
  await own.reload();
  const inTokens = await own.goTo("use_send_gas_token_transaction");
  await expect(inTokens.alert("config.no_token")).toBeVisible();
  await expect(inTokens.button("Mint and pay in tokens")).toHaveCount(0);
});
