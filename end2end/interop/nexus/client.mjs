// The newer original, unmodified, on a devnet: the chain, and clients of Nexus accounts.
import { MEEVersion, createSmartAccountClient, getMEEVersion, smartSessionActions, toNexusAccount } from "@biconomy/abstractjs"
import { http } from "viem"
import { polygonAmoy } from "viem/chains"

/** The chain of the devnet at a URL. */
export const chainOf = (url) => ({ ...polygonAmoy, rpcUrls: { default: { http: [`${url}/rpc`] } } })

/** A client of an account; `mock` makes it ask this kind of bundler for prices. */
export async function clientOf(url, signer, accountAddress) {
  const chain = chainOf(url)
  const version = getMEEVersion(MEEVersion.V2_0_0)
  const account = await toNexusAccount({
    signer,
    chainConfiguration: { chain, transport: http(), version, accountAddress },
  })
  const transport = http(`${url}/bundler`)
  return createSmartAccountClient({ account, chain, transport, mock: true, pollingInterval: 100 }).extend(
    smartSessionActions(),
  )
}
