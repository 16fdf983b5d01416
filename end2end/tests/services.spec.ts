import { changeConfig, expect, test } from "../support/test.ts";

const dialects = [
  { bundler: "standard", paymaster: "erc7677" },
  { bundler: "pimlico", paymaster: "erc7677" },
] as const;

for (const { bundler, paymaster } of dialects) {
  test(`a ${bundler} bundler and an ${paymaster} paymaster serve as well`, async ({ dapp, devnet, page, wallet }) => {
    await changeConfig(page, (config) => ({
      ...config,
      bundler: { kind: bundler, url: `${devnet.url}/bundler` },
      paymaster: { kind: paymaster, url: `${devnet.url}/paymaster` },
    }));
    await devnet.clearLog();

    const account = await dapp.startWithSession(wallet);
    await dapp.mint();

    expect(await devnet.nftsOf(account)).toHaveLength(1);
    expect(await devnet.balance(account)).toBe(0n);
    expect(wallet.prompts).toHaveLength(1);
    const services = (await devnet.log()).map((entry) => entry.service);
    expect(services.filter((service) => service.startsWith("biconomy"))).toEqual([]);
  });
}

test("without a paymaster the account pays", async ({ dapp, devnet, page, wallet }) => {
  await changeConfig(page, (config) => ({
    ...config,
    bundler: { kind: "standard", url: `${devnet.url}/bundler` },
    paymaster: null,
  }));
  await devnet.fund(await devnet.accountOf(wallet.address));
  const account = await dapp.start(wallet);
  const before = await devnet.balance(account);

  await dapp.createSession.click();
  await dapp.waitConfirmed(1);
  await dapp.mint();

  expect(await devnet.nftsOf(account)).toHaveLength(1);
  expect(await devnet.balance(account)).toBeLessThan(before);
});

test("an account that cannot pay is told so", async ({ dapp, devnet, page, wallet }) => {
  await changeConfig(page, (config) => ({
    ...config,
    bundler: { kind: "standard", url: `${devnet.url}/bundler` },
    paymaster: null,
  }));
  await dapp.start(wallet);

  await dapp.createSession.click();

  await expect(dapp.alert("refused.account_cannot_pay")).toBeVisible();
  await expect(dapp.createSession).toBeEnabled();
});
