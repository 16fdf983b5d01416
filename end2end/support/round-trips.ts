import type { Entry } from "./devnet.ts";

type Span = Pick<Entry, "start_ms" | "end_ms" | "methods">;

/**
 * The longest row of answered calls in which each began after the one before it had ended. What is waited for one
 * after the other is never more than this.
 */
export function longestChain<Call extends Span>(calls: Call[]): Call[] {
  const answered = calls.filter((call) => call.end_ms !== null);
  const chain: Call[] = [];
  // Whichever ends first leaves the most room for others.
  for (const call of answered.toSorted((a, b) => end(a) - end(b))) {
    const last = chain.at(-1);
    if (!last || call.start_ms >= end(last)) chain.push(call);
  }
  return chain;
}

/** The sequential round trips up to the first call of a method, and that one. Empty when there is no such call. */
export function roundTrips<Call extends Span>(log: Call[], last: string): Call[] {
  const sent = log.find((call) => call.methods.includes(last));
  if (!sent) return [];
  const before = log.filter((call) => call.end_ms !== null && call.end_ms <= sent.start_ms);
  return [...longestChain(before), sent];
}

/** Names of calls, for a message. */
export function names(calls: Span[]): string {
  return calls.map((call) => call.methods.join(" + ")).join(" → ");
}

function end(call: Span): number {
  return call.end_ms ?? Infinity;
}
