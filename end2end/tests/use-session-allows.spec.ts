import { expect, test } from "../support/test.ts";

test.use({ hook: "use_session_allows" });

test("what a session allows and forbids is told before anything is sent", async ({ devnet, example, page, wallet }) => {
  await page.clock.install();
  const account = await example.start(wallet);
  const allowed = example.fact("Allowed");
  const forbidden = async (code: string) => {
    await expect(allowed).toHaveText(/^No: /);
    await expect(example.example.locator("dl.facts")).toHaveAttribute("data-code", code);
  };
  await forbidden("session.none_active");
  await test.step("no address, and no amount", async () => {
    for (const [field, wrong] of [
      ["To", "me"],
      ["Coins", "all"],
    ] as const) {
      const before = await example.field(field).inputValue();
      await example.field(field).fill(wrong);
      await expect(example.field(field)).toHaveAttribute("aria-invalid", "true");
      await expect(allowed).toHaveText("");
      await example.field(field).fill(before);
    }
  });
  const create = await example.goTo("use_create_session");
  await create.button("Create session").click();
  await create.waitConfirmed(1);
  await devnet.quiet();
  await devnet.clearLog();
  await create.goTo(example.hook);

  await expect(allowed).toHaveText("Yes");
  await expect(example.fact("Asked session")).toHaveText(/^0x[0-9a-fA-F]{40}$/);
  await expect(example.fact("Its policy")).toHaveText("0");
  await example.field("To").fill(wallet.address);
  await forbidden("forbidden.argument");
  await expect(allowed).toContainText(wallet.address);
  await example.field("To").fill(account);
  await example.field("Coins").fill("1");
  await forbidden("forbidden.value");
  await example.field("Coins").fill("0");
  await expect(allowed).toHaveText("Yes");
  expect(await devnet.methods()).not.toContain("eth_sendUserOperation");

  await page.clock.fastForward(61 * 60_000);
  await expect(allowed).toHaveText(/^No: /);
});
