import { HOOKS, HookPage } from "../pages/hook-page.ts";
import { expect, test } from "../support/test.ts";
import { shoot } from "./shoot.ts";

test("the list of the hooks", async ({ page }) => {
  await page.goto("/#/hooks");
  await expect(page.getByRole("main").getByRole("listitem")).toHaveCount(HOOKS.length);
  await shoot(page, "hooks");
});

for (const hook of HOOKS) {
  test(`${hook}, with a session`, async ({ dapp, devnet, page, wallet }) => {
    await dapp.startWithSession(wallet);
    const example = new HookPage(page, hook);
    await example.open();
    await devnet.quiet();
    await shoot(page, hook);
  });
}

test("the states of a hook", async ({ page }) => {
  const example = new HookPage(page, "use_create_session");
  await example.open();
  await shoot(page, "use_create_session-not-connected");
  await example.state.selectOption("owner.rejected");
  await expect(example.preview.getByRole("alert")).toBeVisible();
  await shoot(page, "use_create_session-failed");
});
