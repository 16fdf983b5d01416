// Shrinks the release build in a folder: each program of wasm-bindgen, and its script. Binaryen's `wasm-opt` and `esbuild`
// must be on the PATH. Trunk has options for both, but no option shortens names, and its minifier leaves the script as it is.
// A panic of the program is a trap without a message then, so a release build sets no panic hook. The programs are packed
// (pack.mjs), and only their own script loads them: its `default` takes a URL or a `Response`.
//
//   node trunk/shrink.mjs dist
//
// With the program that cargo has built, whose source names parts (`wasm_split`), each part becomes a file of its own, which
// the script loads when the program asks for the part. Then `wasm-split-cli` and `wasm-bindgen` must be on the PATH too.
//
//   node trunk/shrink.mjs dist target/wasm32-unknown-unknown/wasm-release/demo.wasm

import { execFileSync } from "node:child_process"
import { createHash } from "node:crypto"
import { existsSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

import { ordered } from "./order.mjs"
import { is_packed, packed } from "./pack.mjs"
import { without_panics } from "./panics.mjs"

const [folder, whole] = process.argv.slice(2)

// The script that wasm-split-cli writes, and imports from the program's.
const LOADER = "__wasm_split.js"

// What every script loads its programs with.
const UNPACK = fileURLToPath(new URL("unpack.mjs", import.meta.url))

const run = (program, args, input) =>
  execFileSync(program, args, { input, encoding: "utf8", maxBuffer: 2 ** 26, stdio: ["pipe", "pipe", "inherit"] })

const text = (path) => readFileSync(path, "utf8")

const named = (folder, pattern) => readdirSync(folder).filter((name) => pattern.test(name))

/** Optimises a program in place, and returns what wasm-opt prints. */
function optimise(path, ...options) {
  writeFileSync(path, without_panics(readFileSync(path)))
  // The flattening pass and the order of functions help the compression, and locals for what is the same do not.
  const passes =
    "-Os --low-memory-unused --one-caller-inline-max-function-size=50 --flatten --rereloop -Os -Os --skip-pass=local-cse"
  const printed = run("wasm-opt", [...passes.split(" "), ...options, "-o", path, path])
  writeFileSync(path, ordered(readFileSync(path)))
  const names = "--reorder-functions-by-name --strip-debug --strip-producers --strip-target-features"
  run("wasm-opt", [...names.split(" "), "-o", path, path])
  return printed
}

/**
 * Replaces a program by its first part, as wasm-bindgen writes that, and returns the name of its loader. The files of the
 * parts have the name of the program, with its hash.
 */
function split(folder, whole, name) {
  const parts = mkdtempSync(join(folder, ".parts-"))
  run("wasm-split-cli", ["--out-name", name, whole, parts])
  const options = "--target web --no-typescript --keep-lld-exports --no-demangle --out-name".split(" ")
  run("wasm-bindgen", [...options, name, "--out-dir", folder, join(parts, `${name}.wasm`)])
  rmSync(join(parts, `${name}.wasm`))

  let loader = text(join(parts, LOADER))
  for (const part of named(parts, /\.wasm$/)) {
    loader = loader.replace(`"./${part}"`, `"./${name}-${part}"`)
    optimise(join(parts, part))
    pack(join(parts, part))
    renameSync(join(parts, part), join(folder, `${name}-${part}`))
  }
  writeFileSync(join(folder, LOADER), loader)
  rmSync(parts, { recursive: true })
}

/** Gives a program and its scripts short names of imports and exports, from what wasm-opt prints: long ones compress badly. */
function shorten(script, loader, { imports, exports }) {
  const loads = []
  for (const [module, name, short] of imports) {
    if (module.endsWith(LOADER)) loads.push(`${short}: import1.${name}`)
    else script = script.replace(new RegExp(`(?<![\\w$])${name}:`), () => `${short}:`)
  }
  for (const [name, short] of exports) {
    script = script.replaceAll(new RegExp(`(?<=wasm\\.)${name}(?![\\w$])`, "g"), () => short)
    loader = loader.replace(new RegExp(`(?<=^ *const \\{.* )${name}(?=,.*initSync)`, "m"), () => `${short}: ${name}`)
  }
  // wasm-opt gives all modules the name `a`.
  const all = loads.length ? `Object.assign(import0, { ${loads} })` : "import0"
  script = script
    .replace(/"\.\/[^"]*_bg\.js": import0/, () => `a: ${all}`)
    .replaceAll(new RegExp(`"\\./${LOADER}": import\\d+,`, "g"), "")
  return [script, loader]
}

/** Replaces the calls with which a script loads that many programs, which are packed. */
function unpacking(script, call, programs) {
  const count = script.split(call).length - 1
  if (count !== programs) throw new Error(`shrink: a script has ${count} calls \`${call}\` for ${programs} programs; adapt shrink.mjs`)
  return `import { load } from ${JSON.stringify(UNPACK)}\n${script.replaceAll(call, "load(")}`
}

/** Packs a program in place. */
const pack = (path) => writeFileSync(path, packed(readFileSync(path)))

const parts_of = (name) => named(folder, /\.wasm$/).filter((file) => file.startsWith(`${name}-`))

for (const program of named(folder, /_bg\.wasm$/)) {
  const name = program.replace("_bg.wasm", "")
  if (is_packed(readFileSync(join(folder, program)))) throw new Error(`shrink: ${folder} was shrunk before; build it again`)
  if (whole) split(folder, whole, name)

  const [path, loading] = [join(folder, `${name}.js`), join(folder, LOADER)]
  // Snippets of packages are modules of their own, whose names must stay.
  const is_short = !text(path).includes("snippets/")
  const printed = optimise(join(folder, program), ...(is_short ? ["--minify-imports-and-exports-and-modules"] : []))
  let [script, loader] = [text(path), whole ? text(loading) : ""]
  if (is_short) [script, loader] = shorten(script, loader, JSON.parse(printed))
  writeFileSync(path, unpacking(script, "__wbg_load(await ", 1))
  if (whole) writeFileSync(loading, unpacking(loader, "WebAssembly.instantiateStreaming(", parts_of(name).length))
  pack(join(folder, program))
  run("esbuild", [path, "--bundle", "--minify", "--format=esm", "--log-level=warning", `--outfile=${path}`, "--allow-overwrite"])
  rmSync(loading, { force: true })
}

/**
 * Asks for the program before all else, and makes one file of the styles: a browser opens six connections to a host
 * (HTTP/1.1), and the program is what it waits for.
 */
function reorder(page) {
  const found = []
  const take = (pattern) => (link) => (pattern.test(link) ? (found.push(link), "") : link)
  const without = text(page).replaceAll(/<link [^>]*>/g, take(/rel="?(modulepreload|stylesheet)|application\/wasm/))
  const href = /href="?([./]*)([^ ">]+\.css)/
  const sheets = found.map((link) => href.exec(link)?.[2]).filter(Boolean)
  const style = sheets.map((name) => text(join(folder, name))).join("")
  const hash = createHash("sha256").update(style).digest("hex").slice(0, 16)
  writeFileSync(join(folder, `style-${hash}.css`), style)
  for (const name of sheets) rmSync(join(folder, name))
  const preloads = found.filter((link) => !link.includes("stylesheet"))
  const [, prefix] = href.exec(found.find((link) => href.test(link)))
  const links = [...preloads.reverse(), `<link rel=stylesheet href=${prefix}style-${hash}.css>`]
  writeFileSync(page, without.replace("</title>", () => `</title>${links.join("")}`))
}

if (existsSync(join(folder, "index.html")) && whole) reorder(join(folder, "index.html"))
