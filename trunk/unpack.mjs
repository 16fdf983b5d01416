// Loads a program that pack.mjs has packed; its head comment describes the format. shrink.mjs bundles this with the script of a
// page.

/** Where the content of a packed file begins: after the header of a module and that of a custom section with an empty name. */
const CONTENT = 15
const MAX_STREAMS = 64

/**
 * Starts the program of a response, as `WebAssembly.instantiateStreaming` does.
 *
 * @param {Response | Promise<Response>} response
 * @param {WebAssembly.Imports} imports
 */
export async function load(response, imports) {
  const { ok, status, url } = (response = await response)
  if (!ok) throw new Error(`cannot load ${url}: status ${status}`)
  return WebAssembly.instantiate(unpack(new Uint8Array(await response.arrayBuffer())), imports)
}

/**
 * Returns the program of a packed file. Other bytes are returned unchanged: the browser says what is wrong with them.
 *
 * @param {Uint8Array} packed
 * @throws {RangeError} when the file was changed or cut off on its way
 */
export function unpack(packed) {
  if (packed.length <= CONTENT || packed[8] || packed[CONTENT - 1]) return packed
  const check = (is_right) => {
    if (!is_right) throw new RangeError("the program was changed on its way")
  }
  let at = CONTENT
  const number = () => {
    let value = 0
    for (let byte = 128, shift = 0; byte > 127; shift += 7) {
      byte = packed[at++]
      value |= (byte & 127) << shift
    }
    return value
  }
  const [size, count, single, used] = [number(), number(), number(), number()]
  check(count <= size && used <= MAX_STREAMS)
  // The last function is written four bytes behind its place.
  const program = new Uint8Array(size + 4)
  const instructions = new Uint8Array(count)
  // Where the next byte of each stream is.
  const streams = Array.from({ length: used }, number)
  streams.forEach((length, stream) => ((streams[stream] = at), (at += length)))
  const [head, table, pairs, symbols] = streams
  const LOCALS = 4
  let [to, end, next] = [0, 0, 0]

  // A pair is of older symbols, so that no symbol stands for itself.
  for (let pair = pairs; pair < symbols; pair++) check(packed[pair] < single + ((pair - pairs) >> 1))
  const expand = (symbol) => {
    for (; symbol >= single; symbol = packed[pairs + 2 * (symbol - single) + 1]) expand(packed[pairs + 2 * (symbol - single)])
    instructions[end++] = symbol
  }
  const copy = (stream) => (program[to++] = packed[streams[stream]++])
  /** Copies a number, and returns it. */
  const copy_number = (stream) => {
    check(to < program.length)
    // Called often: arrays here would make the browser's heap grow by megabytes.
    let value = 0
    for (let byte = 128, shift = 0; byte > 127; shift += 7) {
      byte = copy(stream)
      value |= (byte & 127) << shift
    }
    return value
  }
  const copy_all = (from, until) => {
    check(to + until - from <= size)
    program.set(packed.subarray(from, until), to)
    to += until - from
  }
  // A function of its own: the browser compiles what is called often.
  const instruction = () => {
    const entry = table + 5 * instructions[next++]
    const opcode = (program[to++] = packed[entry])
    if (packed[entry + 1]) program[to++] = packed[entry + 1] - 1
    let immediates = packed[entry + 2]
    if (immediates) {
      let stream = packed[entry + 3]
      if (stream > 127) stream += packed[table + 5 * instructions[next] + 4] - 128
      for (; immediates > 15; immediates -= 16) copy(stream)
      for (; immediates; immediates--) {
        const value = copy_number(stream)
        // `br_table` has as many labels as its first immediate says, and one for all other values.
        if (opcode === 0x0e) for (let labels = value; labels >= 0; labels--) copy_number(stream)
      }
    }
    return opcode
  }

  for (let from = symbols; end < count; ) expand(packed[from++])
  copy_all(head, table)
  while (next < count) {
    // The length of a function comes before it, in four bytes at most.
    const start = (to += 4)
    for (let groups = copy_number(LOCALS); groups; groups--) {
      copy_number(LOCALS)
      copy(LOCALS)
    }
    // `block`, `loop` and `if` begin what `end` ends.
    for (let depth = 1; depth && next < count; ) {
      const opcode = instruction()
      if (opcode > 0x01 && opcode < 0x05) depth++
      if (opcode === 0x0b) depth--
    }
    const length = to - start
    to = start - 4
    let left = length
    for (; left > 127; left >>= 7) program[to++] = left | 128
    program[to++] = left
    program.copyWithin(to, start, start + length)
    to += length
  }
  copy_all(at, packed.length)
  check(to === size)
  return program.subarray(0, to)
}
