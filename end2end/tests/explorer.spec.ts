import type { Locator } from "@playwright/test";

import { changeConfig, expect, test } from "../support/test.ts";

const EXPLORER = "https://scan.example/amoy";

/** What `config.json` names, and the page of a transaction, if there is one. */
const chains: [string, string | null, ((transaction: string) => string) | undefined][] = [
  ["a chain with an explorer", EXPLORER, (transaction) => `${EXPLORER}/tx/${transaction}`],
  ["a chain whose explorer is named with a slash", `${EXPLORER}/`, (transaction) => `${EXPLORER}/tx/${transaction}`],
  ["a chain without an explorer", null, undefined],
];

for (const [chain, explorer, pageOf] of chains) {
  test(`on ${chain}, each page ${pageOf ? "links every transaction to its page there" : "shows transactions without a link"}`, async ({
    activity,
    dapp,
    devnet,
    page,
    sessions,
    wallet,
  }) => {
    await changeConfig(page, (config) => ({ ...config, explorer }));
    const check = async (places: Locator, transactions: string[]) => {
      await expect(places).toHaveCount(transactions.length);
      for (const [index, transaction] of transactions.entries()) {
        const place = places.nth(index);
        await expect(place).toContainText(transaction);
        const link = place.getByRole("link");
        if (!pageOf) {
          await expect(link).toHaveCount(0);
          continue;
        }
        await expect(link).toHaveText(transaction);
        await expect(link).toHaveAttribute("href", pageOf(transaction));
        await expect(link).toHaveAttribute("target", "_blank");
        await expect(link).toHaveAttribute("rel", "noreferrer");
      }
    };

    await dapp.startWithSession(wallet);
    await dapp.mint();
    const [granted, minted] = await dapp.waitConfirmed(2);
    await check(dapp.confirmed, [granted!, minted!]);
    expect(await devnet.succeeded(minted!)).toBe(true);

    await dapp.visit("Sessions");
    await sessions.button(sessions.entries, "Renew").click();
    const [renewed] = await sessions.waitConfirmed(1);
    await check(sessions.confirmed, [renewed!]);

    await sessions.visit("Activity");
    const transactions = activity.fact(activity.operations, "Transaction");
    await check(transactions, [renewed!, minted!, granted!]);
    await activity.reload();
    await check(transactions, [renewed!, minted!, granted!]);
  });
}
