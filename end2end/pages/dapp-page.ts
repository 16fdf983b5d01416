import { type Locator, type Page, expect } from "@playwright/test";
import { type Address, type Hex, getAddress } from "viem";

import { withCode } from "../support/codes.ts";
import type { TestWallet } from "../support/wallet.ts";

/** What the pages of the dapp have in common, as their users see it. */
export abstract class DappPage {
  readonly connectWallet: Locator;
  readonly wallets: Locator;
  readonly accountKind: Locator;
  readonly account: Locator;
  readonly alerts: Locator;
  readonly notices: Locator;
  readonly statuses: Locator;
  readonly confirmed: Locator;
  readonly cancel: Locator;

  constructor(readonly page: Page) {
    this.connectWallet = page.getByRole("button", { name: "Connect wallet" });
    this.wallets = page.getByRole("dialog");
    this.accountKind = page.getByRole("combobox", { name: "Account kind" });
    this.account = page.getByLabel("Smart account address", { exact: true });
    this.alerts = page.getByRole("alert");
    this.notices = page.getByRole("note");
    this.statuses = page.getByRole("status");
    this.cancel = page.getByRole("button", { name: "Cancel", exact: true });
    this.confirmed = this.statuses.filter({ hasText: /^Confirmed/ });
  }

  abstract open(): Promise<void>;

  async reload(): Promise<void> {
    await this.page.reload();
  }

  /** Goes to another page through the menu, in the same page. */
  async visit(name: "Mint" | "Sessions" | "Activity"): Promise<void> {
    const link = this.page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name, exact: true });
    await link.click();
    // Until then the page before is there, with its messages.
    await expect(link).toHaveAttribute("aria-current", "page");
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

  /** The alerts of an error, by its code, with what can be done about it. */
  alert(code: string): Locator {
    return withCode(this.alerts, code);
  }

  /** The notice with a code. */
  notice(code: string): Locator {
    return withCode(this.notices, code);
  }

  /** A button in an alert. */
  remedy(alert: Locator, name: "Try again" | "Replace them" | "Dismiss"): Locator {
    return alert.getByRole("button", { name });
  }
}
