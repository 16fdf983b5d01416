// One server for all pages of the comparison: their files with the same headers, compressed by brotli, and the services of
// the devnet, each call after a latency.
import { readdirSync, readFileSync, statSync } from "node:fs"
import { Agent, createServer, request } from "node:http"
import { extname, join } from "node:path"
import { brotliCompressSync, constants } from "node:zlib"

const TYPES = {
  ".css": "text/css",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".json": "application/json",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
}
const SERVICES = ["/rpc", "/api/", "/bundler", "/paymaster"]

/** Serves a folder on a port of 127.0.0.1, with the services of a devnet. Returns the origin, and a setter of the latency. */
export async function serve(folder, port, devnet) {
  const files = compressed(folder)
  const upstream = new URL(devnet)
  const agent = new Agent({ keepAlive: true })
  const state = { latency: 0 }
  const server = createServer((question, answer) => {
    const { pathname } = new URL(question.url, "http://localhost")
    if (SERVICES.some((start) => pathname.startsWith(start))) {
      setTimeout(() => forward(question, answer, upstream, agent), state.latency)
      return
    }
    const file = files.get(pathname === "/" ? "/index.html" : pathname)
    if (!file) return void answer.writeHead(404).end()
    answer.writeHead(200, { ...file.headers, "cache-control": "no-store" }).end(file.body)
  })
  server.keepAliveTimeout = 60_000
  await new Promise((resolve, reject) => server.once("error", reject).listen(port, "127.0.0.1", resolve))
  return { origin: `http://127.0.0.1:${port}`, state, close: () => (agent.destroy(), server.closeAllConnections(), server.close()) }
}

function forward(question, answer, { hostname, port }, agent) {
  const { method, url: path, headers } = question
  const sent = request({ hostname, port, method, path, headers, agent }, (found) => {
    answer.writeHead(found.statusCode, found.headers)
    found.pipe(answer)
  })
  sent.on("error", () => answer.writeHead(502).end())
  question.pipe(sent)
}

function compressed(folder) {
  const files = new Map()
  const visit = (at) => {
    for (const name of readdirSync(join(folder, at))) {
      const path = join(at, name)
      if (statSync(join(folder, path)).isDirectory()) visit(path)
      else files.set(path, compress(readFileSync(join(folder, path)), TYPES[extname(name)] ?? "application/octet-stream"))
    }
  }
  visit("/")
  return files
}

function compress(content, type) {
  const params = {
    [constants.BROTLI_PARAM_QUALITY]: 11,
    [constants.BROTLI_PARAM_LGWIN]: 22,
    [constants.BROTLI_PARAM_SIZE_HINT]: content.length,
  }
  const body = brotliCompressSync(content, { params })
  return { body, headers: { "content-type": type, "content-encoding": "br", "content-length": body.length } }
}
