import type { HookPage } from "../pages/hook-page.ts";
import { Fault } from "../support/fault.ts";
import { expect, test } from "../support/test.ts";

test.use({ hook: "use_sessions" });

test("every session is listed with its status", async ({ devnet, example, wallet }) => {
  await devnet.clearLog();
  await example.start(wallet);
  await expect(example.fact("Usable now")).toHaveText("0");
  await expect(rows(example)).toHaveCount(0);

  const create = await example.goTo("use_create_session");
  for (const count of [1, 2]) {
    await create.button("Create session").click();
    await create.waitConfirmed(count);
  }
  await create.goTo("use_sessions");

  await expect(rows(example)).toHaveText([/^0x[0-9a-fA-F]{40}.*kept here.*Active$/, /Active$/]);
  await expect(example.fact("Usable now")).toHaveText("2");
  await expect(example.fact("Elsewhere, at most")).toHaveText("0");
  await expect(example.fact("Damaged entries")).toHaveText("0");
});

test("what another tab does is seen without a reload", async ({ example, otherTab, wallet }) => {
  await example.start(wallet);
  await expect(example.fact("Usable now")).toHaveText("0");
  await otherTab.open();

  await otherTab.createSession.click();

  await expect(rows(example)).toHaveText([/Active$/]);
  await expect(example.fact("Usable now")).toHaveText("1");
});

test("those of another device are counted", async ({ example, otherDevice, wallet }) => {
  await otherDevice.startWithSession(wallet);

  await example.start(wallet);

  await expect(example.fact("Elsewhere, at most")).toHaveText("1");
  await expect(rows(example)).toHaveCount(0);
});

test("a node that fails is said so, and can be asked again", async ({ devnet, example, wallet, watch }) => {
  watch.expectFailedRequests();
  await example.start(wallet);
  await expect(example.fact("Usable now")).toHaveText("0");
  await devnet.fail(Fault.on("node", "eth_*").html(500));

  await example.button("Ask again").click();
  const alert = example.alert("service.failed");
  await expect(alert).toBeVisible();
  await expect(example.fact("Usable now")).toHaveText("0");

  await devnet.heal();
  await example.remedy(alert, "Try again").click();
  await expect(example.alerts).toHaveCount(0);
});

function rows(example: HookPage) {
  return example.example.getByRole("list", { name: "Sessions" }).getByRole("listitem");
}
