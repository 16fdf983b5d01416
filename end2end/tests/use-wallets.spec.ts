import type { Page } from "@playwright/test";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";

import { HookPage } from "../pages/hook-page.ts";
import { MintPage } from "../pages/mint-page.ts";
import { changeConfig, expect, test } from "../support/test.ts";
import { REJECTED, TestWallet, install } from "../support/wallet.ts";

const MARKUP = '<img src="x" onerror="window.wasRun = true">';

test("wallets are listed by name as they announce themselves, and nothing hostile is run", async ({ devnet, page }) => {
  const [first, second] = [new TestWallet("First Wallet"), new TestWallet("Second Wallet")];
  await install(page, first, second);
  await announceHostile(page, first.uuid);
  const asked = loaded(page);
  const dapp = new MintPage(page);
  await dapp.open();
  await dapp.connectWallet.click();
  await expect(dapp.wallets).toBeVisible();
  expect(await dapp.choices()).toEqual([
    "First Wallet",
    "Second Wallet",
    "From the network",
    "Script",
    "Without a domain",
    "Twin",
    MARKUP,
    "Local dev wallet",
  ]);
  await expect(dapp.wallets.locator("img").nth(2)).toHaveAttribute("src", "favicon.svg");
  expect(asked.filter((url) => url.includes("hostile.example"))).toEqual([]);
  expect(await page.evaluate(() => "wasRun" in window)).toBe(false);

  await page.evaluate(() => {
    const info = { uuid: "late", name: "Late Wallet", rdns: "com.late", icon: "data:image/png;base64," };
    const detail = { info, provider: { request: async () => [] } };
    window.dispatchEvent(new CustomEvent("eip6963:announceProvider", { detail }));
  });
  await expect(dapp.choice("Late Wallet")).toBeVisible();

  await dapp.choice("Second Wallet").click();
  await expect(dapp.wallets).toBeHidden();
  expect(await dapp.address()).toBe(await devnet.accountOf(second.address));
});

test("the only wallet is connected at once", async ({ dapp, devnet, page, wallet }) => {
  await changeConfig(page, (config) => ({ ...config, devKeys: null }));
  await dapp.open();

  await dapp.connectWallet.click();

  expect(await dapp.address()).toBe(await devnet.accountOf(wallet.address));
});

test("what the user does in the wallet is followed", async ({ dapp, devnet, wallet }) => {
  const before = await dapp.start(wallet);

  await test.step("a wallet on another chain is noticed and can be used all the same", async () => {
    const notice = dapp.notice("notice.wallet_on_other_chain");
    await expect(notice).toHaveCount(0);
    await wallet.switchChain(1);
    await expect(notice).toContainText("chain 1");
    await dapp.createSession.click();
    await dapp.waitConfirmed(1);
    await wallet.switchChain(80002);
    await expect(notice).toHaveCount(0);
  });
  await test.step("a wallet that leaves is connected again", async () => {
    await wallet.disconnect();
    await expect(dapp.createSession).toBeDisabled();
    await expect(dapp.account).toHaveText(before);
    await dapp.connect(wallet);
    await expect(dapp.createSession).toBeEnabled();
  });

  await test.step("a wallet that is unlocked again is connected without a click, also after a reload", async () => {
    for (const reload of [false, true]) {
      await wallet.lock();
      await expect(dapp.createSession).toBeDisabled();
      if (reload) await dapp.reload();
      await expect(dapp.connectWallet).toBeEnabled();
      await expect(dapp.account).toHaveText(before);
      await wallet.unlock();
      await expect(dapp.createSession).toBeEnabled();
      await expect(dapp.connectWallet).toHaveCount(0);
    }
  });

  await wallet.switchAccount();
  const now = await devnet.accountOf(wallet.address);
  await test.step("another account has another smart account", async () => {
    await expect(dapp.account).toHaveText(now);
    expect(now).not.toBe(before);
    await expect(dapp.statuses).toHaveCount(0);
    await expect(dapp.mintWithSession).toBeDisabled();
    await expect(dapp.createSession).toBeEnabled();
    await dapp.createSession.click();
    await dapp.waitConfirmed(1);
    await dapp.mint();
    expect(await devnet.nftsOf(now)).toHaveLength(1);
    expect(await devnet.nftsOf(before)).toEqual([]);
  });
  await test.step("after a reload it is connected by itself, without asking", async () => {
    const release = wallet.hold();
    await dapp.reload();
    await expect(dapp.createSession).toBeEnabled();
    await expect(dapp.account).toHaveText(now);
    release();
  });
  await test.step("disconnecting forgets the account, also after a reload, and no session", async () => {
    await dapp.disconnect.click();
    await expect(dapp.account).toHaveCount(0);
    await expect(dapp.mintWithSession).toBeDisabled();
    await dapp.reload();
    await expect(dapp.connectWallet).toBeEnabled();
    await expect(dapp.account).toHaveCount(0);
    await dapp.connect(wallet);
    await dapp.mint();
  });
});

test("a wallet that does not connect or does not sign is said so, and can be tried again", async ({
  dapp,
  devnet,
  wallet,
}) => {
  await dapp.open();
  wallet.onConnect = REJECTED;
  await dapp.connectWallet.click();
  await dapp.choice(wallet.name).click();
  await expect(dapp.alert("owner.rejected")).toBeVisible();
  await expect(dapp.connectWallet).toBeEnabled();
  wallet.onConnect = "honest";
  await dapp.remedy(dapp.alerts, "Try again").click();
  await dapp.address();
  await expect(dapp.alerts).toHaveCount(0);

  await devnet.clearLog();
  const somebody = privateKeyToAccount(generatePrivateKey());
  const another = await somebody.signMessage({ message: "something else" });
  for (const [manner, code] of [
    [{ code: 4100, message: "locked" }, "owner.disconnected"],
    [{ text: another }, "owner.wrong_signer"],
  ] as const) {
    wallet.onSign = manner;
    await dapp.createSession.click();
    await expect(dapp.alert(code)).toBeVisible();
    await expect(dapp.createSession).toBeEnabled();
  }
  expect(await devnet.methods()).not.toContain("eth_sendUserOperation");

  wallet.onSign = "honest";
  await dapp.createSession.click();
  await dapp.waitConfirmed(1);
  await expect(dapp.alerts).toHaveCount(0);
});

test("the hook's page: each wallet is listed with its icon, and the chosen one is connected", async ({ devnet, page }) => {
  const [first, second] = [new TestWallet("First Wallet"), new TestWallet("Second Wallet")];
  await install(page, first, second);
  const example = new HookPage(page, "use_wallets");
  await example.open();
  const wallets = example.example.getByRole("list", { name: "Wallets" }).getByRole("listitem");
  await expect(wallets).toHaveCount(3);
  await expect(wallets).toContainText(["First Wallet", "Second Wallet", "Local dev wallet"]);
  await expect(wallets.nth(1).locator("img")).toHaveAttribute("src", /^data:image\/svg\+xml,/);

  const answer = first.hold();
  await example.button("Connect First Wallet").click();
  await expect(example.button("Connect Second Wallet")).toBeDisabled();
  await example.cancel.click();
  await expect(example.cancel).toHaveCount(0);

  second.onConnect = REJECTED;
  await example.button("Connect Second Wallet").click();
  const alert = example.alert("owner.rejected");
  await expect(alert).toBeVisible();
  await expect(example.button("Connect Second Wallet")).toBeEnabled();
  second.onConnect = "honest";
  await example.remedy(alert, "Try again").click();
  await expect(wallets.nth(1)).toContainText("Connected");
  await expect(example.alerts).toHaveCount(0);
  await expect(example.button("Connect Second Wallet")).toHaveCount(0);
  const account = await example.goTo("use_smart_account");
  await expect(account.fact("Owner")).toHaveText(second.address);
  await expect(account.fact("Smart account")).toHaveText(await devnet.accountOf(second.address));

  await account.goTo("use_wallets");
  answer();
  await expect(wallets.nth(1)).toContainText("Connected");
  await example.button("Connect First Wallet").click();
  await expect(wallets.nth(0)).toContainText("Connected");
  await expect(example.button("Connect Second Wallet")).toBeEnabled();
});

/** The addresses that a page loads. */
function loaded(page: Page): string[] {
  const urls: string[] = [];
  page.on("request", (request) => urls.push(request.url()));
  return urls;
}

/** Has the page hear announcements that are none, of a wallet that pretends to be another one, and of markup. */
async function announceHostile(page: Page, twin: string): Promise<void> {
  await page.addInitScript((twin: string) => {
    const provider = { request: async () => [] };
    const icon = "data:image/png;base64,";
    const info = { uuid: "hostile", name: "Hostile", rdns: "com.hostile", icon };
    const wallet = (other: { name: string; uuid?: string; icon?: string; rdns?: undefined }) => ({
      info: { ...info, uuid: other.name, ...other },
      provider: { request: async () => [] },
    });
    const markup = '<img src="x" onerror="window.wasRun = true">';
    const announced: unknown[] = [
      null,
      undefined,
      "Test Wallet",
      {},
      { info },
      { info, provider: {} },
      { info, provider: { request: "eth_accounts" } },
      { info: null, provider },
      { info: { ...info, uuid: "" }, provider },
      { info: { ...info, name: " " }, provider },
      { info: { ...info, name: 7 }, provider },
      { info: { ...info, name: "x".repeat(100_000) }, provider },
      {
        get info() {
          throw new Error("thrown by an announcement");
        },
        provider,
      },
      new Proxy({}, { get: () => Symbol("anything") }),
      // Their icons are left out.
      wallet({ name: "From the network", icon: "https://hostile.example/icon.png" }),
      wallet({ name: "Script", icon: "javascript:window.wasRun=true" }),
      wallet({ name: "Without a domain", rdns: undefined }),
      // After the one it pretends to be, in whose place it is not put.
      wallet({ name: "Twin", uuid: twin }),
      wallet({ name: markup }),
    ];
    window.addEventListener("eip6963:requestProvider", () => {
      for (const detail of announced) {
        window.dispatchEvent(new CustomEvent("eip6963:announceProvider", { detail }));
      }
      window.dispatchEvent(new Event("eip6963:announceProvider"));
    });
  }, twin);
}
