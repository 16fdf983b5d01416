// Runs the bundler on the loopback alone, on a free port that it prints. Its own server listens on every interface.
import { Server } from "node:net"

const { listen } = Server.prototype
Server.prototype.listen = function (options, ...rest) {
  this.once("listening", () => console.log(`listening on port ${this.address().port}`))
  return listen.call(this, { ...options, host: "127.0.0.1" }, ...rest)
}

await import(new URL("../node_modules/@pimlico/alto/esm/cli/alto.js", import.meta.url))
