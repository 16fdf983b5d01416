import { noteShifts, shifts } from "../support/layout-shift.ts";
import { expect, test } from "../support/test.ts";

/** The time zone where the last hour of the day has begun, so that a session ends on the next day. */
function beforeMidnight() {
  const east = 23 - new Date().getUTCHours();
  // The names of these zones have the sign of the distance to the west.
  return east > 14 ? `Etc/GMT+${24 - east}` : `Etc/GMT-${east}`;
}

for (const [screen, viewport, timezoneId] of [
  ["a desktop", { width: 1440, height: 900 }, undefined],
  ["a desktop before midnight", { width: 1440, height: 900 }, beforeMidnight()],
  ["a phone", { width: 390, height: 844 }, undefined],
] as const) {
  test.describe(`on ${screen}`, () => {
    test.use({ viewport, timezoneId });

    test("nothing moves as the page starts, as a wallet is connected, and as what was done is there again", async ({
      dapp,
      devnet,
      page,
      wallet,
    }) => {
      await noteShifts(page);
      await dapp.open();
      await expect(dapp.connectWallet).toBeEnabled();
      expect(await shifts(page)).toEqual([]);

      await devnet.clearLog();
      await dapp.connect(wallet);
      await expect(dapp.createSession).toBeEnabled();
      await devnet.quiet();
      expect(await shifts(page)).toEqual([]);

      await dapp.createSession.click();
      await dapp.waitConfirmed(1);
      await dapp.mint();
      for (const path of ["/", "/#/sessions", "/#/activity"]) {
        await test.step(path, async () => {
          await page.goto(path);
          await devnet.clearLog();
          await dapp.reload();
          await dapp.address();
          await devnet.quiet();
          expect(await shifts(page)).toEqual([]);
        });
      }
    });
  });
}

test("what moves is noted", async ({ page }) => {
  await noteShifts(page);
  await page.goto("/");
  await expect(page.getByRole("button", { name: "Connect wallet" })).toBeEnabled();

  await page.evaluate(() => document.body.prepend(Object.assign(document.createElement("p"), { textContent: "Moved" })));

  expect(await shifts(page)).not.toEqual([]);
});
