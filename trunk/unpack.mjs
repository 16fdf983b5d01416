// Loads a program that pack.mjs has packed; its head comment describes the format. shrink.mjs bundles this with the script of a
// page.

/** Where the content of a packed file begins: after the header of a module and that of a custom section with an empty name. */
const CONTENT = 15
const MAX_STREAMS = 64
/** The numbers before the streams are shorter. */
const HEAD_LENGTH = 512

/**
 * Starts the program of a response, as `WebAssembly.instantiateStreaming` does.
 *
 * @param {Response | Promise<Response>} response
 * @param {WebAssembly.Imports} imports
 */
export async function load(response, imports) {
  const { ok, status, url, body } = await response
  if (!ok) throw new Error(`cannot load ${url}: status ${status}`)
  const [reader, steps] = [body.getReader(), unpacking()]
  let [file, length, step] = [new Uint8Array(2 ** 16), 0, steps.next()]
  for (let part; (part = (await reader.read()).value); ) {
    const before = file
    if (length + part.length > file.length) (file = new Uint8Array(2 * (length + part.length))).set(before)
    file.set(part, length)
    length += part.length
    // On a slow network this is done while the rest is on its way.
    while (length >= step.value) step = steps.next(file.subarray(0, length))
  }
  return WebAssembly.instantiate(last(steps, step, file.subarray(0, length)), imports)
}

/**
 * Returns the program of a packed file. Other bytes are returned unchanged: the browser says what is wrong with them.
 *
 * @param {Uint8Array} packed
 * @throws {RangeError} when the file was changed or cut off on its way
 */
export function unpack(packed) {
  const steps = unpacking()
  return last(steps, steps.next(), packed)
}

/** Returns what the steps return when no more bytes come. */
function last(steps, step, packed) {
  while (!step.done) step = steps.next(packed)
  return step.value
}

/**
 * Unpacks a file in steps. Yields how many bytes the next step takes, and is given all bytes that are there, which are fewer if
 * the file ends. Returns the program.
 */
function* unpacking() {
  let packed = yield HEAD_LENGTH
  if (packed.length <= CONTENT || packed[8] || packed[CONTENT - 1]) return yield Infinity
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

  packed = yield streams[LOCALS]
  check(packed.length >= streams[LOCALS])
  // A pair is of older symbols, so that no symbol stands for itself.
  for (let pair = pairs; pair < symbols; pair++) check(packed[pair] < single + ((pair - pairs) >> 1))
  const expand = (symbol) => {
    for (; symbol >= single; symbol = packed[pairs + 2 * (symbol - single) + 1]) expand(packed[pairs + 2 * (symbol - single)])
    instructions[end++] = symbol
  }
  for (let from = symbols; end < count; ) expand(packed[from++])

  // All streams are there, and the functions are made of them while the data behind is on its way.
  const bytes = yield at
  check(bytes.length >= at)
  const copy = (stream) => (program[to++] = bytes[streams[stream]++])
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
  const copy_all = (whole, from, until) => {
    check(to + until - from <= size)
    program.set(whole.subarray(from, until), to)
    to += until - from
  }
  // A function of its own: the browser compiles what is called often.
  const instruction = () => {
    const entry = table + 5 * instructions[next++]
    const opcode = (program[to++] = bytes[entry])
    if (bytes[entry + 1]) program[to++] = bytes[entry + 1] - 1
    let immediates = bytes[entry + 2]
    if (immediates) {
      let stream = bytes[entry + 3]
      if (stream > 127) stream += bytes[table + 5 * instructions[next] + 4] - 128
      for (; immediates > 15; immediates -= 16) copy(stream)
      for (; immediates; immediates--) {
        const value = copy_number(stream)
        // `br_table` has as many labels as its first immediate says, and one for all other values.
        if (opcode === 0x0e) for (let labels = value; labels >= 0; labels--) copy_number(stream)
      }
    }
    return opcode
  }

  copy_all(bytes, head, table)
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

  const whole = yield Infinity
  copy_all(whole, at, whole.length)
  check(to === size)
  return program.subarray(0, to)
}
