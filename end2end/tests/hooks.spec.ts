import { readFile } from "node:fs/promises";

import { HOOKS, HookPage } from "../pages/hook-page.ts";
import { expect, test } from "../support/test.ts";

test.use({ hook: "use_session" });

test("every hook of the library is listed, with what it does and a way to its page", async ({ page }) => {
  await page.goto("/#/hooks");
  const items = page.getByRole("main").getByRole("listitem");
  await expect(items).toHaveCount(HOOKS.length);
  const names = await items.getByRole("link").allTextContents();
  expect(names.toSorted()).toEqual(HOOKS);

  for (const hook of HOOKS) {
    await test.step(hook, async () => {
      await page.goto("/#/hooks");
      const item = items.filter({ has: page.getByRole("link", { name: hook, exact: true }) });
      await expect(item.getByRole("paragraph")).toHaveText(/^[A-Z].+\.$/);
      await item.getByRole("link").click();
      await expect(new HookPage(page, hook).heading).toBeVisible();
      await new HookPage(page, hook).expectSource();
    });
  }
});

test("the README's table has every hook", async () => {
  const readme = await readFile(new URL("../../README.md", import.meta.url), "utf8");
  const named = [...readme.matchAll(/^\| `(use_\w+)` \|/gm)].map(([, name]) => name);

  expect(named.toSorted()).toEqual(HOOKS);
});

test("an address that names no hook leads to the list, and back leads back", async ({ example, page }) => {
  await example.open();

  await page.goto("/#/hooks/use_magic");
  await expect(page.getByRole("heading", { level: 1, name: "Hooks" })).toBeVisible();
  await page.goBack();

  await expect(example.heading).toBeVisible();
  await expect(page).toHaveTitle("use_session · Night Bloom");
  await page.getByRole("link", { name: "Mint", exact: true }).click();
  await expect(page).toHaveTitle(/^Night Bloom/);
});

test("a source that cannot be had is said so, and can be asked for again", async ({ example, page, watch }) => {
  watch.expectFailedRequests();
  const url = "**/hooks/use_session.rs";
  const answers = [
    [{ status: 404 }, "file.http_status"],
    [{ body: "<!doctype html><h1>Hello</h1>" }, "file.missing"],
  ] as const;
  let answer: (typeof answers)[number][0] = answers[0][0];
  await page.route(url, (route) => route.fulfill(answer));
  await page.goto("/#/hooks/use_session");

  for (const [next, code] of answers) {
    if (answer !== next) {
      answer = next;
      await example.remedy(example.alerts, "Try again").click();
    }
    await expect(example.alert(code)).toBeVisible();
  }
  await expect(example.connectWallet).toBeEnabled();

  await page.unroute(url);
  await example.remedy(example.alerts, "Try again").click();
  await example.expectSource();
  await expect(example.alerts).toHaveCount(0);
});

test("the source can be copied whole", async ({ context, example, page }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.clock.install();
  await example.open();
  await page.clock.pauseAt(Date.now() + 60_000);

  await page.getByRole("button", { name: "Copy source" }).click();

  await expect(page.getByRole("button", { name: "Copied source" })).toBeVisible();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  expect(copied).toBe(await example.source.textContent());
});

test("an example turns to the account of another owner", async ({ devnet, example, wallet }) => {
  const before = await example.start(wallet);
  await expect(example.field("To")).toHaveValue(before);

  await wallet.switchAccount();

  const now = await devnet.accountOf(wallet.address);
  expect(now).not.toBe(before);
  await expect(example.account).toHaveText(now);
  await expect(example.field("To")).toHaveValue(now);
});
