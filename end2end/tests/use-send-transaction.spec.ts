import { changeConfig, expect, test } from "../support/test.ts";
import { REJECTED } from "../support/wallet.ts";

test.use({ hook: "use_send_transaction" });

test("the owner mints, and is asked each time", async ({ devnet, example, wallet }) => {
  const account = await example.start(wallet);

  await example.button("Mint").click();
  await example.waitConfirmed(1);
  await example.button("Mint").click();
  const transactions = await example.waitConfirmed(2);

  for (const transaction of transactions) expect(await devnet.succeeded(transaction)).toBe(true);
  const [first, second] = await devnet.nftsOf(account);
  expect(await devnet.ownerOf(first!)).toBe(account);
  expect(await devnet.ownerOf(second!)).toBe(account);
  expect(wallet.prompts).toHaveLength(2);
});

test("a prompt that is rejected sends nothing, and can be asked again", async ({ devnet, example, wallet }) => {
  const account = await example.start(wallet);
  wallet.onSign = REJECTED;
  await devnet.clearLog();

  await example.button("Mint").click();
  const alert = example.alert("owner.rejected");
  await expect(alert).toBeVisible();
  expect(await devnet.methods()).not.toContain("eth_sendUserOperation");
  expect(await devnet.nftsOf(account)).toEqual([]);

  wallet.onSign = "honest";
  await example.remedy(alert, "Try again").click();
  await example.waitConfirmed(1);
  expect(await devnet.nftsOf(account)).toHaveLength(1);
  await expect(example.alerts).toHaveCount(0);
});

test.describe("where nobody sponsors", () => {
  test.beforeEach(async ({ page }) => changeConfig(page, (config) => ({ ...config, paymaster: null })));

  test("the account pays", async ({ devnet, example, wallet }) => {
    const account = await example.start(wallet);
    await devnet.fund(account);
    const before = await devnet.balance(account);

    await example.button("Mint").click();
    await example.waitConfirmed(1);

    expect(await devnet.nftsOf(account)).toHaveLength(1);
    expect(await devnet.balance(account)).toBeLessThan(before);
  });

  test("an account without coins is told so", async ({ devnet, example, wallet, watch }) => {
    watch.expectFailedRequests();
    const account = await example.start(wallet);

    await example.button("Mint").click();

    await expect(example.alert("refused.account_cannot_pay")).toBeVisible();
    expect(await devnet.nftsOf(account)).toEqual([]);
  });
});
