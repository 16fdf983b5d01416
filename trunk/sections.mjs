// The binary format of a WebAssembly module, as far as the scripts beside this one read and write it:
// https://webassembly.github.io/spec/core/binary/modules.html

export const [CUSTOM, IMPORTS, CODE, DATA] = [0, 2, 10, 11]

/** Returns the sections: their kinds, and where each begins and ends. */
export function read(wasm) {
  const sections = []
  for (let at = 8; at < wasm.length; ) {
    const id = wasm[at]
    const [length, start] = number(wasm, at + 1)
    sections.push({ id, start, end: start + length })
    at = start + length
  }
  return sections
}

/** Returns a module with other contents of some sections, by the kinds of those. */
export function written(wasm, sections, contents) {
  const all = sections.flatMap(({ id, start, end }) => {
    const content = contents[id] ?? wasm.subarray(start, end)
    return [Uint8Array.of(id, ...leb(content.length)), content]
  })
  return Buffer.concat([wasm.subarray(0, 8), ...all])
}

/** Returns true for the section that has the names of the functions. */
export function is_names(wasm, { id, start }) {
  if (id !== CUSTOM) return false
  const [length, from] = number(wasm, start)
  return wasm.latin1Slice(from, from + length) === "name"
}

/** Returns the names of the functions by their numbers, imported functions among them. None when they were removed. */
export function names(wasm, sections) {
  const found = new Map()
  const section = sections.find((section) => is_names(wasm, section))
  if (!section) return found
  for (let at = section.start + 5; at < section.end; ) {
    const kind = wasm[at]
    let [length, from] = number(wasm, at + 1)
    at = from + length
    if (kind !== 1) continue
    let count
    ;[count, from] = number(wasm, from)
    for (; count; count--) {
      let index
      ;[index, from] = number(wasm, from)
      ;[length, from] = number(wasm, from)
      found.set(index, wasm.latin1Slice(from, from + length))
      from += length
    }
  }
  return found
}

/** Returns the bodies of the functions. A part may have none. */
export function functions(wasm, sections) {
  const code = sections.find(({ id }) => id === CODE)
  if (!code) return []
  let [count, at] = number(wasm, code.start)
  return Array.from({ length: count }, () => {
    const [length, from] = number(wasm, at)
    at = from + length
    return wasm.subarray(from, at)
  })
}

/** Returns the number of imported functions, which come before those of the module. */
export function imported(wasm, sections) {
  const section = sections.find(({ id }) => id === IMPORTS)
  if (!section) return 0
  let functions = 0
  let [count, at] = number(wasm, section.start)
  const skip = () => ([, at] = number(wasm, at))
  const name = () => {
    const [length, from] = number(wasm, at)
    at = from + length
  }
  const limits = () => {
    const flags = wasm[at++]
    skip()
    if (flags & 1) skip()
  }
  const kinds = [() => (functions++, skip()), () => (at++, limits()), limits, () => (at += 2), () => (at++, skip())]
  for (; count; count--) {
    name()
    name()
    kinds[wasm[at++]]()
  }
  return functions
}

/** Returns the segments of data whose addresses are constants: the address of each, and its bytes. */
export function segments(wasm, sections) {
  const section = sections.find(({ id }) => id === DATA)
  if (!section) return []
  let [count, at] = number(wasm, section.start)
  const found = []
  for (; count; count--) {
    const kind = wasm[at++]
    let address
    if (kind !== 1) {
      // A segment of another memory, or at an address that is no constant.
      if (kind !== 0 || wasm[at] !== 0x41) return found
      ;[address, at] = number(wasm, at + 1)
      at++
    }
    const [length, from] = number(wasm, at)
    at = from + length
    if (kind === 0) found.push({ address, bytes: wasm.subarray(from, at) })
  }
  return found
}

/** Reads an unsigned number (LEB128), and returns it with the place after it. */
export function number(wasm, at) {
  for (let [value, shift] = [0, 0]; ; shift += 7) {
    const byte = wasm[at++]
    if (byte === undefined) throw new RangeError("the program ends within a number")
    value += (byte & 127) * 2 ** shift
    if (byte < 128) return [value, at]
  }
}

/** Writes an unsigned number (LEB128). */
export function leb(value) {
  return value < 128 ? [value] : [(value & 127) | 128, ...leb(value >>> 7)]
}

export function ascii(text) {
  return [...text].map((letter) => letter.charCodeAt(0))
}
