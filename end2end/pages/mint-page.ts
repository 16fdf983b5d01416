import { type Locator, type Page, expect } from "@playwright/test";
import type { Address } from "viem";

import type { TestWallet } from "../support/wallet.ts";
import { DappPage } from "./dapp-page.ts";

/** The page on which a session is created and NFTs are minted, as its users see it. */
export class MintPage extends DappPage {
  readonly disconnect: Locator;
  readonly createSession: Locator;
  /** That the session can be used, though the chain knows nothing of it yet. */
  readonly ready: Locator;
  readonly mintWithSession: Locator;
  readonly mintToAnother: Locator;
  readonly nfts: Locator;

  constructor(page: Page) {
    super(page);
    this.disconnect = page.getByRole("button", { name: "Disconnect" });
    this.createSession = page.getByRole("button", { name: "Create session" });
    this.ready = page.getByRole("heading", { name: /^Grant a session, once Ready, until/ });
    this.mintWithSession = page.getByRole("button", { name: "Mint with session" });
    this.mintToAnother = page.getByRole("button", { name: "Mint to another address" });
    this.nfts = page.getByRole("list", { name: "Minted NFTs" }).getByRole("img");
  }

  async open(): Promise<void> {
    await this.page.goto("/");
  }

  /** The names in the dialog. */
  async choices(): Promise<string[]> {
    const names = await this.wallets.getByRole("listitem").allTextContents();
    return names.map((name) => name.trim());
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

  /** Mints one after the other, until the account has so many NFTs. The page lists only its latest operations. */
  async mintUpTo(count: number): Promise<void> {
    for (let minted = (await this.nfts.count()) + 1; minted <= count; minted += 1) {
      await this.mintWithSession.click();
      await expect(this.nfts).toHaveCount(minted);
    }
  }
}
