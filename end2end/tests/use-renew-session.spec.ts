import { HookPage } from "../pages/hook-page.ts";
import { expect, test } from "../support/test.ts";

test.use({ hook: "use_renew_session" });

test("a session goes on under a fresh key for as long as is said", async ({ dapp, devnet, example, page, wallet }) => {
  await page.clock.install();
  const account = await example.start(wallet);
  await expect(example.statuses.filter({ hasText: "No session is known here" })).toBeVisible();
  await expect(example.button("Renew")).toBeDisabled();
  await example.example.getByRole("link", { name: "create one" }).click();
  const create = new HookPage(page, "use_create_session");
  await create.button("Create session").click();
  await create.waitConfirmed(1);
  await create.goTo(example.hook);
  const options = example.example.getByRole("combobox", { name: "Session" }).getByRole("option");
  await expect(options).toHaveText([/: active$/]);
  const before = await devnet.sessionsOf(account);

  await example.expectRefused("Minutes", ["0", "-5", "1441", "soon", ""], "Renew");
  await example.field("Minutes").fill("120");
  await example.button("Renew").click();
  await example.waitConfirmed(1);

  await expect(options).toHaveText([/: active$/, /: revoked$/]);
  const ids = await options.allTextContents();
  expect(new Set(ids.map((text) => text.slice(0, 42))).size).toBe(2);
  expect(await devnet.sessionsOf(account)).not.toBe(before);
  // The old one would have ended by now.
  await page.clock.fastForward(90 * 60_000);
  await expect(options).toHaveText([/: active$/, /: expired$/]);
  await dapp.open();
  await dapp.mint();
  expect(await devnet.nftsOf(account)).toHaveLength(1);
});
