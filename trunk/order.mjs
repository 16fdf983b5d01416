// The order of the functions of a program in which it compresses best: like follows like. Binaryen can sort functions by
// name, so each function gets its place as its name.

import { CUSTOM, ascii, functions, imported, is_names, leb, read, written } from "./sections.mjs"

/** The bytes of code that two functions have to share to be like each other. */
const LENGTH = 5
/** A sequence that more functions have tells nothing about any of them. */
const MOST = 256
/** The weights of the functions that were placed last, the latest first. */
const WEIGHTS = [1, 0.8, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1]

/** Returns a module whose names of functions are their places in the order. */
export function ordered(wasm) {
  const sections = read(wasm)
  const first = imported(wasm, sections)
  const bodies = functions(wasm, sections)
  const places = []
  alike(bodies).forEach((body, place) => (places[body] = place))
  const names = places.flatMap((place, body) => [...leb(first + body), 5, ...ascii(String(place).padStart(5, "0"))])
  const map = [...leb(places.length), ...names]
  const section = [4, ...ascii("name"), 1, ...leb(map.length), ...map]
  const others = sections.filter((section) => !is_names(wasm, section))
  const last = Uint8Array.of(CUSTOM, ...leb(section.length), ...section)
  return Buffer.concat([written(wasm, others, {}), last])
}

/** Returns the numbers of the bodies: first the longest, then always the one that is most like those before it. */
function alike(bodies) {
  const having = new Map()
  const sequences = bodies.map((body) => {
    const own = new Set()
    for (let at = 0; at + LENGTH <= body.length; at++) own.add(body.latin1Slice(at, at + LENGTH))
    return own
  })
  sequences.forEach((own, body) => {
    for (const sequence of own) {
      const bodies = having.get(sequence)
      if (bodies) bodies.push(body)
      else having.set(sequence, [body])
    }
  })
  const by_length = bodies.map((_, body) => body).sort((a, b) => bodies[b].length - bodies[a].length)
  const [left, placed] = [new Set(by_length), []]
  while (left.size) {
    const shared = new Map()
    WEIGHTS.forEach((weight, back) => {
      for (const sequence of sequences[placed.at(-1 - back)] ?? []) {
        const others = having.get(sequence)
        if (others.length > MOST) continue
        // What few functions have tells more.
        const share = weight / Math.sqrt(others.length)
        for (const body of others) if (left.has(body)) shared.set(body, (shared.get(body) ?? 0) + share)
      }
    })
    // A long function shares more than a short one without being like it.
    let [best, most] = [left.values().next().value, 0]
    for (const [body, sum] of shared) {
      const likeness = sum / Math.cbrt(bodies[body].length + 40)
      if (likeness > most) [best, most] = [body, likeness]
    }
    left.delete(best)
    placed.push(best)
  }
  return placed
}
