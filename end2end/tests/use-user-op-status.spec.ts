import { expect, test } from "../support/test.ts";
import { REJECTED } from "../support/wallet.ts";

test.use({ hook: "use_user_op_status" });

test("an operation is followed from the wallet to its confirmation", { tag: "@serial" }, async ({ devnet, example, wallet }) => {
  const account = await example.start(wallet);
  const says = (text: string) => expect(example.example.getByRole("status").filter({ hasText: text })).toBeVisible();
  await devnet.hold();

  const release = wallet.hold();
  await example.button("Mint").click();
  await says("Answer your wallet.");
  release();
  await says("Waiting for the chain.");
  await expect(example.fact("Operation")).toHaveText(/^0x[0-9a-f]{64}$/);
  expect(wallet.prompts).toHaveLength(1);

  await devnet.release();
  await says("On the chain.");
  await devnet.mine();
  await says("On the chain, 2 blocks deep.");
  expect(await devnet.nftsOf(account)).toHaveLength(1);
});

test("an operation whose block is replaced is on its way again", { tag: "@serial" }, async ({ devnet, example, wallet }) => {
  await example.start(wallet);
  const says = (text: string) => expect(example.example.getByRole("status").filter({ hasText: text })).toBeVisible();
  await example.button("Mint").click();
  await says("On the chain.");

  await devnet.reorg(1);

  await says("Waiting for the chain.");
});

test("what the wallet refuses is told, and can be tried again", async ({ example, wallet }) => {
  await example.start(wallet);
  wallet.onSign = REJECTED;

  await example.button("Mint").click();

  await expect(example.alerts).toHaveCount(1);
  await expect(example.fact("Operation")).toHaveText("");
});
