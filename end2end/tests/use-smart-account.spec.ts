import { expect, test } from "../support/test.ts";
import { REJECTED } from "../support/wallet.ts";

test.use({ hook: "use_smart_account" });

test("the account is told with its owner and wallet, follows what the user does there, and is forgotten", async ({
  devnet,
  example,
  wallet,
}) => {
  const facts = ["Smart account", "Owner", "Wallet", "The wallet's chain"];
  await example.open();
  await expect(example.fact("Smart account")).toBeEmpty();

  await test.step("the wallet rejects, and is asked again", async () => {
    wallet.onConnect = REJECTED;
    await example.connectWallet.click();
    await example.choice(wallet.name).click();
    const alert = example.alert("owner.rejected");
    await expect(alert).toBeVisible();
    await expect(example.fact("Owner")).toBeEmpty();
    wallet.onConnect = "honest";
    await example.remedy(alert, "Try again").click();
    await expect(example.fact("Smart account")).toHaveText(await devnet.accountOf(wallet.address));
    await expect(example.fact("Owner")).toHaveText(wallet.address);
    await expect(example.fact("Wallet")).toHaveText(wallet.name);
    await expect(example.fact("The wallet's chain")).toHaveText("80002");
    await expect(example.alerts).toHaveCount(0);
    expect(await devnet.isDeployed(await devnet.accountOf(wallet.address))).toBe(false);
  });

  await test.step("another chain and another account", async () => {
    await wallet.switchChain(1);
    await expect(example.fact("The wallet's chain")).toHaveText("1");
    const to = (await example.goTo("use_session")).field("To");
    await expect(to).toHaveValue(await devnet.accountOf(wallet.address));
    await wallet.switchAccount();
    await expect(to).toHaveValue(await devnet.accountOf(wallet.address));
    await example.goTo(example.hook);
    await expect(example.fact("Owner")).toHaveText(wallet.address);
    await expect(example.fact("Smart account")).toHaveText(await devnet.accountOf(wallet.address));
  });

  await test.step("disconnecting leaves nothing behind", async () => {
    await example.button("Disconnect").click();
    for (const fact of facts) await expect(example.fact(fact)).toBeEmpty();
    await example.reload();
    await expect(example.connectWallet).toBeEnabled();
    await expect(example.fact("Smart account")).toBeEmpty();
  });
});
