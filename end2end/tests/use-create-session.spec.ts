import { expect, test } from "../support/test.ts";
import { REJECTED } from "../support/wallet.ts";

test("a session is created with one prompt, and the account is deployed by it", async ({ dapp, devnet, wallet }) => {
  const account = await dapp.start(wallet);
  expect(account).toBe(await devnet.accountOf(wallet.address));

  await dapp.createSession.click();
  const [transaction] = await dapp.waitConfirmed(1);

  expect(await devnet.succeeded(transaction!)).toBe(true);
  expect(wallet.prompts).toHaveLength(1);
  await expect(dapp.mintWithSession).toBeEnabled();
  await expect(dapp.alerts).toHaveCount(0);
});

test("while the wallet asks, the button is busy and cannot be pressed again", async ({ dapp, wallet }) => {
  await dapp.start(wallet);
  await expect(dapp.createSession).toBeEnabled();
  await expect(dapp.createSession).toHaveAttribute("aria-busy", "false");
  const release = wallet.hold();

  await dapp.createSession.click();

  await expect.poll(() => wallet.prompts).toHaveLength(1);
  await expect(dapp.createSession).toBeDisabled();
  await expect(dapp.createSession).toHaveAttribute("aria-busy", "true");
  await expect(dapp.statuses).toHaveText([/wallet asks/]);
  release();
  await dapp.waitConfirmed(1);
  await expect(dapp.createSession).toBeEnabled();
  await expect(dapp.createSession).toHaveAttribute("aria-busy", "false");
  expect(wallet.prompts).toHaveLength(1);
});

test("a second session in the same page works as the first did", async ({ dapp, devnet, wallet }) => {
  const account = await dapp.startWithSession(wallet);

  await dapp.createSession.click();
  const transactions = await dapp.waitConfirmed(2);
  await dapp.mint();

  expect(new Set(transactions).size).toBe(2);
  for (const transaction of transactions) expect(await devnet.succeeded(transaction)).toBe(true);
  expect(await devnet.nftsOf(account)).toHaveLength(1);
  expect(wallet.prompts).toHaveLength(2);
});

test("a rejected prompt leaves the session before it working", async ({ dapp, devnet, wallet }) => {
  const account = await dapp.startWithSession(wallet);
  wallet.onSign = REJECTED;

  await dapp.createSession.click();
  await expect(dapp.alert("rejected in the wallet: nothing was signed and nothing was sent")).toBeVisible();
  await expect(dapp.createSession).toBeEnabled();
  await dapp.mint();
  expect(await devnet.nftsOf(account)).toHaveLength(1);

  wallet.onSign = "honest";
  await dapp.createSession.click();
  await dapp.waitConfirmed(3);
  await expect(dapp.alerts).toHaveCount(0);
  await dapp.mint();
  expect(await devnet.nftsOf(account)).toHaveLength(2);
});

test("a first prompt that is rejected can be asked again from the alert", async ({ dapp, wallet }) => {
  await dapp.start(wallet);
  wallet.onSign = REJECTED;
  await dapp.createSession.click();
  const alert = dapp.alert("rejected in the wallet");
  await expect(alert).toBeVisible();
  await expect(dapp.mintWithSession).toBeDisabled();

  wallet.onSign = "honest";
  await dapp.remedy(alert, "Try again").click();

  await dapp.waitConfirmed(1);
  await expect(dapp.alerts).toHaveCount(0);
});

test("a refused grant leaves the session before it working", async ({ dapp, devnet, wallet, watch }) => {
  watch.expectFailedRequests();
  await dapp.startWithSession(wallet);
  await devnet.fail({
    match: "bundler eth_sendUserOperation",
    kind: "400error",
    code: -32500,
    message: "AA21 didn't pay prefund",
  });

  await dapp.createSession.click();
  await expect(dapp.alert(/bundler refused.*AA21/)).toBeVisible();
  await devnet.heal();
  await dapp.mint();

  await dapp.createSession.click();
  await dapp.waitConfirmed(3);
  await dapp.mint();
});

test("leaving the page while the wallet asks leaves the session before it working", async ({ dapp, wallet }) => {
  await dapp.startWithSession(wallet);
  const release = wallet.hold();
  await dapp.createSession.click();
  await expect.poll(() => wallet.prompts).toHaveLength(2);

  await dapp.reload();
  release();

  await dapp.mint();
});

test("sessions of another device end only when the user says so", async ({
  dapp,
  otherDevice,
  devnet,
  wallet,
  watch,
}) => {
  watch.expectFailedRequests();
  const account = await dapp.startWithSession(wallet);
  await dapp.mint();
  expect(await otherDevice.start(wallet)).toBe(account);

  await otherDevice.createSession.click();
  const alert = otherDevice.alert(/another device.*would end them/);
  await expect(alert).toBeVisible();
  expect(wallet.prompts).toHaveLength(1);
  await dapp.mint();

  await otherDevice.remedy(alert, "Replace them").click();
  await otherDevice.waitConfirmed(1);
  await expect(otherDevice.alerts).toHaveCount(0);
  await otherDevice.mint();
  expect(await devnet.nftsOf(account)).toHaveLength(3);

  await dapp.mintWithSession.click();
  await expect(dapp.alert(/no active session here: create one first/)).toBeVisible();
  expect(await devnet.nftsOf(account)).toHaveLength(3);
});
