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

/** The codes that a failing service may lead to. */
const CODES = [
  "operation.timed_out",
  "operation.unanswered",
  "operation.wrong_hash",
  "refused.paymaster",
  "service.changed_operation",
  "service.failed",
  "service.malformed_answer",
  "service.not_json",
  "service.null_answer",
  "service.refused",
  "service.timed_out",
  "service.unreachable",
  "service.wrong_chain",
];

/** Fails unless a code is one that a failing service may lead to. */
export function expectDocumented(code: string): void {
  if (!CODES.includes(code)) throw new Error(`a failing service leads to ${code}`);
}

/** Whether an alert says that an operation may have been sent or not. */
export function isDoubt(code: string): boolean {
  return ["operation.unanswered", "operation.wrong_hash"].includes(code);
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
