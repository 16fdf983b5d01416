import { expect, test } from "../support/test.ts";
import { REJECTED } from "../support/wallet.ts";

test.use({ hook: "use_send_transaction" });

test("the owner mints, is asked each time, and may reject", async ({ devnet, example, wallet }) => {
  const account = await example.start(wallet);
  await devnet.clearLog();
  wallet.onSign = REJECTED;
  await example.button("Mint").click();
  const alert = example.alert("owner.rejected");
  await expect(alert).toBeVisible();
  expect(await devnet.methods()).not.toContain("eth_sendUserOperation");
  expect(await devnet.nftsOf(account)).toEqual([]);

  wallet.onSign = "honest";
  await example.remedy(alert, "Try again").click();
  await example.waitConfirmed(1);
  await expect(example.alerts).toHaveCount(0);
  await example.button("Mint").click();
  const transactions = await example.waitConfirmed(2);

  for (const transaction of transactions) expect(await devnet.succeeded(transaction)).toBe(true);
  const nfts = await devnet.nftsOf(account);
  expect(nfts).toHaveLength(2);
  for (const nft of nfts) expect(await devnet.ownerOf(nft)).toBe(account);
  expect(wallet.prompts).toHaveLength(3);
});
