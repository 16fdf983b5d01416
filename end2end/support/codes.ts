import { readFileSync } from "node:fs";

import type { Locator } from "@playwright/test";

/** The codes that the guide lists: those of the library, and those of the dapp. */
const CODES = new Set(
  [...readFileSync(new URL("../../src/guide/errors.md", import.meta.url), "utf8").matchAll(/^\| `([a-z_.]+)` \|/gm)].map(
    ([, code]) => code,
  ),
);

/** Those of the elements that have a code. One that the guide does not list is a mistake of the test. */
export function withCode(elements: Locator, code: string): Locator {
  if (!CODES.has(code)) throw new Error(`${code} is no code of src/guide/errors.md`);
  return elements.and(elements.page().locator(`[data-code="${code}"]`));
}
