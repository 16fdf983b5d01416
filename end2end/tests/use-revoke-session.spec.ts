import { zeroHash } from "viem";

import { expect, test } from "../support/test.ts";
import { REJECTED } from "../support/wallet.ts";

test.use({ hook: "use_revoke_session" });

test("a session ends on the chain, and the other goes on", async ({ dapp, devnet, example, wallet }) => {
  const account = await dapp.startWithSession(wallet);
  await dapp.createSession.click();
  await dapp.waitConfirmed(2);
  await example.open();
  const options = example.example.getByRole("combobox", { name: "Session" }).getByRole("option");
  await expect(options).toHaveText([/: active$/, /: active$/]);
  const before = await devnet.sessionsOf(account);

  await example.button("Revoke").click();
  await example.waitConfirmed(1);

  await expect(options).toHaveText([/: revoked$/, /: active$/]);
  expect(await devnet.sessionsOf(account)).not.toBe(before);
  expect(wallet.prompts).toHaveLength(3);
  await dapp.open();
  await dapp.mint();
  expect(await devnet.nftsOf(account)).toHaveLength(1);
});

test("all end, also those of another device", async ({ devnet, example, otherDevice, wallet, watch }) => {
  watch.expectFailedRequests();
  const account = await otherDevice.startWithSession(wallet);
  await example.start(wallet);
  await expect(example.button("Revoke")).toBeDisabled();

  await example.button("Revoke all").click();
  await example.waitConfirmed(1);

  expect(await devnet.sessionsOf(account)).toBe(zeroHash);
  await otherDevice.mintWithSession.click();
  await expect(otherDevice.alert("session.none_active")).toBeVisible();
  expect(await devnet.nftsOf(account)).toEqual([]);
});

test("where there is none, that is said and nothing is signed", async ({ example, wallet }) => {
  await example.start(wallet);

  await example.button("Revoke all").click();

  await expect(example.alert("session.nothing_to_revoke")).toBeVisible();
  expect(wallet.prompts).toEqual([]);
});

test("a session that has ended cannot be ended again", async ({ dapp, devnet, example, wallet }) => {
  const account = await dapp.startWithSession(wallet);
  await example.open();
  await example.button("Revoke").click();
  await example.waitConfirmed(1);
  const prompts = wallet.prompts.length;

  await example.button("Revoke").click();

  await expect(example.alert("session.not_active")).toBeVisible();
  expect(wallet.prompts).toHaveLength(prompts);
  expect(await devnet.sessionsOf(account)).toBe(zeroHash);
});

test("a prompt that is rejected ends nothing, and can be asked again", async ({ dapp, devnet, example, wallet }) => {
  const account = await dapp.startWithSession(wallet);
  const before = await devnet.sessionsOf(account);
  await example.open();
  wallet.onSign = REJECTED;

  await example.button("Revoke").click();
  const alert = example.alert("owner.rejected");
  await expect(alert).toBeVisible();
  expect(await devnet.sessionsOf(account)).toBe(before);

  wallet.onSign = "honest";
  await example.remedy(alert, "Try again").click();
  await example.waitConfirmed(1);
  expect(await devnet.sessionsOf(account)).toBe(zeroHash);
});
