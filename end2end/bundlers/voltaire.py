"""Runs voltaire-bundler on the loopback alone, on a free port that it prints. The package stays as it is.

python voltaire.py <node URL> <chain id> <private key of the bundler>
"""

import asyncio
import subprocess
import sys

from aiohttp import web
from voltaire_bundler.bundler.mempool import mempool_info
from voltaire_bundler.main import main

NODE, CHAIN_ID, KEY = sys.argv[1:]
ENTRY_POINT = "0x5FF137D4b0FDCD49DcA30c7CF57E578a026d2789"

# The bundler ends on a chain without the id of a mempool, also when the command line names one.
mempool_info.DEFAULT_MEMPOOL_INFO[ENTRY_POINT][int(CHAIN_ID)] = mempool_info.DEFAULT_MEMPOOL_INFO[ENTRY_POINT][1337]


class NoPeers:
    """Stands in for `./voltaire-lighthouse`, which connects to other bundlers and which the package lacks."""

    def __init__(self, _command):
        pass

    def terminate(self):
        pass


subprocess.Popen = NoPeers


class PrintingSite(web.TCPSite):
    async def start(self):
        await super().start()
        print("listening on port", self._server.sockets[0].getsockname()[1], flush=True)


web.TCPSite = PrintingSite

ARGUMENTS = ["--bundler_secret", KEY, "--chain_id", CHAIN_ID, "--ethereum_node_url", NODE]
# The harness asks for each bundle.
ARGUMENTS += ["--rpc_url", "127.0.0.1", "--rpc_port", "0", "--bundle_interval", "0", "--unsafe", "--debug"]
asyncio.run(main(ARGUMENTS))
