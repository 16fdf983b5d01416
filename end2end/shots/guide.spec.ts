import { readdirSync } from "node:fs";

import { test } from "../support/test.ts";
import { shoot } from "./shoot.ts";

test("the guide", async ({ page }) => {
  for (const file of readdirSync(new URL("../../src/guide/", import.meta.url))) {
    const name = file.replace(".md", "");
    await page.goto(`/guide/${name}.html`);
    await shoot(page, `guide-${name}`);
  }
});
