import type { Locator } from "@playwright/test";

import { HookPage } from "../pages/hook-page.ts";
import type { MintPage } from "../pages/mint-page.ts";
import { expect, test } from "../support/test.ts";
import { translatable, translate } from "../support/translate.ts";
import { REJECTED } from "../support/wallet.ts";

test.describe.configure({ timeout: 120_000 });

/** The mark of each step: its number, or a tick. */
function marks(dapp: MintPage): Locator {
  return dapp.page.locator(".step > .number");
}

for (const everything of [false, true]) {
  test(`on a page that the browser translates the texts are current${everything ? ", whatever it replaces" : ""}`, async ({
    dapp,
    devnet,
    page,
    sessions,
    wallet,
  }) => {
    await translate(page, everything);
    await dapp.open();
    await expect(page.getByRole("heading", { level: 1 }).locator("font font")).toBeVisible();
    const garden = page.getByRole("region", { name: "Mint and garden" });
    await expect(marks(dapp)).toHaveText(["1", "2", "3"]);
    await expect(garden).toContainText("Nothing planted yet");

    const account = await dapp.connect(wallet);
    await expect(marks(dapp)).toHaveText(["✓", "2", "3"]);
    await expect(page.locator(".terms")).toContainText(/must equal your account \(0x/);

    wallet.onSign = REJECTED;
    await dapp.createSession.click();
    await expect(dapp.alert("owner.rejected")).toContainText("The user rejected the wallet request");
    wallet.onSign = { code: 4100, message: "locked" };
    await dapp.createSession.click();
    await expect(dapp.alert("owner.disconnected")).toContainText("The wallet is locked or disconnected");
    await expect(dapp.alerts).not.toContainText("rejected");
    wallet.onSign = "honest";
    await dapp.createSession.click();
    await dapp.waitConfirmed(1);
    await expect(dapp.statuses).toHaveText([/^Confirmed0x[0-9a-f]{64}$/]);
    await expect(marks(dapp)).toHaveText(["✓", "✓", "3"]);
    await expect(page.locator(".step .badge")).toHaveText(/^Until \d\d:\d\d$/);

    for (const count of ["1 flower", "2 flowers"]) {
      await dapp.mint();
      await expect(garden.locator("header p")).toHaveText(count);
    }
    expect(await translatable(page)).toEqual([]);

    await dapp.visit("Sessions");
    await expect(sessions.of("Active")).toHaveCount(1);
    expect(await translatable(page)).toEqual([]);
    await sessions.button(sessions.entries, "Revoke").click();
    await expect(sessions.of("Revoked")).toHaveCount(1);
    await expect(sessions.entries).toContainText("The owner has ended it.");
    await expect(sessions.entries).not.toContainText("Until");

    await dapp.visit("Mint");
    await wallet.switchAccount();
    await expect(dapp.account).toHaveText(await devnet.accountOf(wallet.address));
    expect(await dapp.address()).not.toBe(account);
    await expect(garden).toContainText("Nothing planted yet");
    await expect(garden.locator("header p")).toHaveText("");
    await dapp.disconnect.click();
    await expect(marks(dapp)).toHaveText(["1", "2", "3"]);
  });
}

test("each hook's page is current on a page that the browser translates", async ({ devnet, page, wallet }) => {
  await translate(page);
  let hook = new HookPage(page, "use_user_op_status");
  await hook.open();
  await hook.connect(wallet);
  await hook.button("Mint").click();
  await expect(hook.example.getByRole("status")).toContainText("On the chain");
  await devnet.mine();
  await expect(hook.example.getByRole("status")).toHaveText("On the chain, 2 blocks deep.");
  expect(await translatable(page)).toEqual([]);

  hook = await hook.goTo("use_smart_account");
  await expect(hook.fact("Owner")).toHaveText(wallet.address);
  await expect(hook.fact("Wallet")).toHaveText(wallet.name);
  await wallet.switchAccount();
  await expect(hook.fact("Owner")).toHaveText(wallet.address);
  await wallet.switchChain(1);
  await expect(hook.fact("The wallet's chain")).toHaveText("1");
  await wallet.switchChain(137);
  await expect(hook.fact("The wallet's chain")).toHaveText("137");
  await hook.button("Disconnect").click();
  await expect(hook.fact("Owner")).toHaveText("");

  hook = await hook.goTo("use_wallets");
  await expect(hook.example.getByRole("list", { name: "Wallets" })).toContainText(wallet.name);
  await hook.expectSource();
});
