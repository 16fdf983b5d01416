import { expect, test } from "../support/test.ts";

test("what a session has used and has left is counted down after each mint, and kept over a reload", async ({
  dapp,
  devnet,
  page,
  sessions,
  wallet,
}) => {
  await dapp.open();
  await dapp.accountKind.selectOption("Nexus");
  const account = await dapp.connect(wallet);
  await dapp.createSession.click();
  await expect(dapp.ready).toBeVisible();
  await expect(page.getByText("Not used yet.")).toBeVisible();
  const left = page.getByRole("list", { name: "What is left" }).getByRole("listitem");
  await dapp.visit("Sessions");
  await expect(left).toHaveText("100 left: at most 100 calls");

  await sessions.visit("Mint");
  await dapp.mint();
  await expect(page.getByText("Used once: 1 wallet prompt spared.")).toBeVisible();
  await dapp.visit("Sessions");
  await expect(left).toHaveText("99 left: at most 100 calls");
  await sessions.visit("Mint");
  await dapp.mint();

  await dapp.visit("Sessions");
  const check = async () => {
    await expect(sessions.entries).toContainText("Used 2 times: 2 wallet prompts spared.");
    await expect(left).toHaveText("98 left: at most 100 calls");
    await expect(left.getByRole("progressbar", { name: "at most 100 calls" })).toHaveAttribute("value", "98");
  };
  await check();
  await sessions.reload();
  await check();
  expect(await devnet.nftsOf(account)).toHaveLength(2);
  expect(wallet.prompts).toHaveLength(1);
});

test("a session without limits tells its uses alone", async ({ dapp, page, sessions, wallet }) => {
  await dapp.startWithSession(wallet);
  await dapp.mint();

  await dapp.visit("Sessions");

  await expect(sessions.entries).toContainText("Used once: 1 wallet prompt spared.");
  await expect(page.getByRole("list", { name: "What is left" })).toHaveCount(0);
});
