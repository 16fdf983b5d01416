import { type Calls, Fault, type Service } from "./fault.ts";

const GARBAGE = {
  callGasLimit: "much",
  maxFeePerGas: [],
  paymasterAndData: "0x123",
  userOpHash: "0x00",
  receipt: 7,
  transactionHash: "none",
  logs: "none",
  blockNumber: -1,
};

/** The faults of a call, by the name that the table gives them. */
export const FAULTS: [string, (calls: Calls) => Fault][] = [
  ["500", (calls) => calls.http(500)],
  ["500 html", (calls) => calls.html(500)],
  ["200 html", (calls) => calls.html(200)],
  ["200 error", (calls) => calls.refusal(-32000, "out of order").status(200)],
  ["400 error", (calls) => calls.refusal(-32000, "out of order").status(400)],
  ["null", (calls) => calls.null()],
  ["drop", (calls) => calls.drop()],
  ["delay", (calls) => calls.delay(300)],
  ["another answer", (calls) => calls.rewrite({ unexpected: "0x07" })],
  ["garbage in it", (calls) => calls.merge(GARBAGE)],
];

/** The calls that the table writes as service and method. */
export function select(call: string): Calls {
  const [service, method] = call.split(" ");
  return Fault.on(service as Service, method!);
}

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
