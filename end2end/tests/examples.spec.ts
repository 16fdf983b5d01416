import { Example, RenderingServer } from "../support/example.ts";
import { expect, test } from "../support/test.ts";
import { gate } from "../support/wallet.ts";

test.beforeEach(({ watch }) => watch.expectIgnoredHashes());

test("the app of the guide and of the template mints twice, and a third time after a reload", async ({ devnet, page }) => {
  const app = new Example(page);
  await app.open("template", devnet);

  const account = await app.live();

  expect((await devnet.nftsOf(account)).length).toBeGreaterThanOrEqual(3);
});

test("the smallest dapp grants and mints with two buttons", async ({ devnet, page, wallet }) => {
  const app = new Example(page);
  await app.open("two-buttons", devnet);

  const account = await app.connect("Connect");
  expect(account).toBe(await devnet.accountOf(wallet.address));
  await app.session.click();
  await expect(page.getByText("Granted in 0x")).toBeVisible();
  await app.mintOnce();
  await app.mintOnce();

  expect(await devnet.nftsOf(account)).toHaveLength(2);
  expect(wallet.prompts).toHaveLength(1);
});

const KINDS = [
  { name: "biconomy-v2", prompts: 1, isGrantedOnChain: true, isCounted: false, isWallet: false },
  { name: "nexus", prompts: 1, isGrantedOnChain: false, isCounted: true, isWallet: false },
  // The authorization, and the operation that contains it.
  { name: "nexus-7702", prompts: 2, isGrantedOnChain: true, isCounted: false, isWallet: true },
];

for (const { name, prompts, isGrantedOnChain, isCounted, isWallet } of KINDS) {
  test(`the example of ${name} grants and mints, and shows what is its own`, async ({ devnet, page, wallet }) => {
    const app = new Example(page);
    await app.open(name, devnet);

    const account = await app.connect(`Connect ${wallet.name}`);
    expect(account === wallet.address).toBe(isWallet);
    await expect(page.getByText("The account has the address of the wallet.")).toHaveCount(isWallet ? 1 : 0);
    await app.session.click();
    await expect(page.getByText("Session 0x")).toBeVisible();
    if (isGrantedOnChain) await expect(page.getByText("Granted in 0x")).toBeVisible();
    await app.mintOnce();

    await expect(page.getByRole("listitem").filter({ hasText: "2 left" })).toHaveCount(isCounted ? 1 : 0);
    await expect(page.getByText("Granted in 0x")).toHaveCount(isGrantedOnChain ? 1 : 0);
    expect(await devnet.nftsOf(account)).toHaveLength(1);
    expect(wallet.prompts).toHaveLength(prompts);
  });
}

test.describe("the page that a server renders", () => {
  let server: RenderingServer;

  test.beforeEach(async () => {
    server = await RenderingServer.start();
  });
  test.afterEach(async () => server.stop());

  test("is whole without its program, and has no account", async ({ browser }) => {
    const context = await browser.newContext({ javaScriptEnabled: false });
    const page = await context.newPage();
    await page.goto(server.url);

    await expect(page.getByText("Not connected")).toBeVisible();
    await expect(page.getByRole("button", { name: "Connect Local dev wallet" })).toBeVisible();
    for (const name of ["Create session", "Mint"]) await expect(page.getByRole("button", { name })).toBeDisabled();
    await expect(page.getByRole("alert").filter({ hasText: /./ })).toHaveCount(0);
    await context.close();
  });

  test("is taken over as it is, then connects, grants and mints, and knows the account after a reload", async ({
    devnet,
    page,
    wallet,
  }) => {
    const app = new Example(page);
    const { promise: looked, release } = gate();
    await page.route("**/pkg/*.wasm", async (route) => {
      await looked;
      await route.continue();
    });
    await app.reach(devnet);
    await page.goto(server.url, { waitUntil: "commit" });
    const text = await page.getByText("Not connected").elementHandle();
    expect(await devnet.log()).toEqual([]);
    release();

    const account = await app.connect(`Connect ${wallet.name}`);
    // The element is the server's.
    expect(await text!.textContent()).toBe(`Account ${account}`);
    await app.session.click();
    await app.mintOnce();
    await app.mintOnce();
    await page.reload();
    await expect(page.getByText(`Account ${account}`)).toBeVisible();
    await app.mintOnce();

    expect(await devnet.nftsOf(account)).toHaveLength(3);
    expect(wallet.prompts).toHaveLength(1);
  });
});
