import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { createInterface } from "node:readline";

import type { Locator, Page } from "@playwright/test";
import type { Address } from "viem";

import type { Devnet } from "./devnet.ts";

// `cargo xtask test e2e` builds the examples and sets these variables.
const { USE_AA_EXAMPLES = "", USE_AA_SERVER_RENDERED = "" } = process.env;

/** Where the pages are in these tests. A page from another host than this machine would have no place for its keys. */
const PAGE = "http://localhost:9";

/** Where the examples have their services. */
const SERVICES = "http://127.0.0.1:8545";

const TYPES: Record<string, string> = { ".html": "text/html", ".js": "text/javascript", ".wasm": "application/wasm" };

/** The page of an example: an account, a session, and mints. */
export class Example {
  readonly session: Locator;
  readonly mint: Locator;
  readonly minted: Locator;

  constructor(readonly page: Page) {
    this.session = page.getByRole("button", { name: "Create session" });
    this.mint = page.getByRole("button", { name: "Mint" });
    this.minted = page.getByRole("status");
  }

  /** Opens an example that a browser renders, in place of the network. */
  async open(name: string, devnet: Devnet): Promise<void> {
    await this.page.route(`${PAGE}/**`, async (route) => {
      const file = new URL(route.request().url()).pathname.slice(1) || "index.html";
      const body = await readFile(path.join(USE_AA_EXAMPLES, name, file));
      await route.fulfill({ body, contentType: TYPES[path.extname(file)] });
    });
    await this.reach(devnet);
    await this.page.goto(PAGE);
  }

  /** Has the services of a namespace answer the page. */
  async reach(devnet: Devnet): Promise<void> {
    await this.page.route(`${SERVICES}/**`, async (route) => {
      const url = route.request().url().replace(SERVICES, devnet.url);
      // A page that has no address of its own may not connect to this machine.
      await route.fulfill({ response: await route.fetch({ url }) });
    });
  }

  /** Connects a wallet, and returns the account. */
  async connect(button: string): Promise<Address> {
    await this.page.getByRole("button", { name: button }).click();
    const account = await this.page.getByText(/^Account 0x/).textContent();
    return account!.replace("Account ", "") as Address;
  }

  /** Mints, and waits for the transaction, another one than before. */
  async mintOnce(): Promise<void> {
    const before = await this.minted.textContent();
    await this.mint.click();
    await this.minted.filter({ hasText: "Minted in 0x", hasNotText: before || undefined }).waitFor();
  }

  /** Connects the local wallet, grants, mints twice, and a third time after a reload. Returns the account. */
  async live(): Promise<Address> {
    const account = await this.connect("Connect Local dev wallet");
    await this.session.click();
    await this.mintOnce();
    await this.mintOnce();
    await this.page.reload();
    await this.mintOnce();
    return account;
  }
}

/** The server of the example that a server renders. */
export class RenderingServer {
  private constructor(
    readonly url: string,
    readonly stop: () => Promise<void>,
  ) {}

  static async start(): Promise<RenderingServer> {
    const env = {
      LEPTOS_OUTPUT_NAME: "server_rendered",
      LEPTOS_SITE_ROOT: path.join(USE_AA_EXAMPLES, "server-rendered"),
      LEPTOS_SITE_ADDR: "127.0.0.1:0",
    };
    const server = spawn(USE_AA_SERVER_RENDERED, { env, stdio: ["ignore", "pipe", "inherit"] });
    const ended = once(server, "exit");
    for await (const line of createInterface(server.stdout)) {
      const [, url] = /^listening on (http:.*)$/.exec(line) ?? [];
      if (!url) continue;
      return new RenderingServer(url, async () => {
        server.kill();
        await ended;
      });
    }
    throw new Error(`${USE_AA_SERVER_RENDERED} ended before it listened`);
  }
}
