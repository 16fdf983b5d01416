import { Fault } from "../support/fault.ts";
import { expect, test } from "../support/test.ts";

test.use({ hook: "use_sessions" });

test("every session is listed with its status, also those of another tab", async ({
  devnet,
  example,
  otherTab,
  wallet,
  watch,
}) => {
  watch.expectFailedRequests();
  const rows = example.example.getByRole("list", { name: "Sessions" }).getByRole("listitem");
  await example.start(wallet);
  await expect(example.fact("Usable now")).toHaveText("0");
  await expect(rows).toHaveCount(0);
  await otherTab.open();
  for (const count of [1, 2]) {
    await otherTab.createSession.click();
    await otherTab.waitConfirmed(count);
    await expect(rows).toHaveCount(count);
  }

  await expect(rows).toHaveText([/^0x[0-9a-fA-F]{40}.*kept here.*Active$/, /Active$/]);
  await expect(example.fact("Usable now")).toHaveText("2");
  await expect(example.fact("Elsewhere, at most")).toHaveText("0");
  await expect(example.fact("Damaged entries")).toHaveText("0");

  await devnet.fail(Fault.on("node", "eth_*").html(500));
  await example.button("Ask again").click();
  const alert = example.alert("service.failed");
  await expect(alert).toBeVisible();
  await expect(example.fact("Usable now")).toHaveText("2");
  await devnet.heal();
  await example.remedy(alert, "Try again").click();
  await expect(example.alerts).toHaveCount(0);
});
