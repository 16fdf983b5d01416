// A wallet for the pages of the comparison: EIP-6963 and EIP-1193, with a fresh key that stays outside the page.
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts"

const CHAIN = "0x13882"
const ICON = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg'/%3E"

/** Puts a wallet into a page that is not loaded yet. */
export async function install(page) {
  const key = privateKeyToAccount(generatePrivateKey())
  let isConnected = false
  await page.exposeFunction("askWallet", (method, params) => {
    switch (method) {
      case "eth_requestAccounts":
        isConnected = true
        return [key.address]
      case "eth_accounts":
        return isConnected ? [key.address] : []
      case "eth_chainId":
        return CHAIN
      case "personal_sign":
        return key.signMessage({ message: { raw: params[0] } })
      case "eth_signTypedData_v4":
        return key.signTypedData(JSON.parse(params[1]))
      default:
        return null
    }
  })
  await page.addInitScript((icon) => {
    const provider = {
      request: ({ method, params = [] }) => window.askWallet(method, params),
      on: () => {},
      removeListener: () => {},
    }
    const info = { uuid: "00000000-0000-4000-8000-000000000001", name: "Bench Wallet", rdns: "test.bench", icon }
    const detail = Object.freeze({ info, provider })
    const announce = () => window.dispatchEvent(new CustomEvent("eip6963:announceProvider", { detail }))
    window.addEventListener("eip6963:requestProvider", announce)
    announce()
  }, ICON)
}
