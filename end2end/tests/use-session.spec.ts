import type { Locator } from "@playwright/test";
import type { Address } from "viem";

import { HookPage } from "../pages/hook-page.ts";
import { MintPage } from "../pages/mint-page.ts";
import { expect, test } from "../support/test.ts";

test.use({ hook: "use_session" });

test("NFTs are minted without another prompt, and the chain refuses what the policy forbids", async ({
  dapp,
  devnet,
  wallet,
  watch,
}) => {
  watch.expectFailedRequests();
  await dapp.open();
  for (const button of [dapp.createSession, dapp.mintWithSession, dapp.mintToAnother]) await expect(button).toBeDisabled();
  const account = await dapp.connect(wallet);
  await expect(dapp.createSession).toBeEnabled();
  await expect(dapp.mintWithSession).toBeDisabled();
  await dapp.createSession.click();
  await dapp.waitConfirmed(1);
  await expect(dapp.nfts).toHaveCount(0);

  await test.step("the first mint", async () => {
    await dapp.mint();
    await expect(dapp.nfts).toHaveCount(1);
    expect(await size(dapp.nfts)).toBeGreaterThan(0);
    const [nft] = await devnet.nftsOf(account);
    await expect(dapp.nfts).toHaveAccessibleName(`Night Bloom #${nft}`);
    expect(await devnet.ownerOf(nft!)).toBe(account);
  });

  await test.step("a forbidden mint", async () => {
    await dapp.mintToAnother.click();
    const alert = dapp.alert("forbidden.by_chain");
    await expect(alert).toBeVisible();
    await expect(dapp.mintToAnother).toBeEnabled();
    await expect(dapp.confirmed).toHaveCount(2);
    const said = await alert.getByRole("paragraph").textContent();
    const addresses = said!.match(/0x[0-9a-fA-F]{40}\b/g) as Address[];
    const another = addresses.find((address) => address !== account);
    expect(await devnet.nftsOf(another!)).toEqual([]);
    await dapp.remedy(alert, "Dismiss").click();
    await expect(dapp.alerts).toHaveCount(0);
  });

  await test.step("the newest comes first", async () => {
    await dapp.mint();
    const nfts = await devnet.nftsOf(account);
    expect(nfts).toHaveLength(2);
    await expect(dapp.nfts).toHaveCount(2);
    const shown = await dapp.nfts.evaluateAll((images) => images.map((image) => image.getAttribute("alt")));
    expect(shown).toEqual(nfts.toReversed().map((nft) => `Night Bloom #${nft}`));
  });
  for (const transaction of await dapp.waitConfirmed(3)) expect(await devnet.succeeded(transaction)).toBe(true);
  expect(wallet.prompts).toHaveLength(1);
});

test("a session outlives a locked wallet, a reload and a page without a wallet, but not its end", async ({
  context,
  dapp,
  devnet,
  wallet,
}) => {
  const account = await dapp.startWithSession(wallet);
  await dapp.reload();
  expect(await dapp.address()).toBe(account);
  await expect(dapp.createSession).toBeEnabled();
  await wallet.lock();
  await expect(dapp.createSession).toBeDisabled();
  await dapp.mint();

  await dapp.page.close();
  const later = new MintPage(await context.newPage());
  await later.open();
  expect(await later.address()).toBe(account);
  await expect(later.createSession).toBeDisabled();
  await later.mint();
  expect(await devnet.nftsOf(account)).toHaveLength(2);
  expect(wallet.prompts).toHaveLength(1);

  await later.page.clock.setFixedTime(Date.now() + 70 * 60_000);
  await later.mintWithSession.click();
  await expect(later.alert("forbidden.outside_interval")).toBeVisible();
  expect(await devnet.nftsOf(account)).toHaveLength(2);
});

test("the hook's page: a session mints to its account, and to nobody else", async ({ devnet, example, page, wallet }) => {
  const account = await example.start(wallet);
  await test.step("without a session", async () => {
    await example.button("Mint with session").click();
    await expect(example.alert("session.none_active")).toBeVisible();
    expect(await devnet.nftsOf(account)).toEqual([]);
  });
  await example.example.getByRole("link", { name: "create one" }).click();
  const create = new HookPage(page, "use_create_session");
  await expect(create.heading).toBeVisible();
  await create.button("Create session").click();
  await create.waitConfirmed(1);
  await create.goTo("use_session");

  await expect(example.field("To")).toHaveValue(account);
  await example.button("Mint with session").click();
  const [transaction] = await example.waitConfirmed(1);
  expect(await devnet.succeeded(transaction!)).toBe(true);
  const [nft] = await devnet.nftsOf(account);
  expect(await devnet.ownerOf(nft!)).toBe(account);
  expect(wallet.prompts).toHaveLength(1);

  await test.step("no address, and that of somebody else", async () => {
    await devnet.clearLog();
    await example.expectRefused("To", ["me"], "Mint with session");
    await example.field("To").fill(wallet.address);
    await example.button("Mint with session").click();
    await expect(example.alert("forbidden.argument")).toBeVisible();
    expect(await devnet.methods()).not.toContain("eth_sendUserOperation");
    expect(await devnet.nftsOf(wallet.address)).toEqual([]);
  });
});

/** The width of a picture once it is decoded, which fails when it is none. */
async function size(image: Locator): Promise<number> {
  return image.evaluate(async (image: HTMLImageElement) => {
    await image.decode();
    return image.naturalWidth;
  });
}
