import type { HookPage } from "../pages/hook-page.ts";
import { changeConfig, expect, test } from "../support/test.ts";

test.use({ hook: "use_send_gas_token_transaction" });

const DOLLAR = 1_000_000n;
const NO_TOKEN = "0x000000000000000000000000000000000000dEaD";

test("gas is paid for in tokens, at most as quoted", async ({ devnet, example, wallet }) => {
  const account = await example.start(wallet);
  await devnet.giveTokens(account, DOLLAR);
  const most = await quote(example);

  await example.button("Mint and pay in tokens").click();
  const [transaction] = await example.waitConfirmed(1);

  expect(await devnet.succeeded(transaction!)).toBe(true);
  expect(await devnet.nftsOf(account)).toHaveLength(1);
  expect(await devnet.balance(account)).toBe(0n);
  const paid = DOLLAR - (await devnet.tokensOf(account));
  expect(paid).toBeGreaterThan(0n);
  expect(paid).toBeLessThanOrEqual(most);
});

test("tokens of the local chain are had by a button", async ({ devnet, example, wallet }) => {
  const account = await example.start(wallet);

  await example.button("Get 10 test tokens").click();
  await example.waitConfirmed(1);

  expect(await devnet.tokensOf(account)).toBe(10n * DOLLAR);
});

test("where gas costs more than is allowed, nothing is sent", async ({ devnet, example, wallet }) => {
  const account = await example.start(wallet);
  await devnet.giveTokens(account, DOLLAR);
  await quote(example);

  await example.field("At most").fill("0.000001");
  await example.button("Mint and pay in tokens").click();

  await expect(example.alert("payment.too_many_tokens")).toBeVisible();
  expect(wallet.prompts).toEqual([]);
  expect(await devnet.tokensOf(account)).toBe(DOLLAR);
  expect(await devnet.nftsOf(account)).toEqual([]);

  await example.field("At most").fill("0.5");
  await example.button("Mint and pay in tokens").click();
  await example.waitConfirmed(1);
  expect(await devnet.nftsOf(account)).toHaveLength(1);
});

test("an account without tokens is told so", async ({ devnet, example, wallet }) => {
  const account = await example.start(wallet);
  await devnet.fund(account);
  await quote(example);

  await example.button("Mint and pay in tokens").click();

  await expect(example.alert("payment.not_enough")).toBeVisible();
  expect(wallet.prompts).toEqual([]);
  expect(await devnet.nftsOf(account)).toEqual([]);
});

test("a token that the paymaster does not take is said so", async ({ example, wallet }) => {
  await example.start(wallet);
  await quote(example);

  await example.field("Token").fill(NO_TOKEN);
  await expect(example.statuses.filter({ hasText: "There is no quote for this token" })).toBeVisible();
  await expect(example.button("Mint and pay in tokens")).toBeDisabled();

  await example.field("Token").fill("a dollar");
  await expect(example.field("Token")).toHaveAttribute("aria-invalid", "true");
  await expect(example.button("Mint and pay in tokens")).toBeDisabled();
});

test("without a token in config.json, that is said", async ({ example, page, wallet }) => {
  await changeConfig(page, (config) => ({ ...config, token: null }));

  await example.start(wallet);

  await expect(example.alert("config.no_token")).toBeVisible();
  await expect(example.button("Mint and pay in tokens")).toHaveCount(0);
});

/** What gas costs at most, in the token's smallest unit. */
async function quote(example: HookPage): Promise<bigint> {
  const told = example.statuses.filter({ hasText: /^Gas costs at most 0\.\d+ LUSD\.$/ });
  await expect(told).toBeVisible();
  const [, fraction] = /0\.(\d+)/.exec((await told.textContent()) ?? "") ?? [];
  return BigInt(fraction!.padEnd(6, "0"));
}
