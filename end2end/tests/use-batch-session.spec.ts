import type { Page } from "@playwright/test";
import type { Address } from "viem";

import { HookPage } from "../pages/hook-page.ts";
import { expect, test } from "../support/test.ts";
import type { TestWallet } from "../support/wallet.ts";

test.use({ hook: "use_batch_session" });

// Which signature the chain's router takes is learned from a refusal.
test.beforeEach(({ watch }) => watch.expectFailedRequests());

const DOLLAR = 1_000_000n;
const SHOP: Address = "0x5408000000000000000000000000000000000001";

test("the shop is paid and an NFT is minted at once, without another prompt", async ({ devnet, page, wallet }) => {
  const { account, example } = await startWithSession(page, wallet);
  await devnet.giveTokens(account, 5n * DOLLAR);
  const before = await devnet.tokensOf(SHOP);

  await example.field("Price").fill("2.5");
  await example.button("Pay and mint").click();
  const [transaction] = await example.waitConfirmed(1);

  expect(await devnet.succeeded(transaction!)).toBe(true);
  expect((await devnet.tokensOf(SHOP)) - before).toBe((25n * DOLLAR) / 10n);
  const [nft] = await devnet.nftsOf(account);
  expect(await devnet.ownerOf(nft!)).toBe(account);
  expect(wallet.prompts).toHaveLength(1);
});

test("a price beyond the policy is not even sent", async ({ devnet, page, wallet }) => {
  const { account, example } = await startWithSession(page, wallet);
  await devnet.giveTokens(account, 10n * DOLLAR);
  await devnet.clearLog();

  await example.field("Price").fill("5.000001");
  await example.button("Pay and mint").click();

  await expect(example.alert("forbidden.amount")).toBeVisible();
  expect(await devnet.methods()).not.toContain("eth_sendUserOperation");
  expect(await devnet.tokensOf(account)).toBe(10n * DOLLAR);
  expect(await devnet.nftsOf(account)).toEqual([]);
});

test("without tokens nothing is minted either", async ({ devnet, page, wallet }) => {
  const { account, example } = await startWithSession(page, wallet);

  await example.button("Pay and mint").click();
  await expect(example.alert("refused.call_reverts")).toBeVisible();
  expect(await devnet.nftsOf(account)).toEqual([]);

  await example.button("Get 10 test tokens").click();
  await example.waitConfirmed(1);
  await example.button("Pay and mint").click();
  await example.waitConfirmed(2);
  expect(await devnet.tokensOf(account)).toBe(9n * DOLLAR);
  expect(await devnet.nftsOf(account)).toHaveLength(1);
});

test("without a session, that is said", async ({ devnet, example, wallet }) => {
  const account = await example.start(wallet);
  await devnet.giveTokens(account, DOLLAR);

  await example.button("Pay and mint").click();

  await expect(example.alert("session.none_active")).toBeVisible();
  expect(await devnet.nftsOf(account)).toEqual([]);
});

/** Creates a batch session on the page of that, and goes on to this one. */
async function startWithSession(page: Page, wallet: TestWallet): Promise<{ account: Address; example: HookPage }> {
  const create = new HookPage(page, "use_create_batch_session");
  const account = await create.start(wallet);
  await create.button("Create batch session").click();
  await create.waitConfirmed(1);
  return { account, example: await create.goTo("use_batch_session") };
}
