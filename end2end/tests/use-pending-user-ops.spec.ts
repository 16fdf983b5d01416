import { expect, test } from "../support/test.ts";

test.use({ hook: "use_pending_user_ops" });

test("what is under way is there in every tab and after a reload, without a wallet, and ends", { tag: "@serial" }, async ({
  context,
  devnet,
  example,
  page,
  wallet,
}) => {
  const account = await example.start(wallet);
  const items = example.example.getByRole("list", { name: "Under way" }).getByRole("listitem");
  await expect(example.statuses.filter({ hasText: "Nothing is under way." })).toBeVisible();
  const other = await context.newPage();
  await other.goto(page.url());
  const there = other.getByRole("list", { name: "Under way" }).getByRole("listitem");
  await devnet.hold();
  await example.button("Mint").click();
  await expect(items).toHaveCount(1);
  await expect(there).toHaveCount(1);
  await devnet.sent();
  const [item] = await items.allTextContents();
  await wallet.lock();

  await page.reload();
  await expect(items).toHaveText([item!]);

  await devnet.release();
  await expect(items).toHaveCount(0);
  await expect(there).toHaveCount(0);
  await expect(example.statuses.filter({ hasText: "Nothing is under way." })).toBeVisible();
  expect(await devnet.nftsOf(account)).toHaveLength(1);
});
