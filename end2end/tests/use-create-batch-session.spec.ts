import { zeroHash } from "viem";

import { expect, test } from "../support/test.ts";
import { REJECTED } from "../support/wallet.ts";

test.use({ hook: "use_create_batch_session" });

test("policies of two modules are granted with one prompt, and another grant keeps them", async ({
  devnet,
  example,
  wallet,
}) => {
  const account = await example.start(wallet);
  wallet.onSign = REJECTED;
  await example.button("Create batch session").click();
  const alert = example.alert("owner.rejected");
  await expect(alert).toBeVisible();
  expect(await devnet.sessionsOf(account)).toBe(zeroHash);

  wallet.onSign = "honest";
  await example.remedy(alert, "Try again").click();
  await example.waitConfirmed(1);
  const first = await devnet.sessionsOf(account);
  expect(first).not.toBe(zeroHash);
  expect(await devnet.allowsBatches(account)).toBe(true);
  expect(wallet.prompts).toHaveLength(2);

  // No module is enabled twice.
  await example.button("Create batch session").click();
  const transactions = await example.waitConfirmed(2);
  for (const transaction of transactions) expect(await devnet.succeeded(transaction)).toBe(true);
  expect(await devnet.sessionsOf(account)).not.toBe(first);
});
