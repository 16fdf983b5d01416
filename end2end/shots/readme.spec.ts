import { fileURLToPath } from "node:url";

import { test } from "../support/test.ts";

const PICTURE = fileURLToPath(new URL("../../docs/dapp.png", import.meta.url));

test("the picture of the README", async ({ dapp, page }) => {
  await page.setViewportSize({ width: 1280, height: 1050 });
  await page.emulateMedia({ colorScheme: "light" });
  // The terms of a further session would end a minute later than this one.
  await page.clock.setFixedTime(Date.now());
  await dapp.open();
  await dapp.connect({ name: "Local dev wallet" });
  await dapp.createSession.click();
  await dapp.waitConfirmed(1);
  await dapp.mintUpTo(9);
  await page.mouse.move(0, 0);
  await page.screenshot({ path: PICTURE });
});
