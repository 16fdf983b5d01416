import { generatePrivateKey, privateKeyToAddress } from "viem/accounts";

import { changeConfig, expect, test } from "../support/test.ts";
import { TestWallet, install } from "../support/wallet.ts";

const LOCAL = { name: "Local dev wallet" };

test("the devnet's own key can be connected", async ({ dapp }) => {
  await dapp.open();

  await dapp.connect(LOCAL);

  await expect(dapp.createSession).toBeEnabled();
});

test("a session of a local key mints", async ({ dapp, devnet, page }) => {
  const key = generatePrivateKey();
  await changeConfig(page, (config) => ({ ...config, devKeys: [key] }));
  await dapp.open();

  const account = await dapp.connect(LOCAL);
  expect(account).toBe(await devnet.accountOf(privateKeyToAddress(key)));
  await dapp.createSession.click();
  await dapp.waitConfirmed(1);
  await dapp.mint();

  expect(await devnet.nftsOf(account)).toHaveLength(1);
});

const withoutOne: [string, object][] = [
  ["names no keys", { devKeys: [] }],
  ["leaves them out", { devKeys: undefined }],
  ["has its node elsewhere", { rpc: "https://rpc.example/key" }],
  ["has its node at a name that begins like this machine's", { rpc: "http://localhost.example:8545" }],
];

for (const [what, change] of withoutOne) {
  test(`no local key is offered by a page whose config ${what}`, async ({ dapp, page }) => {
    await install(page, new TestWallet("First Wallet"), new TestWallet("Second Wallet"));
    await changeConfig(page, (config) => ({ ...config, ...change }));
    await dapp.open();

    await dapp.connectWallet.click();

    await expect(dapp.choice("First Wallet")).toBeVisible();
    expect(await dapp.choices()).toEqual(["First Wallet", "Second Wallet"]);
  });
}
