import { parseEther } from "viem";
import { generatePrivateKey, privateKeyToAddress } from "viem/accounts";

import { expect, test } from "../support/test.ts";
import { REJECTED } from "../support/wallet.ts";

test.use({ hook: "use_send_withdrawals" });

const DOLLAR = 1_000_000n;

test("coins and tokens go to the owner in one operation, or to somebody else", async ({ devnet, example, wallet }) => {
  const account = await devnet.accountOf(wallet.address);
  await devnet.fund(account);
  await devnet.giveTokens(account, 5n * DOLLAR);
  await example.start(wallet);
  await expect(example.fact("Coins")).toHaveText("10");
  await expect(example.fact("Tokens")).toHaveText("5");

  await test.step("no amount, and no address", async () => {
    for (const [field, wrong, right] of [
      ["Coins to withdraw", "-1", ""],
      ["Tokens to withdraw", "1,5", ""],
      ["Recipient", "0x123", ""],
    ] as const) {
      await example.expectRefused(field, [wrong], "Withdraw");
      await example.field(field).fill(right);
      await expect(example.field(field)).toHaveAttribute("aria-invalid", "false");
      await expect(example.button("Withdraw")).toBeEnabled();
    }
  });
  await test.step("what the account does not have", async () => {
    await devnet.clearLog();
    await example.button("Withdraw").click();
    await expect(example.alert("payment.nothing_to_withdraw")).toBeVisible();
    await example.field("Tokens to withdraw").fill("6");
    await example.button("Withdraw").click();
    await expect(example.alert("payment.not_enough")).toBeVisible();
    expect(wallet.prompts).toEqual([]);
  });
  await test.step("the wallet rejects", async () => {
    wallet.onSign = REJECTED;
    await example.field("Coins to withdraw").fill("1.5");
    await example.field("Tokens to withdraw").fill("all");
    await example.button("Withdraw").click();
    await expect(example.alert("owner.rejected")).toBeVisible();
    expect(await devnet.methods()).not.toContain("eth_sendUserOperation");
    expect(await devnet.tokensOf(account)).toBe(5n * DOLLAR);
    wallet.onSign = "honest";
  });

  await example.button("Withdraw").click();
  const [transaction] = await example.waitConfirmed(1);
  expect(await devnet.succeeded(transaction!)).toBe(true);
  expect(await devnet.balance(wallet.address)).toBe(parseEther("1.5"));
  expect(await devnet.tokensOf(wallet.address)).toBe(5n * DOLLAR);
  await expect(example.fact("Coins")).toHaveText("8.5");
  await expect(example.fact("Tokens")).toHaveText("0");
  expect(wallet.prompts).toHaveLength(2);

  await test.step("to somebody else", async () => {
    await example.button("Get 10 test tokens").click();
    await example.waitConfirmed(2);
    await expect(example.fact("Tokens")).toHaveText("10");
    const somebody = privateKeyToAddress(generatePrivateKey());
    await example.field("Coins to withdraw").fill("");
    await example.field("Tokens to withdraw").fill("2.25");
    await example.field("Recipient").fill(somebody);
    await example.button("Withdraw").click();
    await example.waitConfirmed(3);
    expect(await devnet.tokensOf(somebody)).toBe((225n * DOLLAR) / 100n);
    expect(await devnet.tokensOf(wallet.address)).toBe(5n * DOLLAR);
    await expect(example.fact("Tokens")).toHaveText("7.75");
  });
});
