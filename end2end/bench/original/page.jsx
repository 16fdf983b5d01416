// The page of the comparison, by the original: connect, create a session, mint with the session, and wait for both.
import { BiconomyProvider, Options, useCreateSession, useSession, useSmartAccount, useUserOpWait } from "@biconomy/use-aa"
import { QueryClient, QueryClientProvider } from "@tanstack/react-query"
import { createRoot } from "react-dom/client"
import { encodeFunctionData, parseAbi } from "viem"
import { polygonAmoy } from "viem/chains"
import { createConfig, http, useConnect, WagmiProvider } from "wagmi"

const NFT = "0x1758f42Af7026fBbB559Dc60EcE0De3ef81f665e"
const ABI = parseAbi(["function safeMint(address to)"])
const HOUR = 3600

const { origin } = location
const services = { bundlerUrl: `${origin}/api/v2/80002/key`, biconomyPaymasterApiKey: "key" }
const wagmi = createConfig({ chains: [polygonAmoy], transports: { [polygonAmoy.id]: http(`${origin}/rpc`) } })
const queries = new QueryClient()

function Page() {
  const { connectors, connect } = useConnect()
  const { smartAccountAddress: account } = useSmartAccount()
  const create = useCreateSession()
  const mint = useSession()
  const granted = useUserOpWait(create.data)
  const minted = useUserOpWait(mint.data)
  const grant = () => {
    const rule = { offset: 0, condition: 0, referenceValue: account }
    const interval = { validUntil: Math.floor(Date.now() / 1000) + HOUR, validAfter: 0 }
    const policy = { contractAddress: NFT, functionSelector: "safeMint(address)", rules: [rule], interval, valueLimit: 0n }
    create.mutate({ policy: [policy], options: Options.Sponsored })
  }
  const act = () => {
    const data = encodeFunctionData({ abi: ABI, functionName: "safeMint", args: [account] })
    mint.mutate({ transactions: { to: NFT, data }, options: Options.Sponsored, smartAccountAddress: account })
  }
  return (
    <>
      <button onClick={() => connect({ connector: connectors[0] })}>{account === "0x" ? "Connect" : account}</button>
      <button onClick={grant}>Create session</button>
      <button onClick={act}>Mint</button>
      <p>{granted.data && `Granted in ${granted.data.receipt.transactionHash}`}</p>
      <p role="status">{minted.data && `Confirmed in ${minted.data.receipt.transactionHash}`}</p>
      <p role="alert">{String((mint.error ?? create.error ?? minted.error ?? granted.error)?.message ?? "")}</p>
    </>
  )
}

createRoot(document.body.appendChild(document.createElement("main"))).render(
  <WagmiProvider config={wagmi}>
    <QueryClientProvider client={queries}>
      <BiconomyProvider config={services} queryClient={queries}>
        <Page />
      </BiconomyProvider>
    </QueryClientProvider>
  </WagmiProvider>,
)
