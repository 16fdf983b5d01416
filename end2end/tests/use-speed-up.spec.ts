import { expect, test } from "../support/test.ts";

test.use({ hook: "use_speed_up" });

test("what is stuck is sent once more, and happens once", { tag: "@serial" }, async ({ devnet, example, wallet }) => {
  const account = await example.start(wallet);
  const items = example.example.getByRole("list", { name: "Under way" }).getByRole("listitem");
  await devnet.hold();
  await example.button("Mint").click();
  await expect(items).toHaveCount(1);
  await devnet.sent();

  await devnet.clearLog();
  await example.button("Speed up").click();
  await expect(items).toHaveCount(2);
  await devnet.sent();
  expect(wallet.prompts).toHaveLength(2);

  await devnet.release();
  const [transaction] = await example.waitConfirmed(1);
  expect(await devnet.succeeded(transaction!)).toBe(true);
  await expect(items).toHaveCount(0);
  expect(await devnet.nftsOf(account)).toHaveLength(1);
});
