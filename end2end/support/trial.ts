import { setTimeout as pause } from "node:timers/promises";

import type { Locator } from "@playwright/test";

import type { DappPage } from "../pages/dapp-page.ts";

/** The codes of errors that leave it open whether an operation was sent. */
const IN_DOUBT = ["operation.unanswered", "operation.wrong_hash"];

/** What a page shows of something that was done. */
interface Seen {
  /** Transactions that are confirmed and were not before. */
  confirmed: string[];
  /** The codes of the alerts. */
  codes: string[];
  isUnderWay: boolean;
}

/** Longer than anything takes that does not hang. */
const SOON_MS = 60_000;

/** Something that goes wrong from the moment it is called, until what it gives is called. */
export type Trouble = () => Promise<() => Promise<void>>;

/**
 * Presses a button while something goes wrong, then, once that is over, what the page offers, until it is done. Gives
 * how it ended at first: with success, or with the codes of the errors that the page told.
 */
export async function tryUnder(
  trouble: Trouble,
  dapp: DappPage,
  button: Locator,
  meanwhile?: () => Promise<void>,
): Promise<string> {
  const before = await confirmed(dapp);
  const end = await trouble();
  await button.click({ timeout: SOON_MS });
  const seen = await settled(dapp, before, meanwhile);
  const done = seen.confirmed;
  const codes = [...new Set(seen.codes)];
  await end();
  if (codes.length + done.length === 0) throw new Error("nothing is said of how it ended");
  await goOn(dapp, button, before);
  return done.length > 0 ? ["success", ...codes].join(", then ") : codes.join(" and ");
}

/** Follows what the page offers until it is done and nobody complains. */
async function goOn(dapp: DappPage, button: Locator, before: string[]): Promise<void> {
  const MOST = 10;
  const alert = dapp.alerts.first();
  const next = alert.getByRole("button").filter({ hasNotText: "Dismiss" }).first();
  for (let step = 0; step < MOST; step += 1) {
    const seen = await settled(dapp, before);
    if (seen.codes.length === 0 && seen.confirmed.length > 0) return;
    if (seen.codes.length === 0) {
      await button.click({ timeout: SOON_MS });
      continue;
    }
    const offered = (await next.count()) > 0 ? next : dapp.remedy(alert, "Dismiss");
    // What was in doubt may be confirmed just now, and there is nothing to press any more.
    await offered.click({ timeout: 1000 }).catch(() => {});
  }
  throw new Error(`after ${MOST} steps it still says ${(await look(dapp, before)).codes.join(" and ")}`);
}

/** What the page shows once it has come to an end: something confirmed, an alert, or for a while nothing at all. */
async function settled(dapp: DappPage, before: string[], meanwhile = async () => {}): Promise<Seen> {
  const STEP_MS = 50;
  const IDLE_MS = 1_500;
  const deadline = Date.now() + SOON_MS;
  let last = "";
  let since = Date.now();
  for (;;) {
    const seen = await look(dapp, before);
    const now = JSON.stringify(seen);
    // Parts of the page change one after the other.
    const least = seen.codes.length + seen.confirmed.length > 0 ? 2 * STEP_MS : IDLE_MS;
    if (now !== last) since = Date.now();
    else if (!seen.isUnderWay && Date.now() - since >= least) return seen;
    if (Date.now() > deadline) throw new Error(`it hangs: ${now}`);
    last = now;
    await meanwhile();
    await pause(STEP_MS);
  }
}

async function look(dapp: DappPage, before: string[]): Promise<Seen> {
  const [now, codes, statuses, busy] = await Promise.all([
    confirmed(dapp),
    dapp.alerts.evaluateAll((alerts) => alerts.map((alert) => alert.getAttribute("data-code") ?? "none")),
    dapp.statuses.allTextContents(),
    dapp.page.locator("[aria-busy=true]").count(),
  ]);
  const isWaiting = statuses.some((status) => status.startsWith("Sent, waiting"));
  const isPreparing = statuses.some((status) => status.startsWith("Preparing"));
  return {
    confirmed: now.filter((transaction) => !before.includes(transaction)),
    codes,
    // What is in doubt is waited for as well, and the page says what to do meanwhile.
    isUnderWay: busy > 0 || isPreparing || (isWaiting && !codes.some((code) => IN_DOUBT.includes(code))),
  };
}

async function confirmed(dapp: DappPage): Promise<string[]> {
  return dapp.confirmed.allTextContents();
}
