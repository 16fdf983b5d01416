import { Fault } from "../support/fault.ts";
import { expect, test } from "../support/test.ts";
import { REJECTED } from "../support/wallet.ts";

test.use({ hook: "use_deploy_smart_account" });

test("the account is deployed once its owner agrees, and once", async ({ devnet, example, wallet, watch }) => {
  watch.expectFailedRequests();
  await devnet.fail(Fault.on("node", "eth_getCode").html(500));
  const account = await example.start(wallet);
  const failed = example.alert("service.failed").first();
  await expect(failed).toBeVisible();
  await devnet.heal();
  await example.remedy(failed, "Try again").click();
  await expect(example.example).toContainText("The account is not deployed yet.");
  expect(await devnet.isDeployed(account)).toBe(false);

  wallet.onSign = REJECTED;
  await example.button("Deploy").click();
  const rejected = example.alert("owner.rejected");
  await expect(rejected).toBeVisible();
  expect(await devnet.isDeployed(account)).toBe(false);

  wallet.onSign = "honest";
  await example.remedy(rejected, "Try again").click();
  const [transaction] = await example.waitConfirmed(1);
  expect(await devnet.succeeded(transaction!)).toBe(true);
  expect(await devnet.isDeployed(account)).toBe(true);
  await expect(example.example).toContainText("The account is deployed.");
  await expect(example.button("Deploy")).toBeDisabled();
  await expect(example.alerts).toHaveCount(0);
  expect(wallet.prompts).toHaveLength(2);
});
