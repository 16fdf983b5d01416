import { HookPage } from "../pages/hook-page.ts";
import { expect, test } from "../support/test.ts";

test.use({ hook: "use_session_status" });

const MINUTE_MS = 60_000;

test("a session waits for its owner, is active, then about to end, then expired", async ({ example, page, wallet }) => {
  const status = async (status: string, next?: string) => {
    await expect(example.fact("Status")).toHaveText(status);
    if (next !== undefined) await expect(example.fact("Next")).toHaveText(next);
  };
  await page.clock.install();
  await example.start(wallet);
  await status("");
  await example.example.getByRole("link", { name: "create one" }).click();
  await expect(page).toHaveTitle(/use_create_session/);
  const create = new HookPage(page, "use_create_session");
  const release = wallet.hold();
  await create.button("Create session").click();
  await expect.poll(() => wallet.prompts).toHaveLength(1);
  await create.goTo(example.hook);
  await status("waiting for the owner's signature", "Sign in your wallet");

  release();
  await status("active", "Use it");
  await page.clock.fastForward(56 * MINUTE_MS);
  await status("expiring soon", "Renew it");
  await page.clock.fastForward(5 * MINUTE_MS);
  await status("expired");
});
