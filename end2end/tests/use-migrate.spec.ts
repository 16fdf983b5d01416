import { MintPage } from "../pages/mint-page.ts";
import { expect, test } from "../support/test.ts";
import { REJECTED } from "../support/wallet.ts";

test.use({ hook: "use_migrate" });

test("an account with a session moves to Nexus, and mints there at its old address", async ({
  devnet,
  example,
  page,
  wallet,
}) => {
  const dapp = new MintPage(page);
  await dapp.open();
  const account = await dapp.connect(wallet);
  await dapp.createSession.click();
  await dapp.waitConfirmed(1);
  await dapp.mint();

  await test.step("what is left behind is named first", async () => {
    await example.open();
    await expect(example.example).toContainText("Left behind: 1 session, which ends.");
    wallet.onSign = REJECTED;
    await example.button("Move").click();
    const rejected = example.alert("owner.rejected");
    await expect(rejected).toBeVisible();
    wallet.onSign = "honest";
    await example.remedy(rejected, "Try again").click();
    const [transaction] = await example.waitConfirmed(1);
    expect(await devnet.succeeded(transaction!)).toBe(true);
    await expect(example.example).toContainText("It has moved.");
    await expect(example.button("Move")).toBeDisabled();
  });

  await test.step("the same address works through the kind of moved accounts", async () => {
    await dapp.visit("Mint");
    await dapp.disconnect.click();
    await dapp.accountKind.selectOption("Nexus (moved)");
    expect(await dapp.connect(wallet)).toBe(account);
    await dapp.createSession.click();
    await expect(dapp.ready).toBeVisible();
    await dapp.mint();
    expect(await devnet.nftsOf(account)).toHaveLength(2);
    await expect(dapp.alerts).toHaveCount(0);
  });
});

test("a Nexus account has nowhere to move", async ({ example, page, wallet }) => {
  const dapp = new MintPage(page);
  await dapp.open();
  await dapp.accountKind.selectOption("Nexus");
  await dapp.connect(wallet);
  await example.open();
  await expect(example.example).toContainText("An account of the kind Nexus has nowhere to move.");
  await expect(example.button("Move")).toHaveCount(0);
});
