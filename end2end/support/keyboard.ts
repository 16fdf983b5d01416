import { type Locator, type Page, expect } from "@playwright/test";

/** Goes to a button with the tabulator key alone, and presses it. */
export async function press(page: Page, button: Locator): Promise<void> {
  await expect(button).toBeEnabled();
  await reach(page, button);
  await page.keyboard.press("Enter");
}

/** Goes somewhere with the tabulator key alone. */
export async function reach(page: Page, place: Locator): Promise<void> {
  const MOST_STOPS = 40;

  for (let stop = 0; stop < MOST_STOPS; stop += 1) {
    await page.keyboard.press("Tab");
    if (await place.evaluate((element) => element === document.activeElement)) return;
  }
  throw new Error(`${place} cannot be reached with the tabulator key`);
}
