import type { Fault } from "./devnet.ts";

/** What goes wrong with a call, by the name that the table gives it: every kind of the devnet's control. */
export const FAULTS: [string, Omit<Fault, "match">][] = [
  ["500", { kind: "500" }],
  ["500 html", { kind: "500html" }],
  ["200 html", { kind: "200html" }],
  ["200 error", { kind: "200error", message: "out of order" }],
  ["400 error", { kind: "400error", message: "out of order" }],
  ["null", { kind: "200null" }],
  ["drop", { kind: "drop" }],
  ["delay", { kind: "delay", ms: 300 }],
  ["another answer", { kind: "rewrite", result: { unexpected: "0x07" } }],
  [
    "garbage in it",
    {
      kind: "merge",
      result: {
        callGasLimit: "much",
        maxFeePerGas: [],
        paymasterAndData: "0x123",
        userOpHash: "0x00",
        receipt: 7,
        transactionHash: "none",
        logs: "none",
        blockNumber: -1,
      },
    },
  ],
];

/** The documented errors that a failing service may lead to, by the words that the page has for them. */
const ERRORS: [string, RegExp][] = [
  ["Unanswered", /; nobody knows whether the operation 0x[0-9a-f]{64} was taken, so wait for it/],
  ["TimedOut", /^the operation 0x[0-9a-f]{64} was not confirmed within 300 s; it still may be: wait again/],
  ["WrongHash", /^the bundler answered with the hash 0x[0-9a-f]{64}, but the operation's is 0x/],
  ["WrongChain", /^the (chain's node|bundler) is on chain \d+, not on 80002: correct its address/],
  ["Service: Unreachable", /^the (chain's node|bundler|paymaster) cannot be reached: check that it runs/],
  ["Service: TimedOut", /^the (chain's node|bundler|paymaster) gave no answer within \d+ s: try again/],
  ["Service: NotJson", /^the (chain's node|bundler|paymaster) answered HTTP 200 with something that is not JSON/],
  ["Service: Http", /^the (chain's node|bundler|paymaster) answered HTTP 500 \(its own failure\): try again later/],
  ["Service: Missing", /^the (chain's node|bundler|paymaster) answered null where a value must be: try again/],
  ["Service: Malformed", /^the (chain's node|bundler|paymaster) gave an answer that cannot be right, so check/],
  ["Service: Changed", /^the paymaster tried to change \w+ of the operation, which it may not: nothing was signed/],
  ["Service: Refused", /^the (chain's node|bundler|paymaster) refused: /],
];

/** The error that an alert stands for. */
export function errorOf(alert: string): string {
  const error = ERRORS.find(([, words]) => words.test(alert));
  if (!error) throw new Error(`no documented error says "${alert}"`);
  return error[0];
}

/** Whether an alert says that an operation may have been sent or not. */
export function isDoubt(alert: string): boolean {
  return ERRORS.some(([error, words]) => ["Unanswered", "WrongHash"].includes(error) && words.test(alert));
}

/** One combination, and how it ended. */
export interface Row {
  act: string;
  call: string;
  fault: string;
  end: string;
}

/** Rows in columns. */
export function table(rows: Row[]): string {
  const columns = ["act", "call", "fault", "end"] as const;
  const widths = columns.map((column) => Math.max(...rows.map((row) => row[column].length)));
  const line = (row: Row) => columns.map((column, index) => row[column].padEnd(widths[index]!)).join("  ");
  return rows.map((row) => line(row).trimEnd()).join("\n");
}
