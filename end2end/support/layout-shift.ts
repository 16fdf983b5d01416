import type { Page } from "@playwright/test";

interface Shift extends PerformanceEntry {
  sources: { node: Node | null }[];
}

/** Notes each shift of the layout from now on, also those after a click, which browsers leave out of the sum. */
export async function noteShifts(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const shifts: string[] = [];
    Object.assign(globalThis, { shifts });
    new PerformanceObserver((list) => {
      for (const { sources } of list.getEntries() as Shift[]) {
        const name = (node: Node | null) => (node instanceof Element ? `${node.tagName}.${node.className}` : "a text");
        shifts.push(sources.map(({ node }) => name(node)).join(" + "));
      }
    }).observe({ type: "layout-shift", buffered: true });
  });
}

/** The shifts so far, each as the elements that have moved. */
export async function shifts(page: Page): Promise<string[]> {
  // The entries of a frame come after it.
  return page.evaluate(async () => {
    for (let frame = 0; frame < 2; frame += 1) await new Promise(requestAnimationFrame);
    return (globalThis as unknown as { shifts: string[] }).shifts;
  });
}
