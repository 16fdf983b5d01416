import { readdirSync } from "node:fs";

/** Every guide of the library. */
export const GUIDES = readdirSync(new URL("../../src/guide/", import.meta.url))
  .filter((file) => file !== "index.md")
  .map((file) => file.replace(".md", ".html"))
  .toSorted();
