import type { Page } from "@playwright/test";

/** The text that a page's browser keeps under a name. */
export async function keptText(page: Page, name: string): Promise<string | undefined> {
  return (await ask(page, { store: "texts", name })) as string | undefined;
}

/** All texts that a page's browser keeps, by their names. */
export async function keptTexts(page: Page): Promise<[string, string][]> {
  return (await ask(page, { store: "texts" })) as [string, string][];
}

/** Puts a text in the place of another one, as no page does. */
export async function putText(page: Page, name: string, text: string): Promise<void> {
  await ask(page, { store: "texts", name, value: text });
}

/** Puts something else in the place of the browser's key. */
export async function putKey(page: Page, value: unknown): Promise<void> {
  await ask(page, { store: "keys", name: "sessions", value });
}

interface Request {
  store: "texts" | "keys";
  name?: string;
  value?: unknown;
}

/** Reads or writes the site's database. */
async function ask(page: Page, request: Request): Promise<unknown> {
  return page.evaluate(
    ({ store, name, value }) =>
      new Promise((resolve, reject) => {
        const opening = indexedDB.open("use-aa");
        opening.onerror = () => reject(opening.error);
        opening.onsuccess = () => {
          const database = opening.result;
          const transaction = database.transaction(store, "readwrite");
          const objects = transaction.objectStore(store);
          if (name !== undefined && value !== undefined) objects.put(value, name);
          const found = name === undefined ? objects.getAll() : objects.get(name);
          const names = objects.getAllKeys();
          transaction.oncomplete = () => {
            database.close();
            const all = () => (found.result as unknown[]).map((text, at) => [names.result[at], text]);
            resolve(name === undefined ? all() : value === undefined ? found.result : undefined);
          };
          transaction.onabort = () => reject(transaction.error);
        };
      }),
    request,
  );
}
