// Loads a program that trunk/pack.mjs has packed; the format is told there. shrink.mjs makes this a part of the program's script.

/** The place of the content in the file: after the header of a module and that of a section without a name. */
const CONTENT = 15

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
 * Returns the program of packed bytes. Bytes that were not packed are returned as they are: the browser says what is wrong with
 * them.
 *
 * @param {Uint8Array} packed
 */
export function unpack(packed) {
  if (packed[8] || packed[CONTENT - 1]) return packed
  let at = CONTENT
  const number = () => {
    let [byte, value, shift] = [128, 0, 0]
    for (; byte > 127; shift += 7) {
      byte = packed[at++]
      value |= (byte & 127) << shift
    }
    return value
  }
  // The last function is written four bytes behind its place.
  const program = new Uint8Array(number() + 4)
  const instructions = new Uint8Array(number())
  const single = number()
  // Where the next byte of each stream is.
  const streams = Array.from({ length: number() }, number)
  streams.forEach((length, stream) => ((streams[stream] = at), (at += length)))
  const [head, table, pairs, symbols] = streams
  const LOCALS = 4
  let [to, end, next] = [0, 0, 0]

  const expand = (symbol) => {
    for (; symbol >= single; symbol = packed[pairs + 2 * (symbol - single) + 1]) expand(packed[pairs + 2 * (symbol - single)])
    instructions[end++] = symbol
  }
  const copy = (stream) => (program[to++] = packed[streams[stream]++])
  /** Copies a number, and returns it. */
  const copy_number = (stream) => {
    if (to >= program.length) throw new RangeError("the program was changed on its way")
    let [byte, value, shift] = [128, 0, 0]
    for (; byte > 127; shift += 7) {
      byte = copy(stream)
      value |= (byte & 127) << shift
    }
    return value
  }
  const copy_all = (from, until) => {
    program.set(packed.subarray(from, until), to)
    to += until - from
  }
  // A function of its own: the browser compiles what is called often.
  const instruction = () => {
    const entry = table + 5 * instructions[next++]
    const code = (program[to++] = packed[entry])
    if (packed[entry + 1]) program[to++] = packed[entry + 1] - 1
    let numbers = packed[entry + 2]
    if (numbers) {
      let stream = packed[entry + 3]
      if (stream > 127) stream += packed[table + 5 * instructions[next] + 4] - 128
      for (; numbers > 15; numbers -= 16) copy(stream)
      for (; numbers; numbers--) {
        const value = copy_number(stream)
        // A table of branches has as many as its first number says, and one for all other values.
        if (code === 14) for (let branches = value; branches >= 0; branches--) copy_number(stream)
      }
    }
    return code
  }

  for (let from = symbols; end < instructions.length; ) expand(packed[from++])
  copy_all(head, table)
  while (next < instructions.length) {
    // The length of a function comes before it, in four bytes at most.
    const start = (to += 4)
    for (let groups = copy_number(LOCALS); groups; groups--) {
      copy_number(LOCALS)
      copy(LOCALS)
    }
    for (let depth = 1; depth && next < instructions.length; ) {
      const code = instruction()
      if (code > 1 && code < 5) depth++
      if (code === 11) depth--
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
  return program.subarray(0, to)
}
