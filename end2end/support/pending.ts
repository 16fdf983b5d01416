import { type Page, expect } from "@playwright/test";

import type { MintPage } from "../pages/mint-page.ts";
import { keptTexts } from "./kept.ts";

/** The operations of which a page's browser keeps that their end is not known. */
export async function pendingIn(page: Page): Promise<unknown[]> {
  const journals = (await keptTexts(page)).filter(([name]) => name.startsWith("use-aa:ops:"));
  return journals.flatMap(([, text]) => (JSON.parse(text) as { ops: unknown[] }).ops);
}

/**
 * Of all that was sent it becomes known what became of it; what never reached the bundler is cancelled, as the page
 * offers, unless all did. The page's clock must be in the test's hands.
 */
export async function expectAllEnded(dapp: MintPage, { cancels = true } = {}): Promise<void> {
  const { page } = dapp;
  const cancel = page.getByRole("button", { name: "Cancel", disabled: false }).first();
  const pending = async () => {
    // What is being made or sent must not run out of time.
    if ((await page.locator("[aria-busy=true]").count()) === 0) await page.clock.fastForward(3_000);
    if (cancels && (await cancel.count()) > 0) await cancel.click({ timeout: 1000 }).catch(() => {});
    return pendingIn(page);
  };
  await expect.poll(pending, { timeout: 40_000, intervals: [300] }).toEqual([]);
}
