import { changeConfig, expect, test } from "../support/test.ts";
import { shoot } from "./shoot.ts";

const EXPLORER = "https://scan.example/";

test("the minting page, from the first look to a refused mint", async ({ dapp, devnet, page, wallet, watch }) => {
  watch.expectFailedRequests();
  await dapp.open();
  await expect(dapp.createSession).toBeVisible();
  await shoot(page, "mint-not-connected");
  await dapp.connectWallet.click();
  await shoot(page, "mint-wallets", { fullPage: false });
  await dapp.choice(wallet.name).click();
  await expect(dapp.createSession).toBeEnabled();
  await devnet.quiet();
  await shoot(page, "mint-connected");

  const answer = wallet.hold();
  await dapp.createSession.click();
  await expect(dapp.cancel).toBeVisible();
  await shoot(page, "mint-wallet-asks");
  answer();
  await dapp.waitConfirmed(1);
  await expect(dapp.mintWithSession).toBeEnabled();
  await shoot(page, "mint-session");

  await dapp.mintUpTo(4);
  await shoot(page, "mint");
  await dapp.mintToAnother.click();
  await expect(dapp.alerts).toBeVisible();
  await shoot(page, "mint-refused");
  await dapp.reload();
  await expect(dapp.nfts).toHaveCount(4);
  await shoot(page, "mint-reloaded");
});

test("operations that the chain does not take", { tag: "@serial" }, async ({ activity, dapp, devnet, page, wallet }) => {
  await page.clock.install();
  await dapp.startWithSession(wallet);
  await devnet.hold();
  await dapp.mintWithSession.click();
  await expect(dapp.statuses.filter({ hasText: /^Sent, waiting for the chain/ })).toBeVisible();
  await shoot(page, "mint-in-flight");
  await dapp.visit("Activity");
  await expect(activity.of("Mint").getByText("In flight", { exact: true })).toBeVisible();
  await shoot(page, "activity-in-flight");

  await dapp.visit("Mint");
  await page.clock.fastForward(31_000);
  await expect(page.getByRole("button", { name: "Speed up" })).toBeVisible();
  await shoot(page, "mint-stuck");
});

test("the minting page and the sessions on Nexus", async ({ dapp, page, wallet }) => {
  await dapp.open();
  await dapp.accountKind.selectOption("Nexus");
  await dapp.connect(wallet);
  await dapp.createSession.click();
  await expect(dapp.ready).toBeVisible();
  await shoot(page, "mint-nexus-ready");
  await dapp.mint();
  await expect(dapp.nfts).toHaveCount(1);
  await shoot(page, "mint-nexus");

  await dapp.visit("Sessions");
  await expect(page.getByRole("list", { name: "What is left" })).toBeVisible();
  await shoot(page, "sessions-nexus");
});

test("the sessions", async ({ dapp, devnet, page, sessions, wallet }) => {
  await sessions.open();
  await expect(sessions.connectWallet).toBeEnabled();
  await shoot(page, "sessions-not-connected");
  await sessions.connect(wallet);
  await devnet.quiet();
  await shoot(page, "sessions-none");

  await dapp.visit("Mint");
  await dapp.createSession.click();
  await dapp.waitConfirmed(1);
  await dapp.mint();
  await dapp.visit("Sessions");
  await sessions.button(sessions.entries, "Renew").click();
  await sessions.waitConfirmed(1);
  await expect(sessions.of("Active")).toHaveCount(1);
  await sessions.box(sessions.of("Active")).check();
  await shoot(page, "sessions");
});

test("the activity", async ({ activity, dapp, devnet, page, wallet }) => {
  await changeConfig(page, (config) => ({ ...config, explorer: EXPLORER }));
  await activity.open();
  await expect(activity.connectWallet).toBeEnabled();
  await shoot(page, "activity-not-connected");
  await activity.connect(wallet);
  await shoot(page, "activity-none");

  await dapp.visit("Mint");
  await dapp.createSession.click();
  await dapp.waitConfirmed(1);
  await dapp.mint();
  await dapp.mint();
  await shoot(page, "mint-explorer");
  await dapp.visit("Activity");
  await devnet.mine();
  for (const operation of await activity.operations.all()) {
    await expect(activity.steps(operation).last()).toHaveText(/^Confirmed\d/);
  }
  await shoot(page, "activity");
});

test("how it works", async ({ page }) => {
  await page.goto("/#/how-it-works");
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  await shoot(page, "how-it-works");
});
