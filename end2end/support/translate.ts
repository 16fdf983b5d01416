import type { Page } from "@playwright/test";

/**
 * Has a page translated from now on, also after a reload, as browsers do it: each text node, and each new one, is
 * replaced by `font` elements. Nothing is translated within `translate="no"`, unless `everything` is.
 */
export async function translate(page: Page, everything = false): Promise<void> {
  await page.addInitScript((everything: boolean) => {
    const exempt = everything ? "script, style" : 'script, style, textarea, [translate="no"], .notranslate';
    const replace = (root: Node) => {
      const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
      const texts: Text[] = [];
      while (walker.nextNode()) texts.push(walker.currentNode as Text);
      for (const text of texts) {
        const parent = text.parentElement;
        if (!parent || parent.localName === "font" || parent.closest(exempt) || !text.data.trim()) continue;
        const [outer, inner] = [document.createElement("font"), document.createElement("font")];
        inner.textContent = text.data;
        outer.append(inner);
        text.replaceWith(outer);
      }
    };
    new MutationObserver(() => document.body && replace(document.body)).observe(document, {
      childList: true,
      characterData: true,
      subtree: true,
    });
  }, everything);
}

/** The hashes and addresses on a page that a browser would translate. */
export async function translatable(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const found: string[] = [];
    while (walker.nextNode()) {
      const text = walker.currentNode as Text;
      const isExempt = text.parentElement?.closest('script, style, [translate="no"]');
      if (!isExempt && /0x[0-9a-f]{4}/i.test(text.data)) found.push(text.data);
    }
    return found;
  });
}
