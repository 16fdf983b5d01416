import { setTimeout as pause } from "node:timers/promises";

import type { DappPage } from "../pages/dapp-page.ts";
import type { Devnet } from "./devnet.ts";

/** When a page is killed. */
export interface Moment {
  /** Whether it is at this call, of those since something was pressed, counted from 1. */
  at: (call: number, method: string) => boolean;
  /** Whether that call still leaves the page, which then never learns the answer. */
  leaves: boolean;
}

/**
 * Presses something, and kills the page without a word to it at a call that it makes then. Gives whether there was such
 * a call before the page had shown one confirmed operation more.
 */
export async function killAt(
  { at, leaves }: Moment,
  dapp: DappPage,
  devnet: Devnet,
  press: () => Promise<void>,
): Promise<boolean> {
  const { page } = dapp;
  const confirmed = await dapp.confirmed.count();
  let calls = 0;
  let reached: Promise<unknown> | undefined;
  const pattern = `${devnet.url}/**`;
  await page.route(pattern, async (route) => {
    const { method } = route.request().postDataJSON() as { method: string };
    const isIt = !reached && at((calls += 1), method);
    if (isIt) reached = leaves ? route.fetch() : Promise.resolve();
    if (!reached) await route.continue();
  });
  await press();
  while (!reached) {
    if ((await dapp.confirmed.count()) > confirmed) {
      await page.unroute(pattern);
      break;
    }
    await pause(10);
  }
  if (!reached) return false;
  await reached;
  const crashed = page.waitForEvent("crash");
  const session = await page.context().newCDPSession(page);
  // There is nobody left to answer.
  session.send("Page.crash").catch(() => {});
  await crashed;
  await page.close();
  return true;
}
