import { HOOKS, HookPage } from "../pages/hook-page.ts";
import { withCode } from "../support/codes.ts";
import { contrast } from "../support/contrast.ts";
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
  const url = "**/hooks/use_session.json";
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

test("each state of each hook can be looked at, with the values of its fields, and nothing is sent", async ({ page }) => {
  test.slow();
  const requests: string[] = [];
  page.on("request", (request) => requests.push(request.url()));
  for (const hook of HOOKS) {
    await test.step(hook, async () => {
      const there = new HookPage(page, hook);
      await there.open();
      const sent = requests.length;
      const { errors, fields, returns } = await there.facts();
      const states = await there.state.getByRole("option").allTextContents();
      expect(states.slice(0, 3)).toEqual(["Idle", "Pending", "Success"]);
      // Each documented error has an example.
      expect(states.slice(3)).toHaveLength(errors.length);
      expect(new Set(states).size).toBe(states.length);
      await expect(there.fields.getByRole("rowheader")).toHaveText(fields.map(([name]) => name!));
      await expect(there.states.getByText(returns, { exact: true }).first()).toBeVisible();

      for (const state of states) {
        await there.state.selectOption(state);
        await expect(there.run).toHaveAttribute("aria-busy", String(state === "Pending"));
        await expect(there.preview.getByText("Done")).toHaveCount(state === "Success" ? 1 : 0);
        const alerts = there.preview.getByRole("alert");
        if (state.includes(".")) await expect(withCode(alerts, state)).toBeVisible();
        else await expect(alerts).toHaveCount(0);
        const now = {
          data: state === "Success" ? "Some(…)" : "None",
          error: state.includes(".") ? "Some(…)" : "None",
          is_pending: String(state === "Pending"),
          is_loading: String(state === "Pending"),
          status: state.includes(".") ? "Error" : state,
        };
        for (const [name, value] of Object.entries(now)) {
          if (fields.some(([field]) => field === name)) await expect(there.now(name)).toHaveText(value);
        }
      }
      expect(requests.slice(sent).filter((url) => url.includes("/hooks/"))).toEqual([]);
    });
  }
});

test("a failed state is left by its buttons, as on a page of one's own", async ({ example }) => {
  await example.open();
  await example.state.selectOption("service.timed_out");
  await example.preview.getByRole("button", { name: "Try again" }).click();
  await expect(example.run).toBeDisabled();
  await expect(example.state).toHaveValue("1");

  await example.state.selectOption("session.none_active");
  await example.preview.getByRole("button", { name: "Dismiss" }).click();
  await expect(example.run).toBeEnabled();
  await expect(example.state).toHaveValue("0");
  await example.run.click();
  await expect(example.state).toHaveValue("1");
});

for (const colorScheme of ["light", "dark"] as const) {
  test(`code and tables can be read in the ${colorScheme} scheme`, async ({ example, page }) => {
    await page.emulateMedia({ colorScheme });
    await example.open();

    const parts = example.source.locator("span[class]");
    await expect(parts.first()).toBeVisible();
    expect(await contrast(parts)).toBeGreaterThanOrEqual(4.5);
    expect(await contrast(example.fields.locator("code"))).toBeGreaterThanOrEqual(4.5);
  });
}
