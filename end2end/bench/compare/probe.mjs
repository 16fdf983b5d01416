// What runs in each page of the comparison before the page's own script: it notes when something happens.

/** Notes when a button is usable, calls and long tasks, and keeps the original, whose addresses are hard-wired, here. */
export function probe(usable) {
  const calls = []
  const tasks = []
  window.bench = { calls, tasks }
  new PerformanceObserver((list) => tasks.push(...list.getEntries().map(({ duration }) => duration))).observe({
    type: "longtask",
    buffered: true,
  })
  const observer = new MutationObserver(() => {
    const buttons = [...document.querySelectorAll("button")]
    if (!buttons.some(({ textContent, disabled }) => textContent.includes(usable) && !disabled)) return
    observer.disconnect()
    window.bench.usable = performance.now()
  })
  observer.observe(document, { subtree: true, childList: true, attributes: true })

  const own = (url) => {
    const { host, pathname } = new URL(url, location.href)
    if (host === "paymaster.biconomy.io") return `${location.origin}${pathname}`
    if (host.includes("amoy")) return `${location.origin}/rpc`
    return url
  }
  // A body cannot be read twice without delay.
  const bodies = new WeakMap()
  window.Request = class extends Request {
    constructor(resource, options) {
      super(resource, options)
      bodies.set(this, options?.body)
    }
  }
  const real = window.fetch
  window.fetch = (resource, options) => {
    const isRequest = resource instanceof Request
    const url = isRequest ? resource.url : own(String(resource))
    if (url.endsWith("/errors.json")) return Promise.resolve(Response.json([]))
    const body = isRequest ? bodies.get(resource) : options?.body
    const methods = [...String(body ?? "").matchAll(/"method":\s*"(\w+)"/g)].map((found) => found[1])
    const call = { start: performance.now(), methods }
    if (/\/rpc|\/api\/|\/bundler|\/paymaster/.test(url)) calls.push(call)
    const answer = real(isRequest ? resource : url, options)
    answer.then(
      () => (call.end = performance.now()),
      () => (call.end = performance.now()),
    )
    return answer
  }
}

/**
 * Clicks a button, waits until the page shows each of some texts a number of times, or until the hash after another one
 * changes, and returns when that was, in milliseconds after the click, with the calls until an operation was sent, the
 * longest chain of them, and the hash that the page shows then.
 */
export async function act({ button, choice, shows = [], changes }) {
  const buttons = (name) => [...document.querySelectorAll("button")].find((found) => found.textContent.includes(name))
  const until = (condition, what) =>
    new Promise((resolve, reject) => {
      const give_up = () => (observer.disconnect(), reject(new Error(`${what}: ${document.body.innerText}`)))
      const patience = setTimeout(give_up, 40_000)
      const check = () => {
        if (!condition()) return
        observer.disconnect()
        clearTimeout(patience)
        resolve(performance.now())
      }
      const observer = new MutationObserver(check)
      observer.observe(document, { subtree: true, childList: true, characterData: true, attributes: true })
      check()
    })
  const press = async (name) => {
    await until(() => buttons(name)?.disabled === false, name)
    buttons(name).click()
  }

  const hash_after = (text) => document.body.textContent.split(text)[1]?.match(/0x[0-9a-f]{64}/)?.[0]
  const old = hash_after(changes)
  const { calls } = window.bench
  const before = calls.length
  await until(() => buttons(button)?.disabled === false, button)
  const click = performance.now()
  await press(button)
  if (choice) await press(choice)
  const shown = []
  for (const [text, times] of shows) {
    const is_shown = () => document.body.textContent.split(text).length > times
    shown.push((await until(is_shown, `${text} after ${button}`)) - click)
  }

  const is_new = () => ![old, undefined].includes(hash_after(changes))
  if (changes) shown.push((await until(is_new, `${changes} after ${button}`)) - click)
  const made = calls.slice(before)
  const hash = hash_after("Confirmed in")
  const send = made.find(({ methods }) => methods?.includes("eth_sendUserOperation"))
  if (!send) return { shown, hash, calls: made.length }
  const needed = made.filter(({ start }) => start <= send.start)
  // In order of their starts, each chain is known when a later call needs it.
  const chains = new Map()
  for (const call of needed) chains.set(call, 1 + Math.max(0, ...needed.filter(({ end }) => end <= call.start).map((before) => chains.get(before))))
  const chain = (call) => chains.get(call)
  return { shown, hash, sent: send.start - click, calls: needed.length, trips: chain(send) }
}
