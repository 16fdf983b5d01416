import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";

import { type BrowserContext, chromium, test } from "@playwright/test";

import { MintPage } from "../pages/mint-page.ts";
import { SessionsPage } from "../pages/sessions-page.ts";
import { TestWallet, install } from "./wallet.ts";

const run = promisify(execFile);

/** A browser on a profile of its own, with a wallet that outlives it. */
export class Device {
  readonly wallet = new TestWallet();
  #context!: BrowserContext;
  dapp!: MintPage;
  sessions!: SessionsPage;

  private constructor(
    readonly profile: string,
    readonly prepare: (context: BrowserContext) => Promise<void>,
  ) {}

  /** A browser that runs, with an empty page. Each of its contexts is prepared. */
  static async start(prepare: (context: BrowserContext) => Promise<void>): Promise<Device> {
    const device = new Device(await mkdtemp(join(tmpdir(), "use-aa-killed-")), prepare);
    await device.open();
    return device;
  }

  /** Starts the browser, with an empty page. */
  async open(): Promise<void> {
    const { launchOptions, baseURL } = test.info().project.use;
    this.#context = await chromium.launchPersistentContext(this.profile, { ...launchOptions, baseURL });
    await this.prepare(this.#context);
    const page = this.#context.pages()[0]!;
    await install(page, this.wallet);
    this.dapp = new MintPage(page);
    this.sessions = new SessionsPage(page);
  }

  /** Kills all processes of the browser at once. */
  async kill(): Promise<void> {
    const closed = this.#context.waitForEvent("close");
    const pids = await this.#processes();
    if (pids.length < 3) throw new Error(`these are not all processes of the browser: ${pids.join(", ")}`);
    pids.forEach(kill);
    await closed;
    while (await areRunning(pids)) await pause(10);
  }

  /** Ends the browser and removes its profile. */
  async end(): Promise<void> {
    await this.#context.close();
    await rm(this.profile, { recursive: true, force: true });
  }

  /** The browser's processes, from the one that Playwright has started on this profile. */
  async #processes(): Promise<number[]> {
    const { stdout } = await run("ps", ["-A", "-o", "pid=,ppid=,args="]);
    const all = Array.from(stdout.matchAll(/^\s*(\d+)\s+(\d+)\s+(.*)$/gm), ([, pid, parent, args]) => ({
      pid: Number(pid),
      parent: Number(parent),
      args: args!,
    }));
    const children = (parent: number): number[] =>
      all.filter((process) => process.parent === parent).flatMap(({ pid }) => [pid, ...children(pid)]);
    const own = new Set(children(process.pid));
    const browser = all.find(({ pid, args }) => own.has(pid) && args.includes(`--user-data-dir=${this.profile}`));
    if (!browser) throw new Error(`no browser runs on ${this.profile}`);
    return [browser.pid, ...children(browser.pid)];
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It ended by itself when the one before was killed.
  }
}

/** Whether some processes run. Those that ended may be listed for a while, as defunct. */
async function areRunning(pids: number[]): Promise<boolean> {
  const listed = run("ps", ["-o", "stat=", "-p", pids.join(",")]);
  // It fails where none is listed.
  const { stdout } = await listed.catch(() => ({ stdout: "" }));
  return stdout.split("\n").some((state) => /^[^Z]/.test(state.trim()));
}
