import { HookPage } from "../pages/hook-page.ts";
import { expect, test } from "../support/test.ts";

test("a session is created, and used without a prompt", async ({ dapp, wallet }) => {
  await dapp.startWithSession(wallet);
  const prompts = wallet.prompts.length;

  await dapp.mint();

  await expect(dapp.nfts).toHaveCount(1);
  expect(wallet.prompts).toHaveLength(prompts);
});

test("the pages of the hooks are a download of their own", async ({ dapp, page }) => {
  const parts: string[] = [];
  page.on("request", (request) => parts.push(new URL(request.url()).pathname));
  const ofHooks = () => parts.filter((path) => path.endsWith("split_hooks.wasm"));
  await dapp.open();
  await expect(page.getByRole("heading", { name: "Mint" })).toBeVisible();
  expect(ofHooks()).toEqual([]);

  await page.getByRole("link", { name: "Hooks", exact: true }).click();

  await expect(page.getByRole("heading", { level: 1, name: "Hooks" })).toBeVisible();
  expect(ofHooks()).toHaveLength(1);
});

test("a wallet is asked before the code of its account is there", async ({ dapp, page, wallet }) => {
  let release = () => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  await page.route(/split_accounts\.wasm$/, async (route) => {
    await held;
    await route.continue();
  });
  const asked: string[] = [];
  const answer = wallet.request.bind(wallet);
  wallet.request = (method, params) => {
    asked.push(method);
    return answer(method, params);
  };
  await page.goto("/");

  await dapp.connectWallet.click();
  await dapp.choice(wallet.name).click();

  await expect.poll(() => asked).toContain("eth_requestAccounts");
  await expect(dapp.account).toBeHidden();
  release();
  await dapp.address();
});

test("a part that is not loaded has words, and is loaded again", async ({ dapp, page, watch }) => {
  watch.expectMissingParts();
  await dapp.open();
  const ofPage = /split_pages\.wasm$/;
  await page.route(ofPage, (route) => route.abort());

  await page.getByRole("link", { name: "Sessions", exact: true }).click();
  await expect(dapp.alert("file.not_loaded")).toBeVisible();

  await page.unroute(ofPage);
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Sessions" })).toBeVisible();
});

const changes = {
  "the first half": (program: Buffer) => program.subarray(0, program.length / 2),
  "another order of its bytes": (program: Buffer) => Buffer.concat([program.subarray(0, 2000), program.subarray(2000).reverse()]),
  "a page in its place": () => Buffer.from("<!doctype html><title>Not found</title>"),
};
for (const [change, changed] of Object.entries(changes))
  test(`a program that is changed on its way is told: ${change}`, async ({ page, watch }) => {
    watch.expectNoStart();
    await page.route(/_bg\.wasm$/, async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, body: changed(await response.body()) });
    });

    await page.goto("/");

    await expect(page.getByRole("alert")).toContainText("could not be loaded");
  });

test("a link to a page of earlier versions leads on", async ({ page }) => {
  await page.goto("/hooks.html#/hooks/use_session");

  await expect(new HookPage(page, "use_session").heading).toBeVisible();
  await expect(page).toHaveURL(/\/#\/hooks\/use_session$/);
});
