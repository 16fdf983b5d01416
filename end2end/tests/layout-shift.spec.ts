import { noteShifts, shifts } from "../support/layout-shift.ts";
import { expect, test } from "../support/test.ts";

for (const [screen, viewport] of [
  ["a desktop", { width: 1440, height: 900 }],
  ["a phone", { width: 390, height: 844 }],
] as const) {
  test.describe(`on ${screen}`, () => {
    test.use({ viewport });

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
