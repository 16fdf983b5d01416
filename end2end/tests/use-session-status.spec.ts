import { expect, test } from "../support/test.ts";

test.use({ hook: "use_session_status" });

const MINUTE_MS = 60_000;

test("without a session nothing is said, and the way to one is shown", async ({ example, page, wallet }) => {
  await example.start(wallet);

  await expect(example.fact("Status")).toHaveText("");
  await example.example.getByRole("link", { name: "create one" }).click();

  await expect(page).toHaveTitle(/use_create_session/);
});

test("a session is active, then about to end, then expired", async ({ example, page, wallet }) => {
  await page.clock.install();
  await example.start(wallet);
  const create = await example.goTo("use_create_session");
  await create.button("Create session").click();
  await create.waitConfirmed(1);
  await create.goTo("use_session_status");
  await expect(example.fact("Status")).toHaveText("active");
  await expect(example.fact("Next")).toHaveText("Use it");

  await page.clock.fastForward(56 * MINUTE_MS);
  await expect(example.fact("Status")).toHaveText("expiring soon");
  await expect(example.fact("Next")).toHaveText("Renew it");

  await page.clock.fastForward(5 * MINUTE_MS);
  await expect(example.fact("Status")).toHaveText("expired");
});

test("while the wallet asks, that is the status", async ({ context, dapp, example, wallet }) => {
  await example.start(wallet);
  const release = wallet.hold();
  const create = await example.goTo("use_create_session");
  await create.button("Create session").click();
  await expect.poll(() => wallet.prompts).toHaveLength(1);

  await create.goTo("use_session_status");

  await expect(example.fact("Status")).toHaveText("waiting for the owner's signature");
  await expect(example.fact("Next")).toHaveText("Sign in your wallet");
  release();
  await expect(example.fact("Status")).toHaveText("active");
  expect(context.pages()).toEqual([dapp.page]);
});

test("a session that another device has replaced is said so", async ({ dapp, example, otherDevice, wallet }) => {
  await dapp.startWithSession(wallet);
  await otherDevice.start(wallet);
  await otherDevice.createSession.click();
  await otherDevice.remedy(otherDevice.alert("session.untracked_on_chain"), "Replace them").click();
  await otherDevice.waitConfirmed(1);

  await example.open();

  await expect(example.fact("Status")).toHaveText("replaced by another device");
  await expect(example.fact("Next")).toHaveText("Create another one");
});
