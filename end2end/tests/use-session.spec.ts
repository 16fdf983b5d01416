import type { Locator } from "@playwright/test";

import { MintPage } from "../pages/mint-page.ts";
import { expect, test } from "../support/test.ts";

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
  const account = await dapp.startWithSession(wallet);
  const before = await devnet.nfts();

  await dapp.mintToAnother.click();

  const rule = `argument 0 must equal ${account}, but it is 0x[0-9a-fA-F]{40}`;
  const alert = dapp.alert(new RegExp(`the chain refused the call: rule 0 of the session forbids it: ${rule}`));
  await expect(alert).toBeVisible();
  await expect(dapp.mintToAnother).toBeEnabled();
  await expect(dapp.confirmed).toHaveCount(1);
  expect(await devnet.nfts()).toBe(before);

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
  const HOUR_MS = 60 * 60 * 1000;
  const start = Date.now();
  const account = await dapp.startWithSession(wallet);
  const granted = Date.now();

  await page.clock.setFixedTime(granted + 2 * HOUR_MS);
  await dapp.mintWithSession.click();

  const alert = dapp.alert(/the session is valid .*; nothing was sent/);
  await expect(alert).toBeVisible();
  const [, date, time] = /(\d{4}-\d\d-\d\d) (\d\d:\d\d) UTC, and it is/.exec((await alert.textContent()) ?? "") ?? [];
  const end = Date.parse(`${date}T${time}Z`);
  expect(end).toBeGreaterThan(start + HOUR_MS - 60_000);
  expect(end).toBeLessThanOrEqual(granted + HOUR_MS);
  expect(await devnet.nftsOf(account)).toEqual([]);
});

/** The width of a picture once it is decoded, which fails when it is none. */
async function size(image: Locator): Promise<number> {
  return image.evaluate(async (image: HTMLImageElement) => {
    await image.decode();
    return image.naturalWidth;
  });
}
