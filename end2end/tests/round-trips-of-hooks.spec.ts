import { HookPage } from "../pages/hook-page.ts";
import { longestChain, names, roundTrips } from "../support/round-trips.ts";
import { expect, test } from "../support/test.ts";

const SEND = "eth_sendUserOperation";
const DOLLAR = 1_000_000n;

// Enough for calls that are made together to be seen together.
const LATENCY_MS = 100;

// Which signature the chain's batch router takes is learned from a refusal.
test.beforeEach(({ watch }) => watch.expectFailedRequests());

test("no hook takes more than 3 round trips", async ({ devnet, page, wallet }, info) => {
  test.setTimeout(180_000);
  const first = new HookPage(page, "use_deploy_smart_account");
  const account = await first.start(wallet);
  await devnet.fund(account);
  await devnet.giveTokens(account, 20n * DOLLAR);
  await devnet.latency(LATENCY_MS);
  const table: string[] = [];
  const note = (hook: string, calls: number, row: string[]) => {
    table.push(`| \`${hook}\` | ${calls} | ${row.length} | ${row.join(", ")} |`);
    expect(row.length, `${hook}: ${row.join(" → ")}`).toBeGreaterThanOrEqual(1);
    expect(row.length, `${hook}: ${row.join(" → ")}`).toBeLessThanOrEqual(3);
  };

  const acts: [hook: string, button: string, prepare?: (example: HookPage) => Promise<void>][] = [
    ["use_deploy_smart_account", "Deploy"],
    ["use_send_transaction", "Mint"],
    ["use_send_sponsored_transaction", "Mint"],
    [
      "use_send_gas_token_transaction",
      "Mint and pay in tokens",
      async (example) => expect(example.button("Mint and pay in tokens")).toBeEnabled(),
    ],
    ["use_create_session", "Create session"],
    ["use_session", "Mint with session"],
    ["use_create_batch_session", "Create batch session"],
    ["use_batch_session", "Pay and mint"],
    ["use_send_withdrawals", "Withdraw", async (example) => example.field("Tokens to withdraw").fill("1")],
  ];
  for (const [hook, button, prepare] of acts) {
    const example = hook === first.hook ? first : await first.goTo(hook);
    // What is known is asked for again every half minute: now, and not while it is counted.
    await devnet.quiet();
    await devnet.clearLog();
    await example.reload();
    await prepare?.(example);
    await expect(example.button(button)).toBeEnabled();
    await devnet.quiet();
    await devnet.clearLog();

    await example.button(button).click();
    await example.waitConfirmed(1);

    const log = await devnet.log();
    const sent = log.findIndex((call) => call.methods.includes(SEND));
    note(hook, sent + 1, roundTrips(log, SEND).map((call) => names([call])));
  }
  for (const hook of ["use_token_fees", "use_gas_estimate"]) {
    await devnet.quiet();
    await devnet.clearLog();
    await first.reload();
    await devnet.quiet();
    await devnet.clearLog();

    await first.goTo(hook);

    await devnet.quiet();
    const log = await devnet.log();
    note(hook, log.length, longestChain(log).map((call) => names([call])));
  }
  console.log(["| hook | calls | in sequence | which |", "|---|---:|---:|---|", ...table].join("\n"));
  info.annotations.push({ type: "round trips", description: table.join("\n") });
});
