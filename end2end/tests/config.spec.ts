import type { Route } from "@playwright/test";

import { type Config, changeConfig, expect, serveConfig, test } from "../support/test.ts";

/** Those that follow one another are told in different words, so that each is seen to come. */
const answers: [string, (route: Route) => Promise<void>, RegExp][] = [
  ["is empty", (route) => route.fulfill({ body: "" }), /config\.json is missing, or not a JSON object/],
  ["is not there", (route) => route.fulfill({ status: 404 }), /config\.json was answered with HTTP 404/],
  [
    "is a page",
    (route) => route.fulfill({ body: "<!doctype html><h1>Hello</h1>" }),
    /config\.json is missing, or not a JSON object/,
  ],
  ["fails at the server", (route) => route.fulfill({ status: 500 }), /config\.json was answered with HTTP 500/],
  ["is cut off", (route) => route.fulfill({ body: '{"chainId": 80002,' }), /config\.json is missing, or not a JSON/],
  ["cannot be loaded", (route) => route.abort(), /config\.json cannot be loaded: serve it beside the page/],
  ["is a list", (route) => route.fulfill({ body: "[]" }), /config\.json is missing, or not a JSON object/],
];

test("a config.json that cannot be had is said so, and can be asked for again", async ({ dapp, page, watch }) => {
  watch.expectFailedRequests();
  let answer = answers[1]![1];
  await serveConfig(page, (route) => answer(route));
  await dapp.open();
  const again = dapp.remedy(dapp.alerts, "Try again");

  for (const [what, next, words] of answers) {
    await test.step(`it ${what}`, async () => {
      answer = next;
      await again.click();
      await expect(dapp.alerts).toHaveText(words);
      await expect(dapp.connectWallet).toHaveCount(0);
    });
  }

  answer = (route) => route.fallback();
  await again.click();
  await expect(dapp.connectWallet).toBeEnabled();
  await expect(dapp.alerts).toHaveCount(0);
});

test("config.json is asked for once, before the program has come", async ({ context, dapp }) => {
  const asked: string[] = [];
  context.on("request", (request) => asked.push(new URL(request.url()).pathname));

  await dapp.open();
  await expect(dapp.connectWallet).toBeEnabled();

  expect(asked.filter((path) => path === "/config.json")).toHaveLength(1);
});

const SECRET = "0xnot-a-key-but-still-a-secret";

/** In such an order as well. */
const fields: [string, (config: Config) => object, RegExp][] = [
  ...["chainId", "rpc", "bundler", "nft"].map((field): [string, () => object, RegExp] => [
    `no ${field}`,
    () => ({ [field]: undefined }),
    new RegExp(`\`${field}(\\.\\w+)?\` is missing in config\\.json: give `),
  ]),
  ["a chain id that is a text", () => ({ chainId: "80002" }), /`chainId` in config\.json is wrong: it must be the n/],
  ["an rpc that is no address", () => ({ rpc: "localhost" }), /`rpc` in config\.json is wrong/],
  ["a short address", () => ({ nft: "0x1758f42Af7026fBbB559Dc60EcE0De3ef81f66" }), /`nft` in config\.json is wrong/],
  ["an rpc of another protocol", () => ({ rpc: "ftp://127.0.0.1/" }), /`rpc` in config\.json is wrong/],
  ["an address that is a number", () => ({ nft: 7 }), /`nft` in config\.json is wrong/],
  [
    "an rpc that only looks local",
    () => ({ rpc: "http://127.0.0.1:80@rpc.example/" }),
    /`rpc` in config\.json is wrong/,
  ],
  [
    "a bundler of an unknown kind",
    ({ bundler }) => ({ bundler: { ...(bundler as object), kind: "best" } }),
    /`bundler\.kind` in config\.json is wrong: it must be `standard`/,
  ],
  [
    "a bundler without an address",
    () => ({ bundler: { kind: "standard" } }),
    /`bundler\.url` is missing in config\.json/,
  ],
  [
    "a paymaster of an unknown kind",
    ({ paymaster }) => ({ paymaster: { ...(paymaster as object), kind: "best" } }),
    /`paymaster\.kind` in config\.json is wrong/,
  ],
  [
    "a bundler of another chain",
    ({ bundler }) => ({ bundler: { ...(bundler as object), url: "http://127.0.0.1:1/api/v2/1/key" } }),
    /`bundler\.url` in config\.json is wrong: the bundler is on chain 1, not on 80002/,
  ],
  ["a token that is no address", () => ({ token: "LUSD" }), /`token` in config\.json is wrong: it must be the add/],
  ["keys that are none", () => ({ devKeys: [SECRET] }), /`devKeys` in config\.json is wrong: it must be a list/],
];

test("a config.json with a field that is wrong or missing is said so", async ({ dapp, page }) => {
  let change = fields.at(-1)![1];
  await changeConfig(page, (config) => ({ ...config, ...change(config) }));
  await dapp.open();
  const again = dapp.remedy(dapp.alerts, "Try again");

  for (const [what, next, words] of fields) {
    await test.step(what, async () => {
      change = next;
      await again.click();
      await expect(dapp.alerts).toHaveText(words);
      await expect(dapp.alerts).not.toContainText(SECRET);
      await expect(dapp.connectWallet).toHaveCount(0);
    });
  }

  change = () => ({});
  await again.click();
  await expect(dapp.connectWallet).toBeEnabled();
});
