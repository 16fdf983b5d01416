import { type Page, type Route, test as base, expect } from "@playwright/test";

import { HookPage } from "../pages/hook-page.ts";
import { MintPage } from "../pages/mint-page.ts";
import { SessionsPage } from "../pages/sessions-page.ts";
import { Devnet } from "./devnet.ts";
import { TestWallet, install } from "./wallet.ts";
import { Watch } from "./watch.ts";

interface Fixtures {
  devnet: Devnet;
  /** A wallet with a fresh key, in the page. */
  wallet: TestWallet;
  /** The dapp in the page, not opened yet. */
  dapp: MintPage;
  /** The page of the sessions, in the same page, not opened yet. */
  sessions: SessionsPage;
  /** The dapp in another tab of the same browser, not opened yet, with the same wallet in it. */
  otherTab: MintPage;
  /** The dapp in the browser of another device, not opened yet, with the same wallet in it. */
  otherDevice: MintPage;
  /** The hook that a spec is about. */
  hook: string;
  /** That hook's page, not opened yet. */
  example: HookPage;
  watch: Watch;
}

/** A test against the dapp and the devnet. It fails as well when the page does what no page should. */
export const test = base.extend<Fixtures, { sharedDevnet: Devnet }>({
  sharedDevnet: [async ({}, use) => use(await Devnet.shared()), { scope: "worker" }],
  devnet: [
    async ({ sharedDevnet }, use) => {
      await sharedDevnet.heal();
      // What the test before left behind may still be under way.
      await sharedDevnet.clearLog();
      await use(sharedDevnet);
      await sharedDevnet.heal();
    },
    { auto: true },
  ],
  watch: [
    async ({ context }, use) => {
      const watch = new Watch();
      await watch.follow(context);
      await use(watch);
      expect(watch.unexpected()).toEqual([]);
    },
    { auto: true },
  ],
  wallet: async ({ page }, use) => {
    const wallet = new TestWallet();
    await install(page, wallet);
    await use(wallet);
  },
  dapp: async ({ page }, use) => use(new MintPage(page)),
  sessions: async ({ page }, use) => use(new SessionsPage(page)),
  otherTab: async ({ context, wallet }, use) => {
    const page = await context.newPage();
    await install(page, wallet);
    await use(new MintPage(page));
  },
  hook: ["", { option: true }],
  example: async ({ page, hook }, use) => use(new HookPage(page, hook)),
  otherDevice: async ({ browser, wallet, watch }, use) => {
    const context = await browser.newContext();
    await watch.follow(context);
    const page = await context.newPage();
    await install(page, wallet);
    await use(new MintPage(page));
    await context.close();
  },
});

export { expect };

/** What a `config.json` holds. */
export type Config = Record<string, unknown>;

/** Serves the page another `config.json`, made from the one that lies beside it. */
export async function changeConfig(page: Page, change: (config: Config) => unknown): Promise<void> {
  await serveConfig(page, async (route) => {
    const config = (await (await route.fetch()).json()) as Config;
    await route.fulfill({ json: change(config) });
  });
}

/** Answers the page's question for its `config.json`. */
export async function serveConfig(page: Page, answer: (route: Route) => Promise<void>): Promise<void> {
  await page.route("**/config.json", answer);
}
