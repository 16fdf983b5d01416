import type { Address } from "viem";

import { expect, test } from "../support/test.ts";

test.use({ hook: "use_batch_session" });

const DOLLAR = 1_000_000n;
const SHOP: Address = "0x5408000000000000000000000000000000000001";

test("the shop is paid and an NFT is minted, both or neither, without another prompt", async ({
  devnet,
  example,
  wallet,
  watch,
}) => {
  // Which signature the chain's router takes is learned from a refusal.
  watch.expectFailedRequests();
  const account = await example.start(wallet);
  const buy = example.button("Pay and mint");
  await test.step("without a session", async () => {
    await buy.click();
    await expect(example.alert("session.none_active")).toBeVisible();
  });
  const create = await example.goTo("use_create_batch_session");
  await create.button("Create batch session").click();
  await create.waitConfirmed(1);
  await create.goTo(example.hook);
  await test.step("without tokens", async () => {
    await buy.click();
    await expect(example.alert("refused.call_reverts")).toBeVisible();
    await example.button("Get 10 test tokens").click();
    await example.waitConfirmed(1);
  });
  const prompts = wallet.prompts.length;
  await test.step("for more than the policy allows", async () => {
    await devnet.clearLog();
    await example.field("Price").fill("5.000001");
    await buy.click();
    await expect(example.alert("forbidden.amount")).toBeVisible();
    expect(await devnet.methods()).not.toContain("eth_sendUserOperation");
    expect(await devnet.tokensOf(account)).toBe(10n * DOLLAR);
    expect(await devnet.nftsOf(account)).toEqual([]);
  });

  await example.field("Price").fill("2.5");
  await buy.click();
  for (const transaction of await example.waitConfirmed(2)) expect(await devnet.succeeded(transaction)).toBe(true);
  expect(await devnet.tokensOf(account)).toBe((75n * DOLLAR) / 10n);
  expect(await devnet.tokensOf(SHOP)).toBeGreaterThanOrEqual((25n * DOLLAR) / 10n);
  const [nft] = await devnet.nftsOf(account);
  expect(await devnet.ownerOf(nft!)).toBe(account);
  expect(wallet.prompts).toHaveLength(prompts);
});
