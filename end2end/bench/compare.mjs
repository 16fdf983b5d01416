// Drives the pages of the comparison in turn in headless Chromium, and prints what was measured as JSON.
// node end2end/bench/compare.mjs, with the task as JSON in TASK, the browser in CHROMIUM and its switches in CHROMIUM_ARGS
import { readFileSync } from "node:fs"
import { setTimeout as sleep } from "node:timers/promises"

import { chromium } from "@playwright/test"

import { act, probe } from "./compare/probe.mjs"
import { serve } from "./compare/server.mjs"
import { install } from "./compare/wallet.mjs"

/** { devnet, rounds, pages: [{ name, steps, folder, port }] } */
const { devnet, rounds, pages } = JSON.parse(process.env.TASK)

/** What is clicked and shown in each page. */
const ORIGINAL = {
  usable: "Connect",
  connect: { button: "Connect", shows: [["0x", 1]] },
  create: { button: "Create session", shows: [["Granted in", 1]] },
  mint: { button: "Mint", shows: [["Confirmed in", 1]] },
}
/** Sessions on Nexus: the first mint enables the session. */
const NEXUS = {
  usable: "Connect",
  funded: true,
  connect: { button: "Connect", shows: [["0x", 1]] },
  create: { button: "Create session", shows: [["Granted to", 1]] },
  "first mint": { button: "Mint", shows: [["Confirmed in", 1]] },
  mint: { button: "Mint", changes: "Confirmed in" },
}
const STEPS = {
  original: ORIGINAL,
  nexus: NEXUS,
  dapp: {
    usable: "Connect wallet",
    connect: { button: "Connect wallet", choice: "Bench Wallet", shows: [["Copy", 1]] },
    create: { button: "Create session", shows: [["Sent", 1], ["Confirmed", 1]] },
    mint: { button: "Mint with session", shows: [["Sent", 1], ["Confirmed", 2]] },
  },
}
const LATENCIES = [0, 100]
/** A slow phone on a slow network. */
const SLOW = { latency: 150, throughput: 1.6e6 / 8, cpu: 4 }

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM,
  args: process.env.CHROMIUM_ARGS?.split(" "),
})
const system = await browser.newBrowserCDPSession()
const found = {}
const note = (page, name, value) => ((found[name] ??= {})[page] ??= []).push(value)

/** Opens a page in a browser context of its own, and measures what it takes until the page is usable and quiet. */
async function open({ name, steps, origin }, slow) {
  const context = await browser.newContext()
  const page = await context.newPage()
  page.on("pageerror", (error) => console.error(name, error.message))
  await install(page)
  await page.addInitScript(probe, STEPS[steps].usable)
  const devtools = await context.newCDPSession(page)
  await devtools.send("Network.enable")
  let bytes = 0
  devtools.on("Network.loadingFinished", ({ encodedDataLength }) => (bytes += encodedDataLength))
  if (slow) {
    const { latency, throughput, cpu } = slow
    const network = { offline: false, latency, downloadThroughput: throughput, uploadThroughput: throughput }
    await devtools.send("Network.emulateNetworkConditions", network)
    await devtools.send("Emulation.setCPUThrottlingRate", { rate: cpu })
  }
  await page.goto(origin, { waitUntil: "commit" })
  const usable = await page.waitForFunction(() => window.bench?.usable, null, { polling: 5, timeout: 60_000 })
  const load = { "bytes at usable": bytes, "usable, ms": await usable.jsonValue() }
  await page.waitForLoadState("networkidle")
  load["bytes in all"] = bytes
  const painted = () => performance.getEntriesByName("first-contentful-paint")[0]?.startTime
  load["first paint, ms"] = await (await page.waitForFunction(painted, null, { polling: 5 })).jsonValue()
  load["long tasks, ms"] = await page.evaluate(() => window.bench.tasks.reduce((sum, ms) => sum + ms, 0))
  return { context, page, load }
}

/** Asks the devnet's node. */
async function ask(method, ...params) {
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method, params })
  const answer = await fetch(`${devnet}/rpc`, { method: "POST", headers: { "content-type": "application/json" }, body })
  return (await answer.json()).result
}

const fund = (account) => ask("anvil_setBalance", account, "0xde0b6b3a7640000")
const gasOf = async (hash) => Number((await ask("eth_getTransactionReceipt", hash)).gasUsed)

/** The unique memory of the youngest renderer, in bytes. */
async function memory(before) {
  const { processInfo } = await system.send("SystemInfo.getProcessInfo")
  const renderers = processInfo.filter(({ type, id }) => type === "renderer" && !before.has(id))
  const sizes = renderers.map(({ id }) => {
    const rollup = readFileSync(`/proc/${id}/smaps_rollup`, "utf8")
    const sum = [...rollup.matchAll(/^Private_(?:Clean|Dirty):\s+(\d+) kB/gm)].reduce((all, [, kb]) => all + Number(kb), 0)
    return sum * 1024
  })
  return Math.max(...sizes)
}

async function renderers() {
  const { processInfo } = await system.send("SystemInfo.getProcessInfo")
  return new Set(processInfo.filter(({ type }) => type === "renderer").map(({ id }) => id))
}

/** Loads a page as a slow phone does. */
async function load(served) {
  served.state.latency = 0
  const { context, load } = await open(served, SLOW)
  for (const [what, value] of Object.entries(load)) note(served.name, `slow network and CPU: ${what}`, value)
  await context.close()
}

/** Connects, creates a session and mints in a page, with a latency of each call of the services. */
async function use(served, latency) {
  const { name, state } = served
  const { usable: _, funded, connect, ...acts } = STEPS[served.steps]
  state.latency = latency
  const others = await renderers()
  const { context, page, load } = await open(served)
  if (latency === 0) {
    for (const [what, value] of Object.entries(load)) note(name, what, value)
    note(name, "memory of the renderer, bytes", await memory(others))
  }
  await page.evaluate(act, connect)
  if (funded) await fund(await page.evaluate(() => document.body.textContent.match(/0x[0-9a-fA-F]{40}/)[0]))
  // A page may fetch something on its own after connecting.
  await sleep(1_500)
  for (const [what, step] of Object.entries(acts)) {
    const { shown, sent, calls, trips, hash } = await page.evaluate(act, step)
    const note_act = (which, value) => note(name, `${what}, ${latency} ms a call: ${which}`, value)
    if (sent !== undefined) note_act("click to send, ms", sent)
    if (shown.length > 1) note_act("click to hook data, ms", shown[0])
    note_act("click to confirmed, ms", shown.at(-1))
    if (latency > 0) {
      note_act("calls until sent", calls)
      if (trips !== undefined) note_act("round trips until sent", trips)
    }
    if (funded && hash && latency === 0) note(name, `${what}: gas of the transaction`, await gasOf(hash))
    await sleep(500)
  }
  await context.close()
}

const all = []
try {
  for (const { name, steps, folder, port } of pages) all.push({ name, steps, ...(await serve(folder, port, devnet)) })
  // The first round warms the browser, and is not counted.
  for (let round = 0; round <= rounds; round += 1) {
    // Each page is first in its turn.
    const first = round % all.length
    for (const served of [...all.slice(first), ...all.slice(0, first)]) {
      await load(served)
      for (const latency of LATENCIES) await use(served, latency)
    }
    if (round === 0) for (const name of Object.keys(found)) delete found[name]
    console.error(`round ${round} of ${rounds}`)
  }
  console.log(JSON.stringify({ browser: browser.version(), found }))
} finally {
  await browser.close()
  for (const served of all) served.close()
}
