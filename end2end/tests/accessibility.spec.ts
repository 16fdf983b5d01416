import type { Page } from "@playwright/test";

import { HOOKS, HookPage } from "../pages/hook-page.ts";
import { press, reach } from "../support/keyboard.ts";
import { expect, test } from "../support/test.ts";

test("everything can be done with the keyboard", async ({ dapp, devnet, page, wallet }) => {
  await dapp.open();

  await test.step("escape closes the list of wallets and gives the focus back", async () => {
    await press(page, dapp.connectWallet);
    await expect(dapp.wallets).toBeVisible();
    await page.keyboard.press("Escape");
    await expect(dapp.wallets).toBeHidden();
    await expect(dapp.connectWallet).toBeFocused();
  });
  await test.step("the kind of the account is chosen, and the focus stays there", async () => {
    await reach(page, dapp.accountKind);
    for (const [key, kind] of [
      ["ArrowDown", "Nexus"],
      ["ArrowUp", "Biconomy V2"],
    ] as const) {
      await page.keyboard.press(key);
      await expect(dapp.accountKind).toHaveValue(kind);
      await expect(dapp.accountKind).toBeFocused();
    }
  });
  await press(page, dapp.connectWallet);
  await press(page, dapp.choice(wallet.name));
  const account = await dapp.address();
  await press(page, dapp.createSession);
  const [transaction] = await dapp.waitConfirmed(1);
  // It was busy meanwhile.
  await expect(dapp.createSession).toBeFocused();
  await test.step("addresses and hashes can be copied whole", async () => {
    await expect(dapp.account).toHaveText(account, { useInnerText: true });
    await expect(dapp.confirmed).toContainText(transaction!, { useInnerText: true });
  });
  await press(page, dapp.mintWithSession);
  await dapp.waitConfirmed(2);
  await expect(dapp.nfts).toHaveCount(1);

  await test.step("a hook is found, tried and read", async () => {
    const example = new HookPage(page, "use_send_transaction");
    await press(page, page.getByRole("link", { name: "Hooks", exact: true }));
    await expect(page.getByRole("heading", { level: 1, name: "Hooks" })).toBeVisible();
    await press(page, page.getByRole("main").getByRole("link", { name: example.hook }));
    await expect(example.heading).toBeFocused();
    await press(page, example.button("Mint"));
    await example.waitConfirmed(1);
    await expect(example.button("Mint")).toBeFocused();
    await reach(page, example.source);
  });
  expect(await devnet.nftsOf(account)).toHaveLength(2);
});

test.describe("on a phone", () => {
  test.use({ viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true });

  test("nothing is wider than the screen, all that can be pressed has a name, and the main buttons are on the screen", async ({
    dapp,
    page,
    wallet,
    watch,
  }) => {
    watch.expectFailedRequests();
    const check = async () => {
      await fits(page);
      await checkNames(page);
    };
    await dapp.open();
    await expect(dapp.connectWallet).toBeInViewport({ ratio: 1 });
    await expect(dapp.accountKind).toBeInViewport({ ratio: 1 });
    await check();

    await dapp.connectWallet.tap();
    await expect(dapp.wallets).toHaveAccessibleName(/\S/);
    await expect(dapp.choice(wallet.name)).toBeInViewport({ ratio: 1 });
    await check();

    await dapp.choice(wallet.name).tap();
    await dapp.address();
    await fits(page);
    await dapp.createSession.tap();
    await dapp.waitConfirmed(1);
    await fits(page);
    await dapp.mintWithSession.tap();
    await dapp.waitConfirmed(2);
    await expect(dapp.nfts).toHaveCount(1);
    await check();

    await dapp.mintToAnother.tap();
    await expect(dapp.alerts).toBeVisible();
    await check();
    for (const button of [dapp.createSession, dapp.mintWithSession, dapp.mintToAnother]) {
      await button.scrollIntoViewIfNeeded();
      // A browser scrolls by whole pixels, and a button may begin within one.
      await expect(button).toBeInViewport({ ratio: 0.99 });
    }

    for (const link of await page.getByRole("navigation").getByRole("link").all()) {
      await link.tap();
      await expect(link).toHaveAttribute("aria-current", "page");
      // The pages of the hooks are another document: their heading is there once it has loaded.
      await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
      await check();
    }
  });

  test("so it is on the page of each hook, before and after a wallet is connected", async ({ page, wallet }) => {
    const account = new HookPage(page, "use_smart_account");
    for (const hook of HOOKS) {
      await test.step(hook, async () => {
        await new HookPage(page, hook).open();
        await expect(page).toHaveTitle(`${hook} · Night Bloom`);
        await checkNames(page);
      });
    }
    await account.open();
    await account.connectWallet.tap();
    await account.choice(wallet.name).tap();
    await expect(account.fact("Owner")).toHaveText(wallet.address);

    for (const hook of HOOKS) {
      await test.step(hook, async () => {
        const there = new HookPage(page, hook);
        await there.open();
        const { example } = there;
        await fits(page);
        await checkNames(page);
        for (const field of await example.getByRole("textbox").all()) {
          await expect(field).toHaveAccessibleDescription(/\S/);
        }
        await expect(example.getByRole("button").first()).toBeVisible();
        for (const button of await example.getByRole("button").all()) {
          await button.scrollIntoViewIfNeeded();
          // The browser scrolls to a part of a pixel.
          await expect(button).toBeInViewport({ ratio: 0.98 });
        }
      });
    }
  });
});

/** Everything has a name, and the page has one heading. */
async function checkNames(page: Page): Promise<void> {
  expect(await nameless(page)).toEqual([]);
  await expect(page.getByRole("heading", { level: 1 })).toHaveCount(1);
  await expect(page.getByRole("main")).toHaveCount(1);
  await expect(page).toHaveTitle(/\S/);
  await expect(page.locator("html")).toHaveAttribute("lang", "en");
}

/** What a screen reader would read without a name. */
async function nameless(page: Page): Promise<string[]> {
  const tree = await page.locator("body").ariaSnapshot();
  return tree.split("\n").filter((line) => /^\s*- '?(button|link|img|dialog|checkbox|combobox|textbox)\b(?! ")/.test(line));
}

async function fits(page: Page): Promise<void> {
  const { content, screen } = await page.evaluate(() => ({
    content: document.documentElement.scrollWidth,
    screen: document.documentElement.clientWidth,
  }));
  expect(content).toBeLessThanOrEqual(screen);
}
