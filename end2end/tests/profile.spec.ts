import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { type BrowserContext, type Page, chromium } from "@playwright/test";
import type { Hex } from "viem";
import { privateKeyToAddress } from "viem/accounts";

import { MintPage } from "../pages/mint-page.ts";
import { SessionsPage } from "../pages/sessions-page.ts";
import { dump, findings, findingsIn, overhear, spellings } from "../support/secrets.ts";
import { enter, expect, test } from "../support/test.ts";
import { TestWallet, install } from "../support/wallet.ts";

test("no private key of a session lies anywhere in the browser's profile", async ({ config, devnet, watch }) => {
  test.setTimeout(180_000);
  const secrets: Hex[] = [];
  let kept = "";

  await inProfile(async (folder, open) => {
    const context = await open();
    await enter(context, devnet, config);
    await watch.follow(context);
    const page = context.pages()[0]!;
    secrets.push(...(await live(page)));
    kept = await dump(page);
    await context.close();

    expect(secrets).toHaveLength(2);
    for (const secret of secrets) {
      const { files, found } = await findingsIn(secret, folder);
      expect(found).toEqual([]);
      expect(files).toBeGreaterThan(20);
      expect(findings(secret, "storage", Buffer.from(kept))).toEqual([]);
    }
    // It is the right profile: what may be read of the session is there.
    const address = privateKeyToAddress(secrets[1]!).slice(2).toLowerCase();
    expect(kept).toContain(address);
    const { found } = await findingsIn(`0x${Buffer.from(address).toString("hex")}`, folder);
    expect(found.filter((place) => place.includes("IndexedDB"))).not.toEqual([]);
    expect(kept).toContain('{"algorithm":"AES-GCM","extractable":false}');
  });
  expect(await devnet.log()).not.toEqual([]);
});

test("a key that lies in a profile is found, however it is written", async () => {
  const secret: Hex = `0x${Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString("hex")}`;

  await inProfile(async (folder, open) => {
    const context = await open();
    const page = context.pages()[0]!;
    await page.goto("/");
    await page.evaluate(async (secret) => {
      localStorage.setItem("planted", JSON.stringify({ secret }));
      const opening = indexedDB.open("planted", 1);
      opening.onupgradeneeded = () => opening.result.createObjectStore("keys");
      await new Promise((resolve) => (opening.onsuccess = resolve));
      const bytes = new Uint8Array(secret.slice(2).match(/../g)!.map((byte) => parseInt(byte, 16)));
      const writing = opening.result.transaction("keys", "readwrite");
      writing.objectStore("keys").put(bytes, "planted");
      await new Promise((resolve) => (writing.oncomplete = resolve));
    }, secret);
    await context.close();

    const { found } = await findingsIn(secret, folder);
    expect(found.filter((place) => /Local Storage.*: hex/.test(place))).not.toEqual([]);
    expect(found.filter((place) => /IndexedDB.*: bytes$/.test(place))).not.toEqual([]);

    const planted = join(folder, "planted", "deep");
    await mkdir(planted, { recursive: true });
    for (const [name, spelling] of spellings(secret)) {
      const noise = Buffer.from(crypto.getRandomValues(new Uint8Array(1001)));
      await writeFile(join(planted, `${name}.bin`), Buffer.concat([noise, spelling, noise]));
    }
    const again = await findingsIn(secret, planted);
    for (const name of spellings(secret).keys()) {
      expect(again.found).toContain(`${join(planted, `${name}.bin`)}: ${name}`);
    }
    expect((await findingsIn(`0x${"5a".repeat(32)}`, folder)).found).toEqual([]);
  });
});

/** A session is created, used and renewed, and the page is loaded again in between. Gives the keys. */
async function live(page: Page): Promise<Hex[]> {
  const wallet = new TestWallet();
  await install(page, wallet);
  const secrets = await overhear(page);
  const dapp = new MintPage(page);
  await dapp.startWithSession(wallet);
  await dapp.mint();
  await dapp.reload();
  await dapp.mint();
  const sessions = new SessionsPage(page);
  await sessions.open();
  await sessions.button(sessions.entries, "Renew").click();
  await sessions.waitConfirmed(1);
  await dapp.open();
  await dapp.mint();
  return secrets;
}

/** Does something with a profile folder of its own, and with what opens a browser on it. */
async function inProfile(act: (folder: string, open: () => Promise<BrowserContext>) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "use-aa-profile-"));
  const { launchOptions, baseURL } = test.info().project.use;
  try {
    await act(folder, async () => chromium.launchPersistentContext(folder, { ...launchOptions, baseURL }));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
