import { HOOKS, HookPage } from "../pages/hook-page.ts";
import { violations } from "../support/axe.ts";
import { GUIDES } from "../support/guides.ts";
import { expect, test } from "../support/test.ts";

for (const colorScheme of ["light", "dark"] as const) {
  test.describe(`in the ${colorScheme} scheme`, () => {
    test.use({ colorScheme });

    test("no page violates a rule of accessibility, before and after a session is used", async ({
      activity,
      dapp,
      devnet,
      page,
      sessions,
      wallet,
      watch,
    }) => {
      watch.expectFailedRequests();
      const check = async (what: string) => test.step(what, async () => expect(await violations(page)).toEqual([]));
      await dapp.open();
      await expect(dapp.connectWallet).toBeEnabled();
      await check("before a wallet is connected");
      await dapp.connectWallet.click();
      await check("the list of wallets");
      await dapp.choice(wallet.name).click();
      await dapp.address();
      await dapp.createSession.click();
      await dapp.waitConfirmed(1);
      await dapp.mint();
      await dapp.mintToAnother.click();
      await expect(dapp.alerts).toBeVisible();
      await devnet.quiet();
      await check("after a mint and a refusal");

      await wallet.lock();
      await wallet.switchChain(1);
      await expect(dapp.notice("notice.wallet_locked")).toBeVisible();
      await check("while the wallet is locked");
      await dapp.visit("Sessions");
      await expect(sessions.of("Active")).toHaveCount(1);
      await check("the sessions");
      await dapp.visit("Activity");
      await expect(activity.operations).toHaveCount(2);
      await check("the activity");
      await page.goto("/#/how-it-works");
      await expect(page.getByRole("heading", { name: "This chain" })).toBeVisible();
      await check("how it works");
      await page.goto("/#/hooks");
      await expect(page.getByRole("heading", { level: 1, name: "Hooks" })).toBeVisible();
      await check("the hooks");
      await new HookPage(page, "use_session").open();
      await check("the page of a hook");
    });

    test("no page of a hook violates one on a phone", async ({ page }) => {
      test.slow();
      await page.setViewportSize({ width: 390, height: 844 });
      for (const hook of HOOKS) {
        await new HookPage(page, hook).open();
        await test.step(hook, async () => expect(await violations(page)).toEqual([]));
      }
    });

    test("no guide violates one", async ({ page }) => {
      for (const guide of GUIDES) {
        await page.goto(`/guide/${guide}`);
        await test.step(guide, async () => expect(await violations(page)).toEqual([]));
      }
    });

    test("the shell that is there before the program violates none", async ({ page }) => {
      await page.route("**/*.wasm", () => {});
      await page.goto("/", { waitUntil: "commit" });
      await expect(page.getByRole("heading", { level: 1 })).toBeVisible();

      expect(await violations(page)).toEqual([]);
    });
  });
}
