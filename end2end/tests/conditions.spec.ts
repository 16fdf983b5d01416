import { violations } from "../support/axe.ts";
import { Fault } from "../support/fault.ts";
import { refuseStorage } from "../support/storage.ts";
import { changeConfig, expect, serveConfig, test } from "../support/test.ts";

test("without a wallet in the browser the page says where one comes from, and takes one that comes later", async ({
  dapp,
  page,
}) => {
  await changeConfig(page, (config) => ({ ...config, devKeys: null }));
  await dapp.open();

  await dapp.connectWallet.click();

  await expect(dapp.notice("notice.no_wallet")).toBeVisible();
  expect(await violations(page)).toEqual([]);
  await expect(dapp.wallets.getByRole("link")).toHaveAttribute("href", /^https:\/\//);
  await page.evaluate(() => {
    const info = { uuid: "late", name: "Late Wallet", rdns: "com.late", icon: "data:image/png;base64," };
    const detail = { info, provider: { request: async () => [] } };
    window.dispatchEvent(new CustomEvent("eip6963:announceProvider", { detail }));
  });
  await expect(dapp.choice("Late Wallet")).toBeVisible();
  await expect(dapp.notices).toHaveCount(0);
});

test("a wallet on another chain is named with both chains, and nothing is in the way", async ({ dapp, wallet }) => {
  await dapp.start(wallet);
  await wallet.switchChain(1);

  const notice = dapp.notice("notice.wallet_on_other_chain");
  await expect(notice).toContainText("chain 1");
  await expect(notice).toContainText("chain 80002");
  expect(await violations(dapp.page)).toEqual([]);
  await expect(dapp.createSession).toBeEnabled();
});

test("a locked wallet is told, the session mints without it, and it is back when it is unlocked", async ({
  dapp,
  devnet,
  page,
  wallet,
}) => {
  const account = await dapp.startWithSession(wallet);
  const connected = page.locator(".wallet").getByText(wallet.name, { exact: true });
  const icon = page.locator(".wallet img");
  await expect(connected).toBeVisible();
  await expect(icon).toHaveAttribute("src", /^data:image\/svg/);

  for (const reload of [false, true]) {
    await wallet.lock();
    if (reload) await dapp.reload();
    await expect(dapp.notice("notice.wallet_locked")).toBeVisible();
    await expect(connected).toBeHidden();
    await expect(dapp.connectWallet).toBeEnabled();
    await dapp.mint();
    await wallet.unlock();
    await expect(dapp.notice("notice.wallet_locked")).toBeHidden();
    await expect(connected).toBeVisible();
  }
  expect(await devnet.nftsOf(account)).toHaveLength(2);
});

test("a page that goes offline says so, and goes on when the network is back", async ({
  context,
  dapp,
  devnet,
  wallet,
  watch,
}) => {
  watch.expectFailedRequests();
  const account = await dapp.startWithSession(wallet);
  await context.setOffline(true);
  await expect(dapp.notice("notice.offline")).toBeVisible();
  await dapp.mintWithSession.click();
  await expect(dapp.alert("service.unreachable").first()).toBeVisible();
  expect(await violations(dapp.page)).toEqual([]);

  await context.setOffline(false);
  await expect(dapp.notice("notice.offline")).toHaveCount(0);
  await dapp.remedy(dapp.alert("service.unreachable"), "Try again").first().click();

  await expect(dapp.nfts).toHaveCount(1);
  expect(await devnet.nftsOf(account)).toHaveLength(1);
});

test("a page that is opened offline says so, and starts by itself when the network is back", async ({
  dapp,
  page,
  watch,
}) => {
  watch.expectFailedRequests();
  await serveConfig(page, async (route) => {
    if (await page.evaluate(() => navigator.onLine)) return route.fallback();
    return route.abort();
  });
  // The files of the page are there, as from the browser's cache.
  await page.addInitScript(() => Object.defineProperty(navigator, "onLine", { get: () => false, configurable: true }));
  await dapp.open();
  await expect(page.getByRole("heading", { name: "You are offline" })).toBeVisible();
  await expect(dapp.alert("file.unreachable")).toBeVisible();
  expect(await violations(page)).toEqual([]);

  await page.evaluate(() => {
    Object.defineProperty(navigator, "onLine", { get: () => true });
    window.dispatchEvent(new Event("online"));
  });

  await expect(dapp.connectWallet).toBeEnabled();
});

test("a slow chain is told after a while, and not while it is quick", async ({ dapp, devnet, wallet }) => {
  await dapp.start(wallet);
  await expect(dapp.createSession).toBeEnabled();
  await devnet.quiet();
  await expect(dapp.notice("notice.slow")).toHaveCount(0);
  await devnet.fail(Fault.on("node", "eth_call").delay(15_000));

  await dapp.reload();

  await expect(dapp.notice("notice.slow")).toBeVisible();
  await devnet.heal();
  await expect(dapp.notice("notice.slow")).toHaveCount(0);
});

test("a slow download is told by the page itself", async ({ page }) => {
  let serve = () => {};
  const held = new Promise<void>((resolve) => (serve = resolve));
  await page.route("**/*.wasm", async (route) => {
    await held;
    await route.continue();
  });
  await page.goto("/", { waitUntil: "commit" });

  await expect(page.getByRole("heading", { name: "Flowers that open without a prompt" })).toBeVisible();
  await expect(page.getByRole("link", { name: "Activity" })).toBeVisible();
  await expect(page.getByText("The connection is slow.")).toBeVisible();
  serve();
  await expect(page.getByText("The connection is slow.")).toBeHidden();
  await expect(page.getByRole("button", { name: "Connect wallet" })).toBeEnabled();
});

test("a browser that keeps nothing is told, and so is what to allow", async ({ dapp, page, wallet, watch }) => {
  watch.expectFailedRequests();
  await refuseStorage(page);
  await dapp.open();
  await expect(dapp.notice("notice.no_storage")).toBeVisible();
  expect(await violations(page)).toEqual([]);

  await dapp.connect(wallet);
  await dapp.createSession.click();
  await expect(dapp.alert("store.unavailable").first()).toBeVisible();
  expect(wallet.prompts).toEqual([]);
});

test("without WebAssembly the page says what to do", async ({ page }) => {
  await page.addInitScript(() => Reflect.deleteProperty(globalThis, "WebAssembly"));

  await page.goto("/#/sessions");

  await expect(page.getByRole("alert")).toContainText("does not run WebAssembly");
  expect(await violations(page)).toEqual([]);
});

test("without its program the page says so, and can be loaded again", async ({ page, watch }) => {
  watch.expectNoStart();
  let isBroken = true;
  await page.route("**/*.wasm", (route) => (isBroken ? route.abort() : route.continue()));
  await page.goto("/");
  await expect(page.getByRole("alert")).toContainText("could not be loaded");
  expect(await violations(page)).toEqual([]);
  // It would come after some seconds, beside the alert.
  await expect(page.getByText("Still loading.")).toHaveCSS("display", "none");

  isBroken = false;
  await page.getByRole("link", { name: "load it again" }).click();

  await expect(page.getByRole("button", { name: "Connect wallet" })).toBeEnabled();
});

test("a link to a page of another version leads to the first page, which says so", async ({ dapp, page }) => {
  await page.goto("/#/garden/7");
  await expect(dapp.notice("notice.no_such_page")).toBeVisible();
  expect(await violations(page)).toEqual([]);
  await expect(dapp.connectWallet).toBeEnabled();

  await dapp.visit("Sessions");
  await expect(dapp.notices).toHaveCount(0);
  for (const known of ["/", "/#", "/#/", "/#/how-it-works"]) {
    await page.goto(known);
    await expect(page.getByRole("main")).toBeVisible();
    await expect(dapp.notices).toHaveCount(0);
  }
});

test("a config.json that names a dead service is told, with a way on", async ({ dapp, page, wallet, watch }) => {
  watch.expectFailedRequests();
  watch.expectRefusals();
  await changeConfig(page, (config) => ({ ...config, rpc: "http://127.0.0.1:9/rpc" }));
  await dapp.start(wallet);

  const alert = dapp.alert("service.unreachable").first();
  await expect(alert).toBeVisible();
  await expect(dapp.remedy(alert, "Try again")).toBeEnabled();
  expect(await violations(page)).toEqual([]);
});
