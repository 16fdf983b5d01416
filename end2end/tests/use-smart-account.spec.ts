import { expect, test } from "../support/test.ts";
import { REJECTED } from "../support/wallet.ts";

test.use({ hook: "use_smart_account" });

test("the account is told with its owner, its wallet and the wallet's chain", async ({ devnet, example, wallet }) => {
  await example.open();
  await expect(example.fact("Smart account")).toBeEmpty();

  await example.connectWallet.click();
  await example.choice(wallet.name).click();

  await expect(example.fact("Smart account")).toHaveText(await devnet.accountOf(wallet.address));
  await expect(example.fact("Owner")).toHaveText(wallet.address);
  await expect(example.fact("Wallet")).toHaveText(wallet.name);
  await expect(example.fact("The wallet's chain")).toHaveText("80002");
  expect(await devnet.isDeployed(await devnet.accountOf(wallet.address))).toBe(false);
});

test("what the user changes in the wallet is followed", async ({ devnet, example, wallet }) => {
  await example.open();
  await example.connectWallet.click();
  await example.choice(wallet.name).click();
  await expect(example.fact("Owner")).toHaveText(wallet.address);

  await wallet.switchChain(1);
  await expect(example.fact("The wallet's chain")).toHaveText("1");
  await wallet.switchAccount();

  await expect(example.fact("Owner")).toHaveText(wallet.address);
  await expect(example.fact("Smart account")).toHaveText(await devnet.accountOf(wallet.address));
});

test("disconnecting leaves nothing behind", async ({ example, wallet }) => {
  await example.open();
  await example.connectWallet.click();
  await example.choice(wallet.name).click();
  await expect(example.fact("Owner")).toHaveText(wallet.address);

  await example.button("Disconnect").click();

  for (const fact of ["Smart account", "Owner", "Wallet", "The wallet's chain"]) {
    await expect(example.fact(fact)).toBeEmpty();
  }
  await example.reload();
  await expect(example.connectWallet).toBeEnabled();
  await expect(example.fact("Smart account")).toBeEmpty();
});

test("a wallet that says no can be asked again", async ({ example, wallet }) => {
  await example.open();
  wallet.onConnect = REJECTED;
  await example.connectWallet.click();
  await example.choice(wallet.name).click();
  const alert = example.alert("owner.rejected");
  await expect(alert).toBeVisible();
  await expect(example.fact("Owner")).toBeEmpty();

  wallet.onConnect = "honest";
  await example.remedy(alert, "Try again").click();

  await expect(example.fact("Owner")).toHaveText(wallet.address);
  await expect(example.alerts).toHaveCount(0);
});
