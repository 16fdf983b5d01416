import type { Route } from "@playwright/test";

import { type Config, expect, serveConfig, test } from "../support/test.ts";

const SECRET = "0xnot-a-key-but-still-a-secret";

/** Answers with the configuration of the test after a change. */
const changed = (change: object) => async (route: Route) => {
  const response = await route.fetch();
  await route.fulfill({ json: { ...((await response.json()) as Config), ...change } });
};

/** What is served, and the code that tells of it. Those that follow one another differ, so that each is seen to come. */
const answers: [string, (route: Route) => Promise<void>, string][] = [
  ["is not there", (route) => route.fulfill({ status: 404 }), "file.http_status"],
  ["is a page", (route) => route.fulfill({ body: "<!doctype html><h1>Hello</h1>" }), "config.not_json"],
  ["cannot be loaded", (route) => route.abort(), "file.unreachable"],
  ["lacks a field", changed({ nft: undefined }), "config.missing_field"],
  ["has keys that are none", changed({ devKeys: [SECRET] }), "config.wrong_field"],
];

test("a config.json that cannot be used is said so, and is asked for once until the user asks again", async ({
  context,
  dapp,
  page,
  watch,
}) => {
  watch.expectFailedRequests();
  let asked = 0;
  context.on("request", (request) => (asked += Number(new URL(request.url()).pathname === "/config.json")));
  await test.step("it is good", async () => {
    await dapp.open();
    await expect(dapp.connectWallet).toBeEnabled();
    expect(asked).toBe(1);
  });

  let answer = answers[1]![1];
  await serveConfig(page, (route) => answer(route));
  await dapp.reload();
  const again = dapp.remedy(dapp.alerts, "Try again");
  for (const [what, next, code] of answers) {
    await test.step(`it ${what}`, async () => {
      answer = next;
      const before = asked;
      await again.click();
      await expect(dapp.alert(code)).toBeVisible();
      await expect(dapp.alerts).toHaveCount(1);
      await expect(dapp.alerts).not.toContainText(SECRET);
      await expect(dapp.connectWallet).toHaveCount(0);
      expect(asked).toBe(before + 1);
    });
  }

  answer = (route) => route.fallback();
  await again.click();
  await expect(dapp.connectWallet).toBeEnabled();
  await expect(dapp.alerts).toHaveCount(0);
});
