import type { Locator, Page } from "@playwright/test";

import { expect, test } from "../support/test.ts";

test("everything can be done with the keyboard", async ({ dapp, devnet, page, wallet }) => {
  await dapp.open();

  await press(page, dapp.connectWallet);
  await press(page, dapp.choice(wallet.name));
  const account = await dapp.address();
  await press(page, dapp.createSession);
  await dapp.waitConfirmed(1);
  await press(page, dapp.mintWithSession);
  await dapp.waitConfirmed(2);

  await expect(dapp.nfts).toHaveCount(1);
  expect(await devnet.nftsOf(account)).toHaveLength(1);
});

test("escape closes the list of wallets and gives the focus back", async ({ dapp, page }) => {
  await dapp.open();
  await press(page, dapp.connectWallet);
  await expect(dapp.wallets).toBeVisible();

  await page.keyboard.press("Escape");

  await expect(dapp.wallets).toBeHidden();
  await expect(dapp.connectWallet).toBeFocused();
});

test("the focus comes back to a button that was busy", async ({ dapp, page, wallet }) => {
  await dapp.start(wallet);

  await press(page, dapp.createSession);
  await dapp.waitConfirmed(1);

  await expect(dapp.createSession).toBeFocused();
});

test("all that can be pressed has a name, and each page has one heading", async ({ dapp, page, wallet }) => {
  const check = async () => {
    expect(await nameless(page)).toEqual([]);
    await expect(page.getByRole("heading", { level: 1 })).toHaveCount(1);
    await expect(page.getByRole("main")).toHaveCount(1);
    await expect(page).toHaveTitle(/\S/);
    await expect(page.locator("html")).toHaveAttribute("lang", "en");
  };
  await dapp.open();
  await expect(dapp.connectWallet).toBeVisible();
  await check();

  await dapp.connectWallet.click();
  await expect(dapp.wallets).toHaveAccessibleName(/\S/);
  await check();

  await dapp.choice(wallet.name).click();
  await dapp.createSession.click();
  await dapp.waitConfirmed(1);
  await dapp.mint();
  await check();

  for (const link of await page.getByRole("navigation").getByRole("link").all()) {
    await link.click();
    await expect(link).toHaveAttribute("aria-current", "page");
    await check();
  }
});

test("addresses and hashes can be copied whole", async ({ dapp, wallet }) => {
  const account = await dapp.startWithSession(wallet);
  const [transaction] = await dapp.waitConfirmed(1);

  await expect(dapp.account).toHaveText(account, { useInnerText: true });
  await expect(dapp.confirmed).toContainText(transaction!, { useInnerText: true });
});

test.describe("on a phone", () => {
  test.use({ viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true });

  test("nothing is wider than the screen and the main buttons are on it", async ({ dapp, page, wallet, watch }) => {
    watch.expectFailedRequests();
    await dapp.open();
    await expect(dapp.connectWallet).toBeInViewport({ ratio: 1 });
    await fits(page);

    await dapp.connectWallet.tap();
    await expect(dapp.choice(wallet.name)).toBeInViewport({ ratio: 1 });
    await fits(page);

    await dapp.choice(wallet.name).tap();
    await dapp.address();
    await fits(page);
    await dapp.createSession.tap();
    await dapp.waitConfirmed(1);
    await fits(page);
    await dapp.mintWithSession.tap();
    await dapp.waitConfirmed(2);
    await expect(dapp.nfts).toHaveCount(1);
    await fits(page);

    await dapp.mintToAnother.tap();
    await expect(dapp.alerts).toBeVisible();
    await fits(page);
    for (const button of [dapp.createSession, dapp.mintWithSession, dapp.mintToAnother]) {
      await button.scrollIntoViewIfNeeded();
      await expect(button).toBeInViewport({ ratio: 1 });
    }

    for (const link of await page.getByRole("navigation").getByRole("link").all()) {
      await link.tap();
      await fits(page);
    }
  });
});

/** Goes to a button with the tabulator key alone, and presses it. */
async function press(page: Page, button: Locator): Promise<void> {
  const MOST_STOPS = 40;

  await expect(button).toBeEnabled();
  for (let stop = 0; stop < MOST_STOPS; stop += 1) {
    await page.keyboard.press("Tab");
    if (await button.evaluate((element) => element === document.activeElement)) {
      await page.keyboard.press("Enter");
      return;
    }
  }
  throw new Error(`${button} cannot be reached with the tabulator key`);
}

/** What a screen reader would read without a name. */
async function nameless(page: Page): Promise<string[]> {
  const tree = await page.locator("body").ariaSnapshot();
  return tree.split("\n").filter((line) => /^\s*- '?(button|link|img|dialog|checkbox|textbox)\b(?! ")/.test(line));
}

async function fits(page: Page): Promise<void> {
  const { content, screen } = await page.evaluate(() => ({
    content: document.documentElement.scrollWidth,
    screen: document.documentElement.clientWidth,
  }));
  expect(content).toBeLessThanOrEqual(screen);
}
