import { type BrowserContext, type Page, type Route, test as base, expect } from "@playwright/test";

import { ActivityPage } from "../pages/activity-page.ts";
import { HookPage } from "../pages/hook-page.ts";
import { MintPage } from "../pages/mint-page.ts";
import { SessionsPage } from "../pages/sessions-page.ts";
import { Devnet, type Root, root } from "./devnet.ts";
import { TestWallet, install } from "./wallet.ts";
import { Watch } from "./watch.ts";

interface Fixtures {
  /** A namespace of the devnet, in which the pages of all contexts are. */
  devnet: Devnet;
  /** A wallet with a fresh key, in the page. */
  wallet: TestWallet;
  /** The dapp in the page, not opened yet. */
  dapp: MintPage;
  /** The page of the sessions, in the same page, not opened yet. */
  sessions: SessionsPage;
  /** The page of the activity, in the same page, not opened yet. */
  activity: ActivityPage;
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

export interface Options {
  /** Where the devnet is, and whether tests have it one at a time. */
  devnetUrl: string;
  isSerial: boolean;
}

interface Shared extends Options {
  devnetRoot: Root;
  /** What lies beside the page as `config.json`. */
  config: string;
}

/** A test against the dapp and the devnet. It fails as well when the page does what no page should. */
export const test = base.extend<Fixtures, Shared>({
  devnetUrl: ["http://127.0.0.1:8545", { option: true, scope: "worker" }],
  isSerial: [false, { option: true, scope: "worker" }],
  devnetRoot: [async ({ devnetUrl, isSerial }, use) => use(await root(devnetUrl, isSerial)), { scope: "worker" }],
  config: [
    async ({}, use, info) => {
      const response = await fetch(new URL("config.json", info.project.use.baseURL));
      await use(await response.text());
    },
    { scope: "worker" },
  ],
  devnet: [
    async ({ devnetRoot }, use, info) => {
      const devnet = new Devnet(devnetRoot, `e2e-${info.testId}-${info.workerIndex}`);
      await devnet.heal();
      await use(devnet);
      await devnet.heal();
      await devnet.remove();
    },
    { auto: true },
  ],
  context: async ({ config, context, devnet }, use) => {
    await enter(context, devnet, config);
    await use(context);
  },
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
  activity: async ({ page }, use) => use(new ActivityPage(page)),
  otherTab: async ({ context, wallet }, use) => {
    const page = await context.newPage();
    await install(page, wallet);
    await use(new MintPage(page));
  },
  hook: ["", { option: true }],
  example: async ({ page, hook }, use) => use(new HookPage(page, hook)),
  otherDevice: async ({ browser, config, devnet, wallet, watch }, use) => {
    const context = await browser.newContext();
    await enter(context, devnet, config);
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

const configs = new WeakMap<BrowserContext, string>();

/** Has the pages of a context use the services of a namespace. The fixtures do so with theirs. */
export async function enter(context: BrowserContext, devnet: Devnet, config: string): Promise<void> {
  const body = devnet.configure(config);
  configs.set(context, body);
  await context.route("**/config.json", (route) => route.fulfill({ contentType: "application/json", body }));
}

/** Serves the page another `config.json`, made from the one that the page would get. */
export async function changeConfig(page: Page, change: (config: Config) => unknown): Promise<void> {
  await serveConfig(page, async (route) => {
    const config = JSON.parse(configs.get(page.context())!) as Config;
    await route.fulfill({ json: change(config) });
  });
}

/** Answers the page's question for its `config.json`. */
export async function serveConfig(page: Page, answer: (route: Route) => Promise<void>): Promise<void> {
  await page.route("**/config.json", answer);
}
