import { press, reach } from "../support/keyboard.ts";
import { expect, test } from "../support/test.ts";

test("a session lives its whole life by the keyboard alone: from the wallet to the end, and what came of it", async ({
  activity,
  dapp,
  devnet,
  page,
  sessions,
  wallet,
  watch,
}) => {
  watch.expectFailedRequests();
  const visit = async (name: string) => {
    const link = page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name, exact: true });
    await press(page, link);
    await expect(link).toHaveAttribute("aria-current", "page");
  };
  await dapp.open();
  await press(page, dapp.connectWallet);
  await press(page, dapp.choice(wallet.name));
  const account = await dapp.address();
  await press(page, dapp.createSession);
  await dapp.waitConfirmed(1);
  await press(page, dapp.mintWithSession);
  await dapp.waitConfirmed(2);
  await press(page, dapp.mintToAnother);
  await expect(dapp.alert("forbidden.by_chain")).toBeVisible();
  await press(page, dapp.remedy(dapp.alerts, "Dismiss"));
  await expect(dapp.alerts).toHaveCount(0);

  await visit("Sessions");
  await press(page, sessions.button(sessions.entries, "Renew"));
  await sessions.waitConfirmed(1);
  await expect(sessions.of("Active")).toHaveCount(1);
  await reach(page, sessions.box(sessions.of("Active")));
  await page.keyboard.press("Space");
  await press(page, sessions.revokeSelected);
  await expect(sessions.of("Revoked")).toHaveCount(2);

  await visit("Activity");
  await expect(activity.operations).toHaveCount(4);
  await press(page, activity.clear);
  await expect(activity.operations).toHaveCount(0);
  await visit("Mint");
  await press(page, dapp.disconnect);
  await expect(dapp.account).toHaveCount(0);
  expect(await devnet.nftsOf(account)).toHaveLength(1);
});
