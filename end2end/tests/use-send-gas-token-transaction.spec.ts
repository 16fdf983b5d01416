import type { HookPage } from "../pages/hook-page.ts";
import { expect, test } from "../support/test.ts";

test.use({ hook: "use_send_gas_token_transaction" });

const DOLLAR = 1_000_000n;
const NO_TOKEN = "0x000000000000000000000000000000000000dEaD";

test("gas is paid for in tokens, at most as quoted and as allowed", async ({ devnet, example, wallet }) => {
  const account = await example.start(wallet);
  const pay = example.button("Mint and pay in tokens");
  await devnet.fund(account);
  const coins = await devnet.balance(account);
  const most = await quote(example);

  await test.step("no token, and one that the paymaster does not take", async () => {
    await example.expectRefused("Token", ["a dollar"], "Mint and pay in tokens");
    await example.field("Token").fill(NO_TOKEN);
    await expect(example.statuses.filter({ hasText: "There is no quote for this token" })).toBeVisible();
    await expect(pay).toBeDisabled();
    await example.field("Token").fill(devnet.token);
    await quote(example);
  });
  await test.step("an account without tokens", async () => {
    await pay.click();
    await expect(example.alert("payment.not_enough")).toBeVisible();
    await example.button("Get 10 test tokens").click();
    await example.waitConfirmed(1);
    expect(await devnet.tokensOf(account)).toBe(10n * DOLLAR);
  });
  const prompts = wallet.prompts.length;
  await test.step("more than is allowed", async () => {
    await example.field("At most").fill("0.000001");
    await pay.click();
    await expect(example.alert("payment.too_many_tokens")).toBeVisible();
    expect(wallet.prompts).toHaveLength(prompts);
    expect(await devnet.tokensOf(account)).toBe(10n * DOLLAR);
    expect(await devnet.nftsOf(account)).toEqual([]);
  });

  await example.field("At most").fill("0.5");
  await pay.click();
  const transactions = await example.waitConfirmed(2);
  for (const transaction of transactions) expect(await devnet.succeeded(transaction)).toBe(true);
  expect(await devnet.nftsOf(account)).toHaveLength(1);
  expect(await devnet.balance(account)).toBe(coins);
  const paid = 10n * DOLLAR - (await devnet.tokensOf(account));
  expect(paid).toBeGreaterThan(0n);
  expect(paid).toBeLessThanOrEqual(most);
});

/** What gas costs at most, in the token's smallest unit. */
async function quote(example: HookPage): Promise<bigint> {
  const told = example.statuses.filter({ hasText: /^Gas costs at most 0\.\d+ LUSD\.$/ });
  await expect(told).toBeVisible();
  const [, fraction] = /0\.(\d+)/.exec((await told.textContent()) ?? "") ?? [];
  return BigInt(fraction!.padEnd(6, "0"));
}
