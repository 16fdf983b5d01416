import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";

import type { Page } from "@playwright/test";
import type { Hex } from "viem";

declare global {
  interface Window {
    overhearSecret(secret: string): Promise<void>;
  }
}

/** Hears the private keys that a page seals from now on, where WebCrypto gets them. They reach no storage. */
export async function overhear(page: Page): Promise<Hex[]> {
  const secrets: Hex[] = [];
  await page.exposeFunction("overhearSecret", (secret: Hex) => {
    secrets.push(secret);
  });
  await page.addInitScript(() => {
    const { subtle } = crypto;
    const encrypt = subtle.encrypt.bind(subtle);
    subtle.encrypt = (algorithm, key, data) => {
      const bytes = ArrayBuffer.isView(data)
        ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
        : new Uint8Array(data);
      const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0"));
      void window.overhearSecret(`0x${hex.join("")}`);
      return encrypt(algorithm, key, data);
    };
  });
  return secrets;
}

/** The ways in which a private key may be written down: itself, as hex and as base64, each also in UTF-16. */
export function spellings(secret: Hex): Map<string, Buffer> {
  const bytes = Buffer.from(secret.slice(2), "hex");
  const texts = new Map<string, string>([
    ["hex", bytes.toString("hex")],
    ["HEX", bytes.toString("hex").toUpperCase()],
    ["bytes in a list", bytes.join(",")],
    ["bytes in a list with spaces", bytes.join(", ")],
  ]);
  // What stands before the key shifts its base64; the digits at its ends are not its own then.
  for (const shift of [0, 1, 2]) {
    const encoded = Buffer.concat([Buffer.alloc(shift), bytes]).toString("base64");
    const own = encoded.slice(Math.ceil((shift * 8) / 6), Math.floor(((shift + bytes.length) * 8) / 6));
    texts.set(`base64, shifted by ${shift}`, own);
    texts.set(`base64url, shifted by ${shift}`, own.replaceAll("+", "-").replaceAll("/", "_"));
  }
  const spelt = new Map([["bytes", bytes]]);
  for (const [name, text] of texts) {
    spelt.set(name, Buffer.from(text, "latin1"));
    spelt.set(`${name} in UTF-16`, Buffer.from(text, "utf16le"));
  }
  return spelt;
}

/** Where a private key stands in some bytes, by the way in which it is written. */
export function findings(secret: Hex, where: string, bytes: Buffer): string[] {
  const found = [...spellings(secret)].filter(([, spelling]) => bytes.includes(spelling));
  return found.map(([name]) => `${where}: ${name}`);
}

/** Where a private key stands in the files of a folder. */
export async function findingsIn(secret: Hex, folder: string): Promise<{ files: number; found: string[] }> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const found: string[] = [];
  for (const file of files) {
    const path = join(file.parentPath, file.name);
    found.push(...findings(secret, path, await readFile(path)));
  }
  return { files: files.length, found };
}

/** All that a site keeps in local storage and IndexedDB, as text. Of a browser key it tells what may be known. */
export async function dump(page: Page): Promise<string> {
  return page.evaluate(async () => {
    const asked = <T>(request: IDBRequest<T>) =>
      new Promise<T>((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      });
    const shown = (_: string, value: unknown) =>
      value instanceof CryptoKey ? { algorithm: value.algorithm.name, extractable: value.extractable } : value;
    const kept: Record<string, unknown> = { localStorage: { ...localStorage }, sessionStorage: { ...sessionStorage } };
    for (const { name } of await indexedDB.databases()) {
      const database = await asked(indexedDB.open(name!));
      for (const store of database.objectStoreNames) {
        const objects = database.transaction(store).objectStore(store);
        kept[`${name}/${store}`] = await asked(objects.getAll());
      }
      database.close();
    }
    return JSON.stringify(kept, shown);
  });
}
