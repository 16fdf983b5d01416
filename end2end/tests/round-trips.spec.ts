import type { Entry } from "../support/devnet.ts";
import { longestChain, names, roundTrips } from "../support/round-trips.ts";
import { expect, test } from "../support/test.ts";

const SEND = "eth_sendUserOperation";

// That a page has learned what it needs before a button is pressed. How many trips each act takes of what is known then,
// `cargo xtask test core round_trips` counts.

// Enough for calls that are made together to be seen together, also on a machine that is busy with other work.
const LATENCY_MS = 500;

// What a page asks before a button is pressed, among other things. A busy page may be quiet before it asks.
const LEARNED = ["biconomy_getGasFeeValues", "eth_getCode"];

test("from the click to the send, creating a session takes at most 2 round trips", async ({
  dapp,
  devnet,
  wallet,
}, info) => {
  await devnet.latency(LATENCY_MS);
  await devnet.clearLog();
  await dapp.start(wallet);
  await devnet.answered(...LEARNED);
  await devnet.quiet();
  await devnet.clearLog();

  await dapp.createSession.click();
  await dapp.waitConfirmed(1);

  const trips = roundTrips(await devnet.log(), SEND);
  info.annotations.push({ type: "round trips", description: names(trips) });
  expect(trips.length, names(trips)).toBeGreaterThanOrEqual(1);
  expect(trips.length, names(trips)).toBeLessThanOrEqual(2);
});

test("from the click to the send, minting in a fresh page takes at most 2 round trips", async ({
  dapp,
  devnet,
  wallet,
}, info) => {
  await dapp.startWithSession(wallet);
  await devnet.latency(LATENCY_MS);
  await devnet.quiet();
  await devnet.clearLog();
  await dapp.reload();
  await expect(dapp.mintWithSession).toBeEnabled();
  await devnet.answered(...LEARNED);
  await devnet.quiet();
  await devnet.clearLog();

  await dapp.mintWithSession.click();
  await dapp.waitConfirmed(1);

  const trips = roundTrips(await devnet.log(), SEND);
  info.annotations.push({ type: "round trips", description: names(trips) });
  expect(trips.length, names(trips)).toBeGreaterThanOrEqual(1);
  expect(trips.length, names(trips)).toBeLessThanOrEqual(2);
});

test("minting takes as few after a minute in which nothing was done", async ({ dapp, devnet, page, wallet }, info) => {
  await page.clock.install();
  await dapp.startWithSession(wallet);
  await expect(dapp.mintWithSession).toBeEnabled();
  await devnet.latency(LATENCY_MS);
  await devnet.quiet();
  await devnet.clearLog();

  await page.clock.fastForward(61_000);
  await devnet.quiet();
  await devnet.clearLog();
  await dapp.mint();

  const trips = roundTrips(await devnet.log(), SEND);
  info.annotations.push({ type: "round trips", description: names(trips) });
  expect(trips.length, names(trips)).toBeGreaterThanOrEqual(1);
  expect(trips.length, names(trips)).toBeLessThanOrEqual(2);
});

test.describe("the counting itself", () => {
  const call = (method: string, start_ms: number, end_ms: number | null): Entry => ({
    id: 0,
    service: "node",
    methods: [method],
    start_ms,
    end_ms,
    status: 200,
    error: null,
  });
  const counted = (log: Entry[]) => names(roundTrips(log, "send"));

  test("calls that overlap count as one", () => {
    const log = [call("a", 0, 10), call("b", 1, 9), call("c", 2, 12), call("send", 20, 30)];

    expect(roundTrips(log, "send")).toHaveLength(2);
  });

  test("calls one after the other count each", () => {
    const log = [call("a", 0, 10), call("b", 10, 20), call("c", 21, 22), call("send", 30, 40)];

    expect(counted(log)).toBe("a → b → c → send");
  });

  test("the longest row is found beside a long call and before a short one", () => {
    const log = [call("long", 0, 100), call("a", 1, 20), call("b", 30, 50), call("c", 40, 45), call("d", 60, 90)];

    expect(names(longestChain(log))).toBe("a → c → d");
    expect(counted([...log, call("send", 101, 110)])).toBe("a → c → d → send");
  });

  test("what is not answered before the send does not count", () => {
    const unanswered = [call("slow", 11, 35), call("lost", 11, null)];
    const log = [call("a", 0, 10), ...unanswered, call("send", 30, 40), call("d", 50, 60)];

    expect(counted(log)).toBe("a → send");
  });

  test("without the send there is nothing to count", () => {
    expect(roundTrips([call("a", 0, 10)], "send")).toEqual([]);
  });
});
