import { contrast } from "../support/contrast.ts";
import { GUIDES } from "../support/guides.ts";
import { expect, test } from "../support/test.ts";

test("the guide is a link away, and each of its pages leads to the others and back to the dapp", async ({ dapp, page }) => {
  await dapp.open();
  await page.getByRole("contentinfo").getByRole("link", { name: "Guide" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Guide" })).toBeVisible();
  const links = page.getByRole("main").getByRole("table").getByRole("link");
  const hrefs = await links.evaluateAll((all) => all.map((link) => link.getAttribute("href")));
  expect(hrefs.toSorted()).toEqual(GUIDES);

  for (const guide of GUIDES) {
    await test.step(guide, async () => {
      await page.getByRole("navigation", { name: "Guides" }).locator(`a[href="${guide}"]`).click();
      await expect(page).toHaveURL(new RegExp(`/guide/${guide}$`));
      await expect(page.getByRole("main").getByRole("heading", { level: 1 })).toHaveCount(1);
      await expect(page).toHaveTitle(/^\S.* · Guide · use-aa$/);
      await expect(page.locator("[aria-current=page]")).toHaveAttribute("href", guide);
      await expect(page.locator("script")).toHaveCount(0);
    });
  }
  await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Mint" }).click();
  await expect(dapp.connectWallet).toBeVisible();
});

test("a guide is readable in both schemes, and nothing is wider than a phone", async ({ page }) => {
  await page.setViewportSize({ width: 360, height: 740 });
  for (const guide of GUIDES) {
    await test.step(guide, async () => {
      await page.goto(`/guide/${guide}`);
      const { content, screen } = await page.evaluate(() => ({
        content: document.documentElement.scrollWidth,
        screen: document.documentElement.clientWidth,
      }));
      expect(content).toBeLessThanOrEqual(screen);
      const texts = page.locator("main :is(p, li, h1, h2, td, a, code, pre span)");
      for (const colorScheme of ["light", "dark"] as const) {
        await page.emulateMedia({ colorScheme });
        expect(await contrast(texts)).toBeGreaterThanOrEqual(4.5);
      }
    });
  }
});

test("examples of a guide are shown without the lines that only their tests need", async ({ page }) => {
  await page.goto("/guide/server.html");

  const code = await page.locator("main pre").allTextContents();
  expect(code.length).toBeGreaterThan(2);
  expect(code.join("\n")).toContain("use_smart_account()");
  expect(code.join("\n")).not.toMatch(/^# /m);
});
