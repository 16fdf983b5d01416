import type { Address } from "viem";

import type { MintPage } from "../pages/mint-page.ts";
import { Fault } from "../support/fault.ts";
import { changeConfig, expect, test } from "../support/test.ts";

const SOMEBODY: Address = "0x000000000000000000000000000000000000dEaD";

test("the NFTs of a collection that lists nobody's are found by their transfers, or said to be out of sight", async ({
  dapp,
  devnet,
  page,
  wallet,
  watch,
}) => {
  watch.expectFailedRequests();
  await changeConfig(page, (config) => ({ ...config, nft: devnet.plainNft }));
  const account = await dapp.startWithSession(wallet);
  await expect(dapp.nfts).toHaveCount(0);
  for (let minted = 1; minted <= 3; minted++) {
    await dapp.mint();
    await expect(dapp.nfts).toHaveCount(minted);
  }
  const [latest, middle, first] = await numbers(dapp);
  // Others mint in between.
  expect(latest! > middle! && middle! > first!).toBe(true);

  await devnet.giveAway(middle!, account, SOMEBODY);
  await dapp.reload();
  await expect(dapp.nfts).toHaveCount(2);
  expect(await numbers(dapp)).toEqual([latest, first]);

  const search = Fault.on("node", "eth_getLogs");
  await devnet.fail(search.refusal(-32601, "no logs here"));
  await dapp.reload();
  const refused = dapp.alert("service.no_such_method");
  await expect(refused).toBeVisible();
  await expect(dapp.nfts).toHaveCount(0);
  await devnet.fail(search.rewrite([]));
  await dapp.remedy(refused, "Try again").click();
  const untold = dapp.alert("service.malformed_answer");
  await expect(untold).toBeVisible();
  await devnet.heal();
  await dapp.remedy(untold, "Try again").click();
  await expect(dapp.nfts).toHaveCount(2);
  await expect(dapp.alerts).toHaveCount(0);
});

/** The numbers of the NFTs in the page's order. */
async function numbers(dapp: MintPage): Promise<bigint[]> {
  const names = await dapp.nfts.evaluateAll((images) => images.map((image) => image.getAttribute("alt") ?? ""));
  return names.map((name) => BigInt(name.replace("Night Bloom #", "")));
}
