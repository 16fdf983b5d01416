import { Fault, KINDS } from "../support/fault.ts";
import { expect, test } from "../support/test.ts";

test("the devnet understands each kind of fault as it is written here", async ({ devnet }) => {
  const calls = Fault.on("bundler", "eth_sendUserOperation");
  const faults = [
    calls.refusal(-32500, "no").status(429).retryAfter(7).skip(1).times(2),
    calls.html(502),
    calls.null(),
    calls.drop(),
    calls.delay(300),
    calls.rewrite("0x"),
    calls.merge({ success: true }),
    calls.twice(),
    Fault.on("paymaster", "*").http(401),
    Fault.any().drop(),
  ];

  await devnet.fail(...faults);

  const response = await fetch(`${devnet.url}/control`);
  const standing = ((await response.json()) as { faults: { kind: string | object }[] }).faults;
  expect(standing).toEqual(JSON.parse(JSON.stringify(faults)));
  const kinds = standing.map(({ kind }) => (typeof kind === "string" ? kind : Object.keys(kind)[0]));
  expect(new Set(kinds)).toEqual(new Set(Object.keys(KINDS)));
});
