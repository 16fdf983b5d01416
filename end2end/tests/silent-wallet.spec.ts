import { expect, test } from "../support/test.ts";

const SEND = "eth_sendUserOperation";

test("a wallet that does not answer can be given up, and the action tried again at once", async ({
  dapp,
  devnet,
  sessions,
  wallet,
}) => {
  await dapp.start(wallet);
  await devnet.clearLog();
  const answerFirst = wallet.hold();
  await dapp.createSession.click();
  await expect.poll(() => wallet.prompts.length).toBe(1);
  await expect(dapp.createSession).toBeDisabled();
  await dapp.cancel.click();

  await expect(dapp.createSession).toBeEnabled();
  await expect(dapp.cancel).toHaveCount(0);
  await expect(dapp.statuses).toHaveCount(0);
  await expect(dapp.alerts).toHaveCount(0);

  // The first request still waits in the wallet.
  wallet.hold()();
  await dapp.createSession.click();
  await dapp.waitConfirmed(1);
  await dapp.mint();

  answerFirst();
  await dapp.visit("Sessions");
  await expect(sessions.of("Active")).toHaveCount(1);
  await expect(sessions.entries).toHaveCount(1);
  await expect(sessions.notices).toHaveCount(0);
  const sent = (await devnet.methods()).filter((method) => method === SEND);
  expect(sent).toHaveLength(2);
});

test("a late answer to a request that was given up sends nothing", async ({ dapp, devnet, sessions, wallet }) => {
  await dapp.start(wallet);
  await devnet.clearLog();
  const answer = wallet.hold();
  await dapp.createSession.click();
  await expect.poll(() => wallet.prompts.length).toBe(1);
  await dapp.cancel.click();
  await expect(dapp.createSession).toBeEnabled();

  answer();
  await dapp.visit("Sessions");
  await expect(dapp.page.getByText("No session is known in this browser.")).toBeVisible();
  await expect(sessions.entries).toHaveCount(0);
  await dapp.visit("Mint");
  await dapp.createSession.click();
  await dapp.waitConfirmed(1);
  const sent = (await devnet.methods()).filter((method) => method === SEND);
  expect(sent).toHaveLength(1);
});
