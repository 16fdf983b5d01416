import { HOOKS } from "../pages/hook-page.ts";
import { expect, test } from "../support/test.ts";

test.use({ hook: "use_session" });

test("every hook is listed with a way to its page, and an address that names none leads to the list", async ({
  example,
  page,
}) => {
  const list = page.getByRole("heading", { level: 1, name: "Hooks" });
  await page.goto("/#/hooks");
  const items = page.getByRole("main").getByRole("listitem");
  await expect(items).toHaveCount(HOOKS.length);
  expect((await items.getByRole("link").allTextContents()).toSorted()).toEqual(HOOKS);
  await items.getByRole("link", { name: example.hook, exact: true }).click();
  await expect(example.heading).toBeVisible();

  await page.goto("/#/hooks/use_magic");
  await expect(list).toBeVisible();
  await page.goBack();
  await expect(example.heading).toBeVisible();
  await expect(page).toHaveTitle("use_session · Night Bloom");
  await page.getByRole("link", { name: "Mint", exact: true }).click();
  await expect(page).toHaveTitle(/^Night Bloom/);
});

test("the source can be copied whole, and one that cannot be had is said so and asked for again", async ({
  context,
  example,
  page,
  watch,
}) => {
  watch.expectFailedRequests();
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.clock.install();
  const url = "**/hooks/use_session.rs";
  let answer: { status?: number; body?: string } = { status: 404 };
  await page.route(url, (route) => route.fulfill(answer));
  await page.goto("/#/hooks/use_session");
  await expect(example.alert("file.http_status")).toBeVisible();
  await expect(example.connectWallet).toBeEnabled();
  answer = { body: "<!doctype html><h1>Hello</h1>" };
  await example.remedy(example.alerts, "Try again").click();
  await expect(example.alert("file.missing")).toBeVisible();
  await page.unroute(url);
  await example.remedy(example.alerts, "Try again").click();
  await example.expectSource();
  await expect(example.alerts).toHaveCount(0);

  await page.clock.pauseAt(Date.now() + 60_000);
  await page.getByRole("button", { name: "Copy source" }).click();
  await expect(page.getByRole("button", { name: "Copied source" })).toBeVisible();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  expect(copied).toBe(await example.source.textContent());
});
