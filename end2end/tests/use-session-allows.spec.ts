import { expect, test } from "../support/test.ts";

test.use({ hook: "use_session_allows" });

test("what a session allows and forbids is told before anything is sent", async ({ dapp, devnet, example, wallet }) => {
  const account = await dapp.startWithSession(wallet);
  await devnet.quiet();
  await devnet.clearLog();
  await example.open();

  await expect(example.fact("Allowed")).toHaveText("Yes");
  await expect(example.fact("Asked session")).toHaveText(/^0x[0-9a-fA-F]{40}$/);
  await expect(example.fact("Its policy")).toHaveText("0");

  await example.field("To").fill(wallet.address);
  const rule = `No: rule 0 of the session forbids it: argument 0 must equal ${account}, but it is ${wallet.address}`;
  await expect(example.fact("Allowed")).toHaveText(rule);

  await example.field("To").fill(account);
  await example.field("Coins").fill("1");
  await expect(example.fact("Allowed")).toHaveText(/^No: the session may send at most 0 wei with .*call, not 1$/);

  await example.field("Coins").fill("0");
  await expect(example.fact("Allowed")).toHaveText("Yes");
  expect(await devnet.methods()).not.toContain("eth_sendUserOperation");
});

test("without a session nothing is allowed", async ({ example, wallet }) => {
  await example.start(wallet);

  await expect(example.fact("Allowed")).toHaveText("No: there is no active session here");
});

test("the answer follows the sessions", async ({ dapp, example, page, wallet }) => {
  await page.clock.install();
  await dapp.startWithSession(wallet);
  await example.open();
  await expect(example.fact("Allowed")).toHaveText("Yes");

  await page.clock.fastForward(61 * 60_000);

  await expect(example.fact("Allowed")).toHaveText(/^No: /);
});

test("what is no address or no amount is not judged", async ({ example, wallet }) => {
  await example.start(wallet);
  for (const [field, wrong] of [
    ["To", "me"],
    ["Coins", "all"],
  ] as const) {
    const before = await example.field(field).inputValue();
    await example.field(field).fill(wrong);
    await expect(example.field(field)).toHaveAttribute("aria-invalid", "true");
    await expect(example.fact("Allowed")).toHaveText("");
    await example.field(field).fill(before);
  }
});
