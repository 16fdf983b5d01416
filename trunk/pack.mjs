// Packs a WebAssembly program, so that brotli makes it a seventh smaller. In a program, opcodes are mixed with their immediates,
// and brotli predicts a byte from the two before it. Here all opcodes come first, as symbols, then the immediates of each kind.
// `unpack.mjs` restores the program in the browser.
//
// The file is a module of one custom section with an empty name: servers compress it, and name its type, as they do with the
// program. Its 15 bytes of header are those of the module (8), the section's id 0 and length (1, 5), and the name's length 0. Then
//
// 1. numbers (LEB128): the bytes of the program, its instructions, the symbols that stand for one instruction, the streams, and
//    the bytes of each stream;
// 2. the streams: the program before its functions; the table of symbols, below; the pairs; the symbols of all functions; the
//    locals of the functions; the immediates, by their kinds;
// 3. the program after its functions.
//
// The lowest symbols stand for one instruction each, and have an entry of five bytes in the table:
//
//   0  the opcode
//   1  the byte that the symbol has after the opcode, plus 1, or 0 for none
//   2  the number of immediates (LEB128), plus 16 for each other byte (floating-point constants)
//   3  the stream of the immediates, plus 128 if the class of the next instruction is added to it
//   4  the class of this instruction
//
// Every other symbol stands for a pair of older symbols (byte-pair encoding), up to 256 in all.

import { CODE, functions, leb, number, read } from "./sections.mjs"
import { unpack } from "./unpack.mjs"

/** The places of the first streams; those of the immediates follow. */
const [HEAD, TABLE, PAIRS, SEQUENCE, LOCALS, FIRST] = [0, 1, 2, 3, 4, 5]

/**
 * The classes of instructions, by their first and last opcodes: `local.get`, loads, stores, `i32.const`, `call`, `i32.add`,
 * `local.set` and `local.tee`, comparisons, other arithmetic. The instruction after a constant or a read of a local uses it, and
 * so says which values are likely.
 */
const CLASSES = [
  [0x20, 0x20],
  [0x28, 0x35],
  [0x36, 0x3e],
  [0x41, 0x41],
  [0x10, 0x10],
  [0x6a, 0x6a],
  [0x21, 0x22],
  [0x45, 0x66],
  [0x67, 0xc4],
  // All others.
  [0, 0xff],
]

/** Returns the place of an opcode's class. */
const class_of = (opcode) => CLASSES.findIndex(([first, last]) => opcode >= first && opcode <= last)

/** The kinds of immediates: the first stream of each, and whether it has one for each class of the next instruction. */
const kinds = {}
let end = FIRST
for (const kind of ["call", "const", "offset", "read", "write", "long", "branch", "block", "table", "other"]) {
  const by_next = kind === "const" || kind === "read"
  kinds[kind] = { stream: end, by_next }
  end += by_next ? CLASSES.length : 1
}

/**
 * The instructions that a symbol has with their immediate, because it is so often the same: blocks without a value, the stack
 * pointer, and the constants 0 and 1.
 */
const USUAL = { 0x02: [0x40], 0x03: [0x40], 0x04: [0x40], 0x23: [0], 0x24: [0], 0x41: [0, 1] }

/** Returns what follows an opcode: whether a byte belongs to its symbol, how many immediates and other bytes, and their kind. */
function shape(code, second) {
  const numbers = (kind, numbers = 1) => ({ kind, numbers, bytes: 0, has_second: false })
  if (USUAL[code]?.includes(second)) return { ...numbers("other", 0), has_second: true }
  if (code === 0x20) return numbers("read")
  if (code === 0x21 || code === 0x22) return numbers("write")
  if (code >= 0x28 && code <= 0x3e) return { ...numbers("offset"), has_second: true }
  if (code === 0x41) return numbers("const")
  if (code === 0x42) return numbers("long")
  if (code === 0x10) return numbers("call")
  if (code === 0x0c || code === 0x0d) return numbers("branch")
  if (code >= 0x02 && code <= 0x04) return numbers("block")
  if (code === 0x0e) return numbers("table")
  if (code === 0x11 || code === 0x1c) return numbers("other", 2)
  if ([0x23, 0x24, 0x25, 0x26, 0x3f, 0x40, 0xd0, 0xd2].includes(code)) return numbers("other")
  if (code === 0x43) return { ...numbers("other", 0), bytes: 4 }
  if (code === 0x44) return { ...numbers("other", 0), bytes: 8 }
  if (code === 0xfc && second < 18) {
    const has = second < 8 ? 0 : [8, 10, 12, 14].includes(second) ? 2 : 1
    return { ...numbers("other", has), has_second: true }
  }
  const is_plain = code < 2 || code === 0x05 || code === 0x0b || code === 0x0f || code === 0x1a || code === 0x1b
  if (is_plain || (code >= 0x45 && code <= 0xc4) || code === 0xd1) return numbers("other", 0)
  throw new Error(`pack: instruction ${code} is not known; add it to trunk/pack.mjs`)
}

/** Returns the packed program. A part without functions stays as it is. */
export function packed(wasm) {
  const sections = read(wasm)
  const code = sections.find(({ id }) => id === CODE)
  const file = code ? pack(wasm, sections, code) : wasm
  if (!wasm.equals(unpack(file))) throw new Error("pack: unpack.mjs does not restore the program; pass one that wasm-opt has written")
  return file
}

/** Returns true for what `packed` returns. */
export const is_packed = (wasm) => wasm[8] === 0 && wasm[14] === 0 && !read(wasm).some(({ id }) => id === CODE)

function pack(wasm, sections, code) {
  const [, first] = number(wasm, code.start)
  const streams = Array.from({ length: end }, () => [])
  const found = functions(wasm, sections).map((body) => instructions(body, streams[LOCALS]))
  const all = found.flat()

  const singles = [...new Set(all.map(({ symbol }) => symbol))].sort((a, b) => a - b)
  const places = new Map(singles.map((symbol, place) => [symbol, place]))
  const { symbols, pairs } = paired(all.map(({ symbol }) => places.get(symbol)), singles.length)
  for (const symbol of singles) {
    const [code, second] = [symbol >> 8, symbol & 255]
    const { kind, numbers, bytes, has_second } = shape(code, second - 1)
    const { stream, by_next } = kinds[kind]
    streams[TABLE].push(code, has_second ? second : 0, numbers + 16 * bytes, stream + (by_next ? 128 : 0), class_of(code))
  }
  all.forEach(({ kind, content }, place) => {
    const { stream, by_next } = kinds[kind]
    streams[stream + (by_next ? class_of(all[place + 1].symbol >> 8) : 0)].push(...content)
  })
  streams[HEAD] = wasm.subarray(0, first)
  streams[PAIRS] = pairs
  streams[SEQUENCE] = symbols

  const lengths = streams.flatMap((stream) => leb(stream.length))
  const content = Buffer.concat([
    Uint8Array.of(0, ...leb(wasm.length), ...leb(all.length), ...leb(singles.length), ...leb(streams.length), ...lengths),
    ...streams.map((stream) => Uint8Array.from(stream)),
    wasm.subarray(code.end),
  ])
  const length = Array.from({ length: 5 }, (_, place) => ((content.length / 128 ** place) & 127) | (place < 4 ? 128 : 0))
  return Buffer.concat([wasm.subarray(0, 8), Uint8Array.of(0, ...length), content])
}

/** Returns the instructions of a function: the opcode and the byte of its symbol as one number, the kind and the bytes of the rest. */
function instructions(body, locals) {
  const found = []
  let [groups, at] = number(body, 0)
  for (; groups; groups--) at = number(body, at)[1] + 1
  locals.push(...body.subarray(0, at))
  while (at < body.length) {
    const code = body[at++]
    const { kind, numbers, bytes, has_second } = shape(code, body[at])
    const symbol = code * 256 + (has_second ? body[at++] + 1 : 0)
    const start = at
    at += bytes
    for (let left = numbers; left > 0; left--) {
      let value
      ;[value, at] = number(body, at)
      // `br_table` has as many labels as its first immediate says, and one for all other values.
      if (code === 0x0e) for (let labels = value; labels >= 0; labels--) at = number(body, at)[1]
    }
    found.push({ symbol, kind, content: body.subarray(start, at) })
  }
  return found
}

/** Replaces the most frequent pair of symbols by a new symbol, until there are 256, so that brotli sees further back. */
function paired(symbols, first) {
  const pairs = []
  for (let symbol = first; symbol < 256; symbol++) {
    const counts = new Uint32Array(65536)
    for (let at = 1; at < symbols.length; at++) counts[symbols[at - 1] * 256 + symbols[at]]++
    let best = 0
    counts.forEach((count, pair) => count > counts[best] && (best = pair))
    const [left, right] = [best >> 8, best & 255]
    pairs.push(left, right)
    const next = []
    for (let at = 0; at < symbols.length; at++)
      if (symbols[at] === left && symbols[at + 1] === right) next.push((at++, symbol))
      else next.push(symbols[at])
    symbols = next
  }
  return { symbols, pairs }
}
