import { generatePrivateKey, privateKeyToAddress } from "viem/accounts";

import { changeConfig, expect, test } from "../support/test.ts";

test("a session of a local key mints", async ({ dapp, devnet, page }) => {
  const key = generatePrivateKey();
  await changeConfig(page, (config) => ({ ...config, devKeys: [key] }));
  await dapp.open();

  const account = await dapp.connect({ name: "Local dev wallet" });
  expect(account).toBe(await devnet.accountOf(privateKeyToAddress(key)));
  await dapp.createSession.click();
  await dapp.waitConfirmed(1);
  await dapp.mint();

  expect(await devnet.nftsOf(account)).toHaveLength(1);
});
