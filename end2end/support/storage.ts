import type { Page } from "@playwright/test";

/** Opens the page in a browser that keeps nothing. */
export async function refuseStorage(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const refuse = () => {
      throw new DOMException("The request was denied.", "SecurityError");
    };
    Object.defineProperty(window, "localStorage", { get: refuse });
    IDBFactory.prototype.open = refuse;
  });
}
