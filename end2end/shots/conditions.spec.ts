import { Fault } from "../support/fault.ts";
import { refuseStorage } from "../support/storage.ts";
import { changeConfig, expect, serveConfig, test } from "../support/test.ts";
import { shoot } from "./shoot.ts";

test("a page that is not there", async ({ dapp, page }) => {
  await page.goto("/#/garden/7");
  await expect(dapp.notice("notice.no_such_page")).toBeVisible();
  await expect(dapp.createSession).toBeVisible();
  await shoot(page, "unknown-page");
});

test("no wallet", async ({ dapp, page }) => {
  await changeConfig(page, (config) => ({ ...config, devKeys: null }));
  await dapp.open();
  await dapp.connectWallet.click();
  await expect(dapp.notice("notice.no_wallet")).toBeVisible();
  await shoot(page, "no-wallet", { fullPage: false });
});

test("another chain, and a locked wallet", async ({ dapp, page, wallet }) => {
  await dapp.startWithSession(wallet);
  await wallet.switchChain(1);
  await expect(dapp.notice("notice.wallet_on_other_chain")).toBeVisible();
  await shoot(page, "wrong-chain");
  await wallet.switchChain(80002);
  await wallet.lock();
  await expect(dapp.notice("notice.wallet_locked")).toBeVisible();
  await shoot(page, "locked-wallet");
});

test("offline", async ({ context, dapp, page, wallet, watch }) => {
  watch.expectFailedRequests();
  await dapp.startWithSession(wallet);
  await context.setOffline(true);
  await expect(dapp.notice("notice.offline")).toBeVisible();
  await shoot(page, "offline", { fullPage: false });
  await dapp.mintWithSession.click();
  await expect(dapp.alert("service.unreachable").first()).toBeVisible();
  await shoot(page, "offline-mint");
});

test("opened offline", async ({ dapp, page, watch }) => {
  watch.expectFailedRequests();
  await serveConfig(page, (route) => route.abort());
  await page.addInitScript(() => Object.defineProperty(navigator, "onLine", { get: () => false }));
  await dapp.open();
  await expect(dapp.alert("file.unreachable")).toBeVisible();
  await shoot(page, "opened-offline");
});

test("no config.json", async ({ dapp, page, watch }) => {
  watch.expectFailedRequests();
  await serveConfig(page, (route) => route.fulfill({ status: 404 }));
  await dapp.open();
  await expect(dapp.alert("file.http_status")).toBeVisible();
  await shoot(page, "no-config");
});

test("a slow chain", async ({ dapp, devnet, page, wallet }) => {
  await dapp.start(wallet);
  await expect(dapp.createSession).toBeEnabled();
  await devnet.fail(Fault.on("node", "eth_call").delay(30_000));
  await dapp.reload();
  await expect(dapp.notice("notice.slow")).toBeVisible();
  await shoot(page, "slow-chain", { fullPage: false });
});

test("a dead node", async ({ dapp, page, wallet, watch }) => {
  watch.expectFailedRequests();
  watch.expectRefusals();
  await changeConfig(page, (config) => ({ ...config, rpc: "http://127.0.0.1:9/rpc" }));
  await dapp.start(wallet);
  await expect(dapp.alert("service.unreachable").first()).toBeVisible();
  await shoot(page, "dead-node");
});

test("no storage", async ({ dapp, page, watch }) => {
  watch.expectFailedRequests();
  await refuseStorage(page);
  await dapp.open();
  await expect(dapp.notice("notice.no_storage")).toBeVisible();
  await shoot(page, "no-storage");
});

test("no WebAssembly", async ({ page }) => {
  await page.addInitScript(() => Reflect.deleteProperty(globalThis, "WebAssembly"));
  await page.goto("/");
  await expect(page.getByRole("alert")).toBeVisible();
  await shoot(page, "no-wasm");
});

test("a program that does not load", async ({ page, watch }) => {
  watch.expectNoStart();
  await page.route("**/*.wasm", (route) => route.abort());
  await page.goto("/");
  await expect(page.getByRole("alert")).toBeVisible();
  await shoot(page, "not-started");
});

test("a program that loads", async ({ page }) => {
  let serve = () => {};
  const held = new Promise<void>((resolve) => (serve = resolve));
  await page.route("**/*.wasm", async (route) => {
    await held;
    await route.continue();
  });
  await page.goto("/", { waitUntil: "commit" });
  await expect(page.getByText("The connection is slow.")).toBeVisible();
  await shoot(page, "loading");
  serve();
  await expect(page.getByRole("button", { name: "Connect wallet" })).toBeEnabled();
});
