import type { HookPage } from "../pages/hook-page.ts";
import { expect, test } from "../support/test.ts";
import { REJECTED } from "../support/wallet.ts";

test.use({ hook: "use_user_op_status" });

test("an operation is followed from the wallet to its confirmation", { tag: "@serial" }, async ({
  devnet,
  example,
  wallet,
}) => {
  const account = await example.start(wallet);
  const says = speaker(example);
  wallet.onSign = REJECTED;
  await example.button("Mint").click();
  await expect(example.alert("owner.rejected")).toBeVisible();
  await expect(example.fact("Operation")).toHaveText("");
  wallet.onSign = "honest";

  await devnet.hold();
  const release = wallet.hold();
  await example.remedy(example.alerts, "Try again").click();
  await says("Answer your wallet.");
  release();
  await says("Waiting for the chain.");
  await expect(example.fact("Operation")).toHaveText(/^0x[0-9a-f]{64}$/);
  expect(wallet.prompts).toHaveLength(2);

  await devnet.release();
  await says("On the chain.");
  await devnet.mine();
  await says("On the chain, 2 blocks deep.");
  expect(await devnet.nftsOf(account)).toHaveLength(1);
});

test("an operation whose block is replaced is on its way again", { tag: "@serial" }, async ({ devnet, example, wallet }) => {
  await example.start(wallet);
  const says = speaker(example);
  await example.button("Mint").click();
  await says("On the chain.");

  await devnet.reorg(1);

  await says("Waiting for the chain.");
});

/** Waits until the example says something of its operation. */
function speaker(example: HookPage): (text: string) => Promise<void> {
  return (text) => expect(example.example.getByRole("status").filter({ hasText: text })).toBeVisible();
}
