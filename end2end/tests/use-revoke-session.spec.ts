import { expect, test } from "../support/test.ts";
import { REJECTED } from "../support/wallet.ts";

test.use({ hook: "use_revoke_session" });

test("a session ends on the chain once its owner agrees, and the other goes on", async ({
  dapp,
  devnet,
  example,
  wallet,
}) => {
  const account = await example.start(wallet);
  await test.step("where there is none", async () => {
    await expect(example.button("Revoke")).toBeDisabled();
    await example.button("Revoke all").click();
    await expect(example.alert("session.nothing_to_revoke")).toBeVisible();
    expect(wallet.prompts).toEqual([]);
  });
  const create = await example.goTo("use_create_session");
  for (const count of [1, 2]) {
    await create.button("Create session").click();
    await create.waitConfirmed(count);
  }
  await create.goTo(example.hook);
  const options = example.example.getByRole("combobox", { name: "Session" }).getByRole("option");
  await expect(options).toHaveText([/: active$/, /: active$/]);
  const before = await devnet.sessionsOf(account);

  await test.step("the wallet rejects", async () => {
    wallet.onSign = REJECTED;
    await example.button("Revoke").click();
    await expect(example.alert("owner.rejected")).toBeVisible();
    expect(await devnet.sessionsOf(account)).toBe(before);
    wallet.onSign = "honest";
  });
  await example.remedy(example.alerts, "Try again").click();
  await example.waitConfirmed(1);
  await expect(options).toHaveText([/: revoked$/, /: active$/]);
  const after = await devnet.sessionsOf(account);
  expect(after).not.toBe(before);
  expect(wallet.prompts).toHaveLength(4);

  await test.step("it has ended already", async () => {
    await example.button("Revoke").click();
    await expect(example.alert("session.not_active")).toBeVisible();
    expect(wallet.prompts).toHaveLength(4);
    expect(await devnet.sessionsOf(account)).toBe(after);
  });
  await dapp.open();
  await dapp.mint();
  expect(await devnet.nftsOf(account)).toHaveLength(1);
});
