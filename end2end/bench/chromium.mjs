// Runs the bundle of original.mjs in Chromium, and prints what it measured as JSON.
// node end2end/bench/chromium.mjs BUNDLE, with the browser in CHROMIUM and its switches in CHROMIUM_ARGS
import { chromium } from "@playwright/test"

const [bundle] = process.argv.slice(2)
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM,
  args: process.env.CHROMIUM_ARGS?.split(" "),
})
try {
  const page = await browser.newPage()
  page.on("pageerror", (error) => console.error(error))
  // A page of an origin has a local storage, which the original looks for when it is loaded.
  await page.route("**/*", (route) => route.fulfill({ contentType: "text/html", body: "<!doctype html>" }))
  await page.goto("http://127.0.0.1/")
  await page.addScriptTag({ path: bundle })
  console.log(JSON.stringify(await page.evaluate(() => globalThis.original.measure())))
} finally {
  await browser.close()
}
