import { Fault } from "../support/fault.ts";
import { expect, test } from "../support/test.ts";
import { REJECTED } from "../support/wallet.ts";

test.use({ hook: "use_deploy_smart_account" });

test("the account is deployed with one prompt, and once", async ({ devnet, example, wallet }) => {
  const account = await example.start(wallet);
  await expect(example.example).toContainText("The account is not deployed yet.");
  expect(await devnet.isDeployed(account)).toBe(false);

  await example.button("Deploy").click();
  const [transaction] = await example.waitConfirmed(1);

  expect(await devnet.succeeded(transaction!)).toBe(true);
  expect(await devnet.isDeployed(account)).toBe(true);
  await expect(example.example).toContainText("The account is deployed.");
  await expect(example.button("Deploy")).toBeDisabled();
  expect(wallet.prompts).toHaveLength(1);
});

test("a prompt that is rejected deploys nothing, and can be asked again", async ({ devnet, example, wallet }) => {
  const account = await example.start(wallet);
  wallet.onSign = REJECTED;

  await example.button("Deploy").click();
  const alert = example.alert("owner.rejected");
  await expect(alert).toBeVisible();
  expect(await devnet.isDeployed(account)).toBe(false);

  wallet.onSign = "honest";
  await example.remedy(alert, "Try again").click();
  await example.waitConfirmed(1);
  expect(await devnet.isDeployed(account)).toBe(true);
  await expect(example.alerts).toHaveCount(0);
});

test("an account that was deployed elsewhere meanwhile is said so", async ({
  devnet,
  example,
  otherDevice,
  wallet,
  watch,
}) => {
  // Deployment is prepared while the chain is asked, and the sponsor refuses it too.
  watch.expectFailedRequests();
  const account = await example.start(wallet);
  await expect(example.button("Deploy")).toBeEnabled();
  await otherDevice.startWithSession(wallet);
  expect(await devnet.isDeployed(account)).toBe(true);

  await example.button("Deploy").click();

  await expect(example.alert("account.already_deployed")).toBeVisible();
  expect(wallet.prompts).toHaveLength(1);
});

test("a node that does not answer is said so", async ({ devnet, example, wallet, watch }) => {
  watch.expectFailedRequests();
  await devnet.fail(Fault.on("node", "eth_getCode").html(500));
  await example.start(wallet);
  const alert = example.alert("service.failed").first();
  await expect(alert).toBeVisible();

  await devnet.heal();
  await example.remedy(alert, "Try again").click();

  await expect(example.example).toContainText("The account is not deployed yet.");
});
