import type { Page } from "@playwright/test";

import { HOOKS, HookPage } from "../pages/hook-page.ts";
import { expect, test } from "../support/test.ts";

/** Another origin on this machine, where nobody listens. */
const FOREIGN = "http://127.0.0.1:9";

/** Tries something in the page, which is to be refused as `directive: what`, and nothing else is. */
async function expectRefusals(page: Page, refused: string[], attempt: (foreign: string) => void): Promise<void> {
  await page.evaluate(() => {
    const seen = new Set<string>();
    Object.assign(globalThis, { seen });
    document.addEventListener("securitypolicyviolation", (event) => {
      seen.add(`${event.effectiveDirective}: ${event.blockedURI}`);
    });
  });
  await page.evaluate(attempt, FOREIGN);
  const seen = () => page.evaluate(() => [...(globalThis as unknown as { seen: Set<string> }).seen].toSorted());
  await expect.poll(seen).toEqual(refused.toSorted());
}

test("the page carries the policy, and so does its answer", async ({ devnet, page }) => {
  const answer = await page.goto("/");

  const meta = page.locator("head > meta[http-equiv='Content-Security-Policy']");
  const policy = (await meta.getAttribute("content")) ?? "";
  expect(policy.split("; ")).toEqual([
    "default-src 'none'",
    "script-src 'self' 'wasm-unsafe-eval'",
    "style-src 'self'",
    "img-src 'self' data:",
    `connect-src 'self' ${devnet.root.url}`,
    "base-uri 'none'",
    "form-action 'none'",
    "object-src 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types default",
  ]);
  expect(answer?.headers()["content-security-policy"]).toBe(`${policy}; frame-ancestors 'none'`);
  // Nothing is loaded before it holds.
  expect(await meta.evaluate((it) => it.previousElementSibling?.outerHTML)).toMatch(/^<meta charset=/);
});

test("a session is created and used without anything that the policy refuses", async ({ dapp, wallet }) => {
  await dapp.startWithSession(wallet);
  await dapp.mint();

  await expect(dapp.nfts).toHaveCount(1);
  const drawn = await dapp.nfts.first().evaluate((image: HTMLImageElement) => image.naturalWidth);
  expect(drawn).toBeGreaterThan(0);
});

test("the page of every hook needs nothing that the policy refuses", async ({ page }) => {
  for (const hook of HOOKS) {
    await test.step(hook, () => new HookPage(page, hook).open());
  }
});

test.describe("what is injected into the page", () => {
  test.beforeEach(async ({ dapp, watch }) => {
    watch.expectRefusals();
    await dapp.open();
    await expect(dapp.connectWallet).toBeVisible();
  });

  test("cannot run as a script that stands in it", async ({ page }) => {
    await expectRefusals(page, ["script-src-attr: inline"], () => {
      document.body.insertAdjacentHTML("beforeend", "<img src='bud.svg' onload='document.title = \"evil\"'>");
    });

    expect(await page.title()).not.toBe("evil");
  });

  test("cannot make code of text", async ({ page }) => {
    await expectRefusals(page, ["require-trusted-types-for: trusted-types-sink"], () => {
      // What a test evaluates may do so itself; what runs later may not.
      setTimeout(() => globalThis.eval("document.title = 'evil'"));
      setTimeout(() => new Function("document.title = 'evil'")());
      setTimeout(() => {
        const script = document.createElement("script");
        try {
          script.text = "document.title = 'evil'";
        } finally {
          document.body.append(script);
        }
      });
    });

    expect(await page.title()).not.toBe("evil");
  });

  test("cannot load a script from elsewhere, nor name one of the page's own origin", async ({ page }) => {
    const refused = ["require-trusted-types-for: trusted-types-sink", `script-src-elem: ${FOREIGN}/evil.js`];
    await expectRefusals(page, refused, (foreign) => {
      void import(`${foreign}/evil.js`).catch(() => {});
      setTimeout(() => Object.assign(document.createElement("script"), { src: "/start.js" }));
    });
  });

  test("cannot load a picture, a style or a frame from elsewhere", async ({ page }) => {
    const refused = [
      `frame-src: ${FOREIGN}`,
      `img-src: ${FOREIGN}/evil.png`,
      `style-src-elem: ${FOREIGN}/evil.css`,
    ];
    await expectRefusals(page, refused, (foreign) => {
      const style = Object.assign(document.createElement("link"), { rel: "stylesheet", href: `${foreign}/evil.css` });
      const frame = Object.assign(document.createElement("iframe"), { src: `${foreign}/evil.html` });
      document.body.append(style, frame, Object.assign(new Image(), { src: `${foreign}/evil.png` }));
    });
  });

  test("cannot tell anybody anything", async ({ page }) => {
    const refused = [
      `connect-src: ${FOREIGN}/fetch`,
      `connect-src: ${FOREIGN}/beacon`,
      "connect-src: ws://127.0.0.1:9/socket",
      `form-action: ${FOREIGN}/form?`,
    ];
    await expectRefusals(page, refused, (foreign) => {
      void fetch(`${foreign}/fetch`).catch(() => {});
      navigator.sendBeacon(`${foreign}/beacon`);
      new WebSocket(`${foreign.replace("http", "ws")}/socket`).close();
      const form = Object.assign(document.createElement("form"), { action: `${foreign}/form` });
      document.body.append(form);
      form.submit();
    });
  });

  test("cannot point the page's addresses elsewhere", async ({ page }) => {
    await expectRefusals(page, [`base-uri: ${FOREIGN}/`], (foreign) => {
      document.head.append(Object.assign(document.createElement("base"), { href: foreign }));
    });

    expect(await page.evaluate(() => document.baseURI)).not.toContain(FOREIGN);
  });
});

test("another page cannot hold the dapp in a frame, for its answer says so", async ({ baseURL, page, watch }) => {
  watch.expectRefusals();
  const body = `<iframe title="stolen" src="${baseURL}"></iframe>`;
  await page.route(`${FOREIGN}/`, (route) => route.fulfill({ contentType: "text/html", body }));
  const connect = page.frameLocator("iframe[title=stolen]").getByRole("button", { name: "Connect wallet" });

  await page.goto(FOREIGN);
  await expect.poll(() => page.frames().map((frame) => frame.url())).toContain("chrome-error://chromewebdata/");
  await expect(connect).toHaveCount(0);

  // The same place, and an answer that says nothing of frames.
  const harmless = { contentType: "text/html", body: "<button>Connect wallet</button>" };
  await page.route(`${baseURL}/`, (route) => route.fulfill(harmless));
  await page.reload();
  await expect(connect).toBeVisible();
});
