import { type Locator, type Page, expect } from "@playwright/test";
import { type Address, type Hex, getAddress } from "viem";

import type { TestWallet } from "../support/wallet.ts";

/** The page on which a session is created and NFTs are minted, as its users see it. */
export class MintPage {
  readonly connectWallet: Locator;
  readonly disconnect: Locator;
  readonly createSession: Locator;
  readonly mintWithSession: Locator;
  readonly mintToAnother: Locator;
  readonly wallets: Locator;
  readonly account: Locator;
  readonly alerts: Locator;
  readonly statuses: Locator;
  readonly confirmed: Locator;
  readonly nfts: Locator;

  constructor(readonly page: Page) {
    this.connectWallet = page.getByRole("button", { name: "Connect wallet" });
    this.disconnect = page.getByRole("button", { name: "Disconnect" });
    this.createSession = page.getByRole("button", { name: "Create session" });
    this.mintWithSession = page.getByRole("button", { name: "Mint with session" });
    this.mintToAnother = page.getByRole("button", { name: "Mint to another address" });
    this.wallets = page.getByRole("dialog");
    this.account = page.getByLabel("Smart account address", { exact: true });
    this.alerts = page.getByRole("alert");
    this.statuses = page.getByRole("status");
    this.confirmed = this.statuses.filter({ hasText: /^Confirmed/ });
    this.nfts = page.getByRole("list", { name: "Minted NFTs" }).getByRole("img");
  }

  async open(): Promise<void> {
    await this.page.goto("/");
  }

  async reload(): Promise<void> {
    await this.page.reload();
  }

  /** Connects a wallet through the dialog, and says which account it owns. */
  async connect(wallet: Pick<TestWallet, "name">): Promise<Address> {
    await this.connectWallet.click();
    await this.choice(wallet.name).click();
    return this.address();
  }

  /** A wallet in the dialog. */
  choice(name: string): Locator {
    return this.wallets.getByRole("button", { name, exact: true });
  }

  /** The names in the dialog. */
  async choices(): Promise<string[]> {
    const names = await this.wallets.getByRole("listitem").allTextContents();
    return names.map((name) => name.trim());
  }

  /** The account's address, as soon as the page knows one. */
  async address(): Promise<Address> {
    await expect(this.account).toHaveText(/^0x[0-9a-fA-F]{40}$/);
    return getAddress((await this.account.textContent()) ?? "");
  }

  /** Opens the page with a wallet connected to it. */
  async start(wallet: TestWallet): Promise<Address> {
    await this.open();
    return this.connect(wallet);
  }

  /** Opens the page, with a wallet connected and a session created. */
  async startWithSession(wallet: TestWallet): Promise<Address> {
    const account = await this.start(wallet);
    await this.createSession.click();
    await this.waitConfirmed(1);
    return account;
  }

  /** Mints once more, until that is confirmed. */
  async mint(): Promise<void> {
    const confirmed = await this.confirmed.count();
    await this.mintWithSession.click();
    await this.waitConfirmed(confirmed + 1);
  }

  /** Waits until so many operations are confirmed, and gives the hashes of their transactions. */
  async waitConfirmed(count: number): Promise<Hex[]> {
    await expect(this.confirmed).toHaveCount(count);
    const texts = await this.confirmed.allTextContents();
    return texts.map((text) => {
      const [hash] = /0x[0-9a-f]{64}$/.exec(text.trim()) ?? [];
      if (!hash) throw new Error(`no hash of a transaction in "${text}"`);
      return hash as Hex;
    });
  }

  /** An alert that says so, with what can be done about it. */
  alert(text: string | RegExp): Locator {
    return this.alerts.filter({ hasText: text });
  }

  /** A button in an alert. */
  remedy(alert: Locator, name: "Try again" | "Replace them" | "Dismiss"): Locator {
    return alert.getByRole("button", { name });
  }
}
