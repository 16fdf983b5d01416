import { Fault } from "../support/fault.ts";
import { expect, test } from "../support/test.ts";

test.use({ hook: "use_send_sponsored_transaction" });

test("the sponsor pays, and where it refuses an account with coins does not pay instead", async ({
  devnet,
  example,
  wallet,
  watch,
}) => {
  watch.expectFailedRequests();
  const account = await example.start(wallet);
  await test.step("an account without coins", async () => {
    await example.button("Mint").click();
    const [transaction] = await example.waitConfirmed(1);
    expect(await devnet.succeeded(transaction!)).toBe(true);
    expect(await devnet.nftsOf(account)).toHaveLength(1);
    expect(await devnet.balance(account)).toBe(0n);
    expect(wallet.prompts).toHaveLength(1);
  });

  await devnet.fund(account);
  const before = await devnet.balance(account);
  await devnet.fail(Fault.on("paymaster", "pm_sponsorUserOperation").refusal(-32000, "the budget is spent"));
  await example.button("Mint").click();
  const alert = example.alert("refused.paymaster");
  await expect(alert).toBeVisible();
  expect(wallet.prompts).toHaveLength(1);
  expect(await devnet.balance(account)).toBe(before);
  expect(await devnet.nftsOf(account)).toHaveLength(1);

  await devnet.heal();
  await example.remedy(alert, "Try again").click();
  await example.waitConfirmed(2);
  expect(await devnet.balance(account)).toBe(before);
  expect(await devnet.nftsOf(account)).toHaveLength(2);
});
