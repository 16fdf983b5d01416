import { readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";

import { type Locator, type Page, expect } from "@playwright/test";

import { DappPage } from "./dapp-page.ts";

/** Every hook of the library. */
export const HOOKS = readdirSync(new URL("../../src/hooks/", import.meta.url))
  .filter((file) => /^use_\w+\.rs$/.test(file))
  .map((file) => file.replace(".rs", ""))
  .toSorted();

/** The page of a hook: its example, and the example's source. */
export class HookPage extends DappPage {
  readonly heading: Locator;
  readonly example: Locator;
  readonly source: Locator;
  /** The states of the hook, one of which is shown. */
  readonly states: Locator;
  readonly state: Locator;
  readonly preview: Locator;
  readonly run: Locator;
  readonly fields: Locator;

  constructor(
    page: Page,
    readonly hook: string,
  ) {
    super(page);
    this.heading = page.getByRole("heading", { level: 1, name: hook, exact: true });
    this.example = page.getByRole("region", { name: "Example", exact: true });
    this.source = page.getByRole("region", { name: "The source of this example" });
    this.states = page.getByRole("region", { name: "Its states", exact: true });
    this.state = this.states.getByRole("combobox", { name: "Show" });
    this.preview = this.states.getByRole("group", { name: "Preview" });
    this.run = this.preview.getByRole("button", { name: "Run", exact: true });
    this.fields = this.states.getByRole("region", { name: "Fields" });
  }

  /** Opens the page, which shows the file that runs. */
  async open(): Promise<void> {
    await this.page.goto(`/#/hooks/${this.hook}`);
    await expect(this.heading).toBeVisible();
    await this.expectSource();
  }

  /** Goes to the page of another hook, through the menu, in the same page. */
  async goTo(hook: string): Promise<HookPage> {
    await this.page.getByRole("navigation", { name: "Hooks" }).getByRole("link", { name: hook, exact: true }).click();
    const there = new HookPage(this.page, hook);
    await expect(there.heading).toBeVisible();
    return there;
  }

  /** What is shown as the source is the file itself. */
  async expectSource(): Promise<void> {
    const file = new URL(`../../src/demo/pages/hooks/${this.hook}.rs`, import.meta.url);
    const text = await readFile(file, "utf8");
    await expect.poll(() => this.source.textContent()).toBe(text);
  }

  /** What was read of the library's source when the dapp was built. */
  async facts(): Promise<{ errors: string[]; fields: string[][]; returns: string }> {
    const answer = await this.page.request.get(`/hooks/${this.hook}.json`);
    return (await answer.json()) as { errors: string[]; fields: string[][]; returns: string };
  }

  /** The value of a field in the state that is shown. */
  now(field: string): Locator {
    const name = this.page.getByRole("rowheader", { name: field, exact: true });
    return this.fields.getByRole("row").filter({ has: name }).getByRole("cell").nth(1);
  }

  /** A button of the example. */
  button(name: string): Locator {
    return this.example.getByRole("button", { name, exact: true });
  }

  /** A text field of the example. */
  field(label: string): Locator {
    return this.example.getByRole("textbox", { name: label, exact: true });
  }

  /** Texts that a field does not take: each is marked as wrong, and the button cannot be pressed. */
  async expectRefused(label: string, texts: string[], button: string): Promise<void> {
    for (const text of texts) {
      await this.field(label).fill(text);
      await expect(this.field(label)).toHaveAttribute("aria-invalid", "true");
      await expect(this.button(button)).toBeDisabled();
    }
  }

  /** What the example tells under a name. */
  fact(name: string): Locator {
    return this.example.getByRole("definition").and(this.page.getByLabel(name, { exact: true }));
  }
}
