import { fileURLToPath } from "node:url";

import type { Page } from "@playwright/test";

// `cargo xtask shots` sets it.
const { USE_AA_SHOTS = fileURLToPath(new URL("../../target/shots", import.meta.url)) } = process.env;

const SCREENS = [
  { width: 390, height: 844 },
  { width: 1440, height: 900 },
];

const SCHEMES = ["light", "dark"] as const;

/**
 * Takes the page as it is now, on a phone and on a desktop, in both schemes: `<name>-<width>-<scheme>.png`. The whole page is
 * taken, or what is on the screen, for what lies over the page.
 */
export async function shoot(page: Page, name: string, { fullPage = true } = {}): Promise<void> {
  // What it is over would be marked.
  await page.mouse.move(0, 0);
  for (const screen of SCREENS) {
    await page.setViewportSize(screen);
    for (const colorScheme of SCHEMES) {
      await page.emulateMedia({ colorScheme });
      await page.evaluate(settle);
      await page.screenshot({ path: `${USE_AA_SHOTS}/${name}-${screen.width}-${colorScheme}.png`, fullPage });
    }
  }
}

/** Runs in the page: goes to its top, where a menu that sticks belongs, and waits until it is drawn. */
async function settle(): Promise<void> {
  scrollTo(0, 0);
  for (let frame = 0; frame < 2; frame += 1) await new Promise(requestAnimationFrame);
}
