// A program without the words of its panics. A program that sets no panic hook shows none of them: a panic ends it with a
// trap, and the message, the path of the source file (with the name of whoever built it) and the line are bytes that are
// sent and never read.

import { CODE, functions, imported, leb, names, read, segments, written } from "./sections.mjs"

/** The functions of `core` and `alloc` that do nothing but panic (they return `!`), as mangled names have them. */
const PANICS = [
  "assert_failed",
  "capacity_overflow",
  "do_panic",
  "expect_failed",
  "handle_alloc_error",
  "handle_error",
  "len_mismatch_fail",
  "panic_already_borrowed",
  "panic_already_mutably_borrowed",
  "panic_poisoned",
  "slice_error_fail",
  "slice_error_fail_rt",
  "slice_index_fail",
  "unwrap_failed",
].map((name) => `${name.length}${name}`)
const PANIC = new RegExp(`4core9panicking\\d|(4core|5alloc).*(?<!\\d)(${PANICS.join("|")})|___rustc17rust_begin_unwind`)
/** A hook that shows what a panic says. */
const HOOK = /console_error_panic_hook|9panicking8set_hook/

/** `unreachable`, and the end of the function. */
const TRAP = [0x00, 0x0b]

/** Returns a module, which has the mangled names of its functions, without the words of its panics. */
export function without_panics(wasm) {
  const sections = read(wasm)
  const [first, named] = [imported(wasm, sections), names(wasm, sections)]
  const hook = [...named.values()].find((name) => HOOK.test(name))
  if (hook) throw new Error(`the program shows its panics (${hook}): set the hook in debug builds alone`)
  const bodies = functions(wasm, sections).map((body, index) => {
    const name = named.get(first + index) ?? ""
    // A function that returns ends in another way.
    const panics = PANIC.test(name) && body.at(-2) === TRAP[0]
    return panics ? Uint8Array.of(0, ...TRAP) : body
  })
  const code = bodies.flatMap((body) => [Uint8Array.of(...leb(body.length)), body])
  const result = written(wasm, sections, { [CODE]: Buffer.concat([Uint8Array.of(...leb(bodies.length)), ...code]) })
  erase_locations(segments(result, read(result)))
  return result
}

/** Overwrites each `core::panic::Location` (the address of a path, its length, a line and a column), and its path. */
function erase_locations(segments) {
  const at = (address, length) => {
    const segment = segments.find(({ address: start, bytes }) => start <= address && address + length <= start + bytes.length)
    return segment?.bytes.subarray(address - segment.address, address - segment.address + length)
  }
  const paths = new Set()
  for (const { address, bytes } of segments) {
    // Addresses of words are multiples of their size.
    for (let place = -address & 3; place + 16 <= bytes.length; place += 4) {
      const [start, length, line, column] = [0, 4, 8, 12].map((word) => bytes.readUInt32LE(place + word))
      if (length > 400 || !line || line > 99_999 || !column || column > 999) continue
      const path = at(start, length)
      if (!path || !/^[\x21-\x7e]+\.rs$/.test(path.latin1Slice())) continue
      paths.add(path)
      bytes.fill(0, place, place + 16)
    }
  }
  for (const path of paths) path.fill(0)
}
