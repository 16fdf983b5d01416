import type { Locator, Page } from "@playwright/test";

import { DappPage } from "./dapp-page.ts";

/** The steps of an operation, in order. */
export const STEPS = ["Signed", "Sent", "Included", "Confirmed"] as const;

/** The page of what an account has done, as its users see it. */
export class ActivityPage extends DappPage {
  readonly operations: Locator;
  readonly counts: Locator;
  readonly clear: Locator;

  constructor(page: Page) {
    super(page);
    this.operations = page.getByRole("listitem", { name: /^Operation 0x/ });
    this.counts = page.getByText(/^\d+ in flight, \d+ past\./);
    this.clear = page.getByRole("button", { name: "Clear the list" });
  }

  async open(): Promise<void> {
    await this.page.goto("/#/activity");
  }

  /** The operations with a purpose. */
  of(label: string): Locator {
    return this.operations.filter({ has: this.page.getByRole("heading", { name: label, exact: true }) });
  }

  /** The steps of an operation, with their times. */
  steps(operation: Locator): Locator {
    return operation.getByRole("list", { name: "Timeline" }).getByRole("listitem");
  }

  /** What is told of an operation under a name. */
  fact(operation: Locator, name: string): Locator {
    return operation.locator(`dt:text-is("${name}") + dd`);
  }
}
