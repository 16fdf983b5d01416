import type { Locator } from "@playwright/test";
import type { Address } from "viem";

import { HookPage } from "../pages/hook-page.ts";
import { MintPage } from "../pages/mint-page.ts";
import { expect, test } from "../support/test.ts";

test.use({ hook: "use_session" });

test("an NFT is minted through a session without another prompt", async ({ dapp, devnet, wallet }) => {
  const account = await dapp.startWithSession(wallet);
  await expect(dapp.nfts).toHaveCount(0);

  await dapp.mintWithSession.click();
  const transactions = await dapp.waitConfirmed(2);

  await expect(dapp.nfts).toHaveCount(1);
  expect(await size(dapp.nfts)).toBeGreaterThan(0);
  const [nft] = await devnet.nftsOf(account);
  await expect(dapp.nfts).toHaveAccessibleName(`Night Bloom #${nft}`);
  expect(await devnet.ownerOf(nft!)).toBe(account);
  for (const transaction of transactions) expect(await devnet.succeeded(transaction)).toBe(true);
  expect(wallet.prompts).toHaveLength(1);
});

test("minting again shows the newest NFT first", async ({ dapp, devnet, wallet }) => {
  const account = await dapp.startWithSession(wallet);

  await dapp.mint();
  await dapp.mint();
  await dapp.mint();

  const nfts = await devnet.nftsOf(account);
  expect(nfts).toHaveLength(3);
  await expect(dapp.nfts).toHaveCount(3);
  const shown = await dapp.nfts.evaluateAll((images) => images.map((image) => image.getAttribute("alt")));
  expect(shown).toEqual(nfts.toReversed().map((nft) => `Night Bloom #${nft}`));
  expect(wallet.prompts).toHaveLength(1);
});

test("what the policy forbids is refused by the chain, and the rule is named", async ({
  dapp,
  devnet,
  wallet,
  watch,
}) => {
  watch.expectFailedRequests();
  await dapp.startWithSession(wallet);

  await dapp.mintToAnother.click();

  const alert = dapp.alert("forbidden.by_chain");
  await expect(alert).toBeVisible();
  await expect(dapp.mintToAnother).toBeEnabled();
  await expect(dapp.confirmed).toHaveCount(1);
  const addresses = (await alert.textContent())!.match(/0x[0-9a-fA-F]{40}\b/g) as Address[];
  expect(new Set(addresses).size, "the account, and who should have had the NFT").toBe(2);
  for (const owner of addresses) expect(await devnet.nftsOf(owner)).toEqual([]);

  await dapp.remedy(alert, "Dismiss").click();
  await expect(dapp.alerts).toHaveCount(0);
  await dapp.mint();
});

test("without a session nothing can be minted", async ({ dapp, wallet }) => {
  await dapp.open();
  await expect(dapp.mintWithSession).toBeDisabled();
  await expect(dapp.mintToAnother).toBeDisabled();
  await expect(dapp.createSession).toBeDisabled();

  await dapp.connect(wallet);

  await expect(dapp.createSession).toBeEnabled();
  await expect(dapp.mintWithSession).toBeDisabled();
});

test("a session outlives a reload", async ({ dapp, devnet, wallet }) => {
  const account = await dapp.startWithSession(wallet);

  await dapp.reload();
  expect(await dapp.address()).toBe(account);
  await dapp.mint();

  expect(await devnet.nftsOf(account)).toHaveLength(1);
  expect(wallet.prompts).toHaveLength(1);
});

test("a session works in a page that has no wallet any more", async ({ context, dapp, devnet, wallet }) => {
  const account = await dapp.startWithSession(wallet);
  await dapp.page.close();
  const later = new MintPage(await context.newPage());

  await later.open();
  expect(await later.address()).toBe(account);
  await expect(later.createSession).toBeDisabled();
  await later.mint();

  expect(await devnet.nftsOf(account)).toHaveLength(1);
  expect(wallet.prompts).toHaveLength(1);
});

test("a session works while the wallet is locked", async ({ dapp, devnet, wallet }) => {
  const account = await dapp.startWithSession(wallet);

  await wallet.lock();
  await expect(dapp.createSession).toBeDisabled();
  await dapp.mint();

  expect(await devnet.nftsOf(account)).toHaveLength(1);
});

test("a session that has ended says until when it was valid", async ({ dapp, devnet, page, wallet }) => {
  const MINUTE_MS = 60 * 1000;
  const HOUR_MS = 60 * MINUTE_MS;
  const start = Date.now();
  const account = await dapp.startWithSession(wallet);
  const granted = Date.now();

  await page.clock.setFixedTime(granted + HOUR_MS + 10 * MINUTE_MS);
  await dapp.mintWithSession.click();

  const alert = dapp.alert("forbidden.outside_interval");
  await expect(alert).toBeVisible();
  const [, date, time] = /(\d{4}-\d\d-\d\d) (\d\d:\d\d(?::\d\d)?) UTC, and it is/.exec((await alert.textContent()) ?? "") ?? [];
  const end = Date.parse(`${date}T${time}Z`);
  expect(end).toBeGreaterThan(start + HOUR_MS - MINUTE_MS);
  expect(end).toBeLessThanOrEqual(granted + HOUR_MS);
  expect(await devnet.nftsOf(account)).toEqual([]);
});

test.describe("the hook's page", () => {
  test("a session mints, and what it forbids is not even sent", async ({ devnet, page, wallet }) => {
    const create = new HookPage(page, "use_create_session");
    const account = await create.start(wallet);
    await create.button("Create session").click();
    await create.waitConfirmed(1);
    const example = await create.goTo("use_session");
    await example.expectSource();

    await expect(example.field("To")).toHaveValue(account);
    await example.button("Mint with session").click();
    const [transaction] = await example.waitConfirmed(1);
    expect(await devnet.succeeded(transaction!)).toBe(true);
    const [nft] = await devnet.nftsOf(account);
    expect(await devnet.ownerOf(nft!)).toBe(account);
    expect(wallet.prompts).toHaveLength(1);

    await devnet.clearLog();
    await example.field("To").fill(wallet.address);
    await example.button("Mint with session").click();
    await expect(example.alert("forbidden.argument")).toBeVisible();
    expect(await devnet.methods()).not.toContain("eth_sendUserOperation");
    expect(await devnet.nftsOf(wallet.address)).toEqual([]);
  });

  test("without a session nothing is minted, and the way to one is shown", async ({ devnet, example, page, wallet }) => {
    const account = await example.start(wallet);

    await example.button("Mint with session").click();
    await expect(example.alert("session.none_active")).toBeVisible();
    expect(await devnet.nftsOf(account)).toEqual([]);

    await example.example.getByRole("link", { name: "create one" }).click();
    await expect(new HookPage(page, "use_create_session").heading).toBeVisible();
  });

  test("what is no address cannot be minted to", async ({ example, wallet }) => {
    await example.start(wallet);

    await example.field("To").fill("me");

    await expect(example.field("To")).toHaveAttribute("aria-invalid", "true");
    await expect(example.button("Mint with session")).toBeDisabled();
  });
});

/** The width of a picture once it is decoded, which fails when it is none. */
async function size(image: Locator): Promise<number> {
  return image.evaluate(async (image: HTMLImageElement) => {
    await image.decode();
    return image.naturalWidth;
  });
}
