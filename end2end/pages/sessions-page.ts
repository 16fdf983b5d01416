import type { Locator, Page } from "@playwright/test";

import { DappPage } from "./dapp-page.ts";

/** The page on which sessions are looked at and ended, as its users see it. */
export class SessionsPage extends DappPage {
  readonly entries: Locator;
  readonly revokeSelected: Locator;
  readonly endAll: Locator;

  constructor(page: Page) {
    super(page);
    this.entries = page.getByRole("listitem", { name: /^Session 0x/ });
    this.revokeSelected = page.getByRole("button", { name: "Revoke selected" });
    this.endAll = page.getByRole("button", { name: "End all sessions" });
  }

  async open(): Promise<void> {
    await this.page.goto("/#/sessions");
  }

  /** The sessions that have come so far. */
  of(status: string): Locator {
    return this.entries.filter({ has: this.page.getByText(status, { exact: true }) });
  }

  /** A button of one session. */
  button(entry: Locator, name: "Renew" | "Revoke"): Locator {
    return entry.getByRole("button", { name, exact: true });
  }

  /** The box that selects a session. */
  box(entry: Locator): Locator {
    return entry.getByRole("checkbox", { name: /^Select the session 0x/ });
  }
}
