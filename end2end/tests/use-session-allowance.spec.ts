import { Fault } from "../support/fault.ts";
import { expect, test } from "../support/test.ts";

test.use({ hook: "use_session_allowance" });

test("a session without limits has none, and a failed read is told", async ({ devnet, example, wallet, watch }) => {
  watch.expectFailedRequests();
  await example.start(wallet);
  await expect(example.fact("Limits")).toHaveText("");
  const create = await example.goTo("use_create_session");
  await create.button("Create session").click();
  await create.waitConfirmed(1);

  await create.goTo(example.hook);

  await expect(example.fact("Limits")).toHaveText("0");
  await expect(example.example.getByRole("list", { name: "Limits" }).getByRole("listitem")).toHaveCount(0);

  await devnet.fail(Fault.on("node", "eth_*").html(500));
  const sessions = await example.goTo("use_sessions");
  await sessions.goTo(example.hook);
  await expect(example.alert("service.failed").first()).toBeVisible();
});
