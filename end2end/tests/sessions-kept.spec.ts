import type { Page } from "@playwright/test";
import { type Address, type Hex, zeroHash } from "viem";
import { privateKeyToAddress } from "viem/accounts";

import { Fault } from "../support/fault.ts";
import { keptText, putKey, putText } from "../support/kept.ts";
import { overhear } from "../support/secrets.ts";
import { changeConfig, expect, test } from "../support/test.ts";

const SEND = "eth_sendUserOperation";

/** What lies in the store. */
interface Ledger {
  version: number;
  trees: { root: Hex; leaves: Hex[] }[];
  leaves: Record<Hex, { validUntil: number; keyData: Hex }>;
  keys: Record<Address, unknown>;
}

test("keys lie in the store encrypted", async ({ dapp, page, wallet }) => {
  const secrets = await overhear(page);
  const account = await dapp.startWithSession(wallet);

  const text = await keptText(page, key(account));

  expect(secrets).toHaveLength(1);
  const address = privateKeyToAddress(secrets[0]!).toLowerCase();
  const ledger = JSON.parse(text!) as Ledger;
  expect(ledger.keys).toEqual({ [address]: { sealed: expect.stringMatching(/^0x[0-9a-f]{120}$/) } });
  expect(text!.toLowerCase()).not.toContain(secrets[0]!.slice(2));
});

test("when the site's data was removed, those on the chain are counted and replaced when told so", async ({
  context,
  dapp,
  devnet,
  page,
  sessions,
  wallet,
  watch,
}) => {
  watch.expectFailedRequests();
  const account = await dapp.startWithSession(wallet);
  const browser = await context.newCDPSession(page);
  const origin = new URL(page.url()).origin;
  await browser.send("Storage.clearDataForOrigin", { origin, storageTypes: "all" });

  await dapp.reload();
  await expect(dapp.mintWithSession).toBeDisabled();
  expect(await dapp.connect(wallet)).toBe(account);
  await expect(dapp.mintWithSession).toBeDisabled();
  await sessions.open();
  await expect(sessions.notice("notice.untracked_sessions")).toContainText("1 session");
  await dapp.open();
  await dapp.createSession.click();
  const alert = dapp.alert("session.untracked_on_chain");
  await dapp.remedy(alert, "Replace them").click();
  await dapp.waitConfirmed(1);

  await dapp.mint();
  expect(await devnet.nftsOf(account)).toHaveLength(1);
});

test("when the browser's key is none, as in a copy of the storage, that is said and a new session works", async ({
  dapp,
  devnet,
  page,
  wallet,
}) => {
  const account = await dapp.startWithSession(wallet);
  await devnet.quiet();
  await putKey(page, {});
  await dapp.reload();
  await devnet.clearLog();

  await dapp.mintWithSession.click();
  await expect(dapp.alert("store.sealed_elsewhere")).toBeVisible();
  expect(await devnet.methods()).not.toContain(SEND);

  await dapp.createSession.click();
  await dapp.waitConfirmed(1);
  await dapp.mint();
  expect(await devnet.nftsOf(account)).toHaveLength(1);
});

test("a damaged entry is set aside and told of, and the rest works", async ({
  dapp,
  devnet,
  page,
  sessions,
  wallet,
}) => {
  const account = await dapp.startWithSession(wallet);
  await dapp.createSession.click();
  await dapp.waitConfirmed(2);
  const damaged = await changeLedger(page, account, (ledger) => {
    const [hash] = ledger.trees.at(-1)!.leaves;
    const leaf = ledger.leaves[hash!]!;
    leaf.keyData = `0x${leaf.keyData.slice(2, -2)}ff`;
    return leaf.keyData;
  });

  await dapp.reload();
  await dapp.mint();
  await sessions.open();

  await expect(sessions.notice("notice.untracked_sessions")).toContainText("1 session");
  await expect(sessions.notice("notice.damaged_entries")).toContainText("1 entry");
  await expect(sessions.of("Active")).toHaveCount(1);
  expect(await devnet.nftsOf(account)).toHaveLength(1);
  await sessions.button(sessions.of("Active"), "Renew").click();
  await sessions.waitConfirmed(1);
  await dapp.open();
  await dapp.mint();
  const text = await keptText(page, key(account));
  expect(text, "what was set aside stays").toContain(damaged);
});

test("a text that is none of ours is told of, and replaced when told so", async ({
  dapp,
  page,
  sessions,
  wallet,
  watch,
}) => {
  watch.expectFailedRequests();
  const account = await dapp.startWithSession(wallet);
  await putText(page, key(account), "<html>");

  await dapp.reload();
  await expect(dapp.alert("store.damaged")).toHaveCount(1);
  await dapp.createSession.click();
  await dapp.alerts.getByRole("button", { name: "Replace them" }).click();
  await dapp.waitConfirmed(1);
  await dapp.mint();
  await sessions.open();
  await expect(sessions.of("Active")).toHaveCount(1);
});

test("where the record cannot be read, all sessions can be ended", async ({ dapp, devnet, page, sessions, wallet }) => {
  const account = await dapp.startWithSession(wallet);
  await putText(page, key(account), "<html>");
  await sessions.open();
  await page.reload();
  await expect(sessions.alert("store.damaged")).toBeVisible();

  await sessions.endAll.click();
  await sessions.waitConfirmed(1);

  expect(await devnet.sessionsOf(account)).toBe(zeroHash);
  await expect(sessions.notices).toHaveCount(1);
  await expect(sessions.notice("notice.damaged_entries")).toContainText("1 entry");
  await dapp.open();
  await dapp.createSession.click();
  await dapp.waitConfirmed(1);
  await dapp.mint();
});

test("a store of the version before goes on, and its open key is sealed", async ({ dapp, devnet, page, wallet }) => {
  const secrets = await overhear(page);
  const account = await dapp.startWithSession(wallet);
  const [secret] = secrets;
  const address = privateKeyToAddress(secret!).toLowerCase() as Address;
  await changeLedger(page, account, (ledger) => {
    ledger.version = 1;
    ledger.trees = ledger.trees.map(({ root, leaves }) => ({ root, leaves }));
    ledger.keys = { [address]: secret };
  });

  await dapp.reload();
  await dapp.mint();

  expect(await devnet.nftsOf(account)).toHaveLength(1);
  expect(wallet.prompts).toHaveLength(1);
  const text = await keptText(page, key(account));
  const ledger = JSON.parse(text!) as Ledger;
  expect(ledger.version).toBe(2);
  expect(ledger.keys).toEqual({ [address]: { sealed: expect.stringMatching(/^0x[0-9a-f]+$/) } });
  expect(text).not.toContain(secret!.slice(2));
});

test("a store of a newer version is left alone", async ({ dapp, page, wallet }) => {
  const account = await dapp.startWithSession(wallet);
  await changeLedger(page, account, (ledger) => (ledger.version = 9));
  const before = await keptText(page, key(account));

  await dapp.reload();
  await dapp.createSession.click();

  const alert = dapp.alert("store.newer_version");
  await expect(alert.first()).toBeVisible();
  expect(wallet.prompts).toHaveLength(1);
  expect(await keptText(page, key(account))).toBe(before);
});

test("a full storage is told of before anything is signed or sent", async ({
  baseURL,
  context,
  dapp,
  devnet,
  page,
  wallet,
}) => {
  const browser = await context.newCDPSession(page);
  const { origin } = new URL(baseURL!);
  await browser.send("Storage.overrideQuotaForOrigin", { origin, quotaSize: 1 });
  const account = await dapp.start(wallet);
  await devnet.quiet();
  await devnet.clearLog();

  await dapp.createSession.click();
  const alert = dapp.alert("store.full").filter({ has: page.getByRole("button", { name: "Dismiss" }) });
  await expect(alert).toBeVisible();
  expect(wallet.prompts).toEqual([]);
  expect(await devnet.methods()).not.toContain(SEND);

  await browser.send("Storage.overrideQuotaForOrigin", { origin });
  await dapp.remedy(alert, "Try again").click();
  await dapp.waitConfirmed(1);
  await dapp.mint();
  expect(await devnet.nftsOf(account)).toHaveLength(1);
});

test("each chain has sessions of its own", async ({ dapp, devnet, page, sessions, wallet, watch }) => {
  watch.expectFailedRequests();
  const OTHER = 31337;
  const account = await dapp.startWithSession(wallet);
  await sessions.open();
  await expect(sessions.of("Active")).toHaveCount(1);

  const services = ["node", "bundler", "paymaster"] as const;
  await devnet.fail(...services.map((service) => Fault.on(service, "eth_chainId").rewrite(`0x${OTHER.toString(16)}`)));
  await changeConfig(page, (config) => ({
    ...config,
    chainId: OTHER,
    bundler: { kind: "standard", url: `${devnet.url}/bundler` },
    paymaster: { kind: "erc7677", url: `${devnet.url}/paymaster` },
  }));
  await page.reload();
  expect(await sessions.connect(wallet)).toBe(account);
  await expect(sessions.notice("notice.untracked_sessions")).toContainText("1 session");
  await expect(sessions.entries).toHaveCount(0);

  await devnet.heal();
  await page.unroute("**/config.json");
  await page.reload();
  await expect(sessions.of("Active")).toHaveCount(1);
  await expect(sessions.notices).toHaveCount(0);
  await dapp.open();
  await dapp.mint();
  expect(await devnet.nftsOf(account)).toHaveLength(1);
});

/** Where an account's sessions are kept. */
function key(account: Address): string {
  return `use-aa:sessions:80002:${account}`;
}

/** Changes what lies in the store, as nobody should. */
async function changeLedger<T>(page: Page, account: Address, change: (ledger: Ledger) => T): Promise<T> {
  const text = await keptText(page, key(account));
  const ledger = JSON.parse(text!) as Ledger;
  const changed = change(ledger);
  await putText(page, key(account), JSON.stringify(ledger));
  return changed;
}
