import { setTimeout as pause } from "node:timers/promises";

import type { BrowserContext } from "@playwright/test";
import { type Address, zeroHash } from "viem";

import { Device } from "../support/browser-killed.ts";
import { enter, test as base, expect } from "../support/test.ts";

/** How long after a step the browser is killed. Chromium writes local storage after some 5 s. */
const DELAYS_MS = [300, 1_000, 4_000];

/** Does something on each device, kills its browser a while later, and looks at what the next one shows. */
type Step = (name: string, act: Part, look: Part) => Promise<void>;
type Part = (device: Device) => Promise<void>;

const test = base.extend<{ fleet: Device[]; step: Step }>({
  /** A device for each delay. */
  fleet: async ({ config, devnet, watch }, use) => {
    const prepare = async (context: BrowserContext) => {
      await enter(context, devnet, config);
      await watch.follow(context);
    };
    const fleet = await Promise.all(DELAYS_MS.map(() => Device.start(prepare)));
    await use(fleet);
    await Promise.all(fleet.map((device) => device.end()));
  },
  step: async ({ fleet }, use) => {
    await use(async (name, act, look) => {
      const tried = async (device: Device, number: number) => {
        await act(device);
        await pause(DELAYS_MS[number]);
        await device.kill();
        await device.open();
        await look(device);
      };
      await base.step(name, () => Promise.all(fleet.map(tried)));
    });
  },
});

test.describe.configure({ timeout: 240_000 });

test("a browser that is killed after a step has lost nothing of it", async ({ devnet, step }) => {
  const accounts = new Map<Device, Address>();

  await step(
    "connected",
    async (device) => {
      accounts.set(device, await device.dapp.start(device.wallet));
    },
    async (device) => {
      await device.dapp.open();
      expect(await device.dapp.address()).toBe(accounts.get(device));
    },
  );

  await step(
    "session granted",
    async ({ dapp }) => {
      await dapp.createSession.click();
      await dapp.waitConfirmed(1);
    },
    async ({ sessions }) => {
      await sessions.open();
      await expect(sessions.of("Active")).toHaveCount(1);
      await expect(sessions.entries).toHaveCount(1);
      await expect(sessions.notices).toHaveCount(0);
      await sessions.visit("Mint");
    },
  );

  await step(
    "minted",
    async ({ dapp }) => dapp.mint(),
    async ({ dapp, sessions }) => {
      await dapp.open();
      await expect(dapp.nfts).toHaveCount(1);
      await expect(dapp.statuses.filter({ hasText: /^Sent/ })).toHaveCount(0);
      await expect(dapp.mintWithSession).toBeEnabled();
      await dapp.visit("Sessions");
      await expect(sessions.of("Active")).toHaveCount(1);
    },
  );

  await step(
    "session revoked",
    async ({ sessions }) => {
      await sessions.button(sessions.entries, "Revoke").click();
      await sessions.waitConfirmed(1);
    },
    async (device) => {
      const { sessions, wallet } = device;
      const account = accounts.get(device)!;
      await sessions.open();
      await expect(sessions.of("Revoked")).toHaveCount(1);
      await expect(sessions.notices).toHaveCount(0);
      expect(await devnet.sessionsOf(account)).toBe(zeroHash);
      expect(await devnet.nftsOf(account)).toHaveLength(1);
      expect(wallet.prompts).toHaveLength(2);
    },
  );
});

test("what a killed browser has sent is under way in the next one, and happens once @serial", async ({
  devnet,
  fleet,
  step,
}) => {
  const accounts = await Promise.all(fleet.map(({ dapp, wallet }) => dapp.startWithSession(wallet)));
  const before = ({ dapp }: Device) => dapp.statuses.filter({ hasText: /^(Sent before, waiting for the chain|Stuck)/ });

  await devnet.hold();
  await step(
    "sent",
    async ({ dapp }) => {
      await dapp.mintWithSession.click();
      await expect(dapp.statuses.filter({ hasText: /^Sent, waiting/ })).toHaveCount(1);
    },
    async (device) => {
      await device.dapp.open();
      await expect(before(device)).toHaveCount(1);
    },
  );
  await devnet.release();

  for (const [number, device] of fleet.entries()) {
    await expect(device.dapp.nfts).toHaveCount(1);
    await expect(before(device)).toHaveCount(0);
    expect(await devnet.nftsOf(accounts[number]!)).toHaveLength(1);
    await device.dapp.mint();
    expect(await devnet.nftsOf(accounts[number]!)).toHaveLength(2);
  }
});
