// Compiles one group of contracts with solc and writes a JSON file for each: `{creation, runtime}`.
// node compile.mjs <group> <folder for the output>
import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"

const here = dirname(fileURLToPath(import.meta.url))
const modules = join(here, "../../node_modules")
const biconomy = join(modules, "@biconomy-devx/account-contracts-v2")
const account = "contracts/smart-account"

const groups = {
  account: [
    `${account}/SmartAccount.sol`,
    `${account}/factory/SmartAccountFactory.sol`,
    `${account}/handler/DefaultCallbackHandler.sol`,
    `${account}/paymasters/verifying/singleton/VerifyingSingletonPaymaster.sol`,
  ],
  modules: [
    `${account}/modules/EcdsaOwnershipRegistryModule.sol`,
    `${account}/modules/MultichainECDSAValidator.sol`,
    `${account}/modules/SessionKeyManagerModule.sol`,
    `${account}/modules/BatchedSessionRouterModule.sol`,
    `${account}/modules/SessionValidationModules/ERC20SessionValidationModule.sol`,
  ],
  devnet: ["AbiSessionValidationModule.sol", "SampleNft.sol", "PlainNft.sol", "FeeToken.sol", "TokenPaymaster.sol"],
  proxy: ["nexus/NexusFactory.sol", "nexus/NexusProxy.sol"],
  nexus: [
    "nexus/Nexus.sol",
    "nexus/NexusBootstrap.sol",
    "nexus/K1Validator.sol",
    "nexus/OwnableValidator.sol",
    "nexus/SmartSession.sol",
    "nexus/policies/ERC20SpendingLimitPolicy.sol",
    "nexus/policies/SudoPolicy.sol",
    "nexus/policies/TimeFramePolicy.sol",
    "nexus/policies/UniActionPolicy.sol",
    "nexus/policies/UsageLimitPolicy.sol",
    "nexus/policies/ValueLimitPolicy.sol",
    "nexus/ModernPaymaster.sol",
  ],
}

// The settings of the deployed contracts. With them, and with the sources named as they were then, a proxy's creation
// code comes out the same to the last byte, and with it every account's address.
const deployed = {
  optimizer: { enabled: true, runs: 800 },
  viaIR: true,
  metadata: { useLiteralContent: true },
}
const deployedProxy = {
  optimizer: { enabled: true, runs: 777 },
  viaIR: true,
  evmVersion: "cancun",
  metadata: { bytecodeHash: "none" },
}
// Ours are bound to no deployment: without the IR they compile in a fraction of the time.
const ours = { optimizer: { enabled: true, runs: 200 } }
const settings = {
  account: deployed,
  modules: deployed,
  devnet: ours,
  proxy: deployedProxy,
  nexus: { ...ours, evmVersion: "cancun" },
}

// The compiler and the packages of sources under `nexus`, which need later versions than the others.
const isNexus = (group) => group === "proxy" || group === "nexus"
const later = {
  "@account-abstraction/contracts": "account-abstraction-0.7",
  "@openzeppelin/contracts": "openzeppelin-5",
}

function read(group, name) {
  if (name.startsWith("contracts/")) return readFileSync(join(biconomy, name), "utf8")
  if (!name.startsWith("@")) return readFileSync(join(here, name), "utf8")
  const [scope, folder, ...path] = name.split("/")
  const named = `${scope}/${folder}`
  const found = isNexus(group) ? later[named] : named
  return readFileSync(join(modules, found, ...path), "utf8")
}

function compile(group) {
  const compiler = isNexus(group) ? "solc-0.8.27" : "solc"
  const solc = createRequire(import.meta.url)(join(modules, compiler))
  const names = groups[group]
  const input = {
    language: "Solidity",
    sources: Object.fromEntries(names.map((name) => [name, { content: read(group, name) }])),
    settings: {
      ...settings[group],
      outputSelection: Object.fromEntries(
        names.map((name) => [name, { "*": ["evm.bytecode.object", "evm.deployedBytecode.object"] }]),
      ),
    },
  }
  const found = (name) => {
    try {
      return { contents: read(group, name) }
    } catch (error) {
      return { error: error.message }
    }
  }
  return JSON.parse(solc.compile(JSON.stringify(input), { import: found }))
}

const [group, output] = process.argv.slice(2)
if (!groups[group] || !output) {
  console.error(`usage: node compile.mjs ${Object.keys(groups).join("|")} <folder>`)
  process.exit(2)
}
const { errors = [], contracts = {} } = compile(group)
const fatal = errors.filter(({ severity }) => severity === "error")
if (fatal.length > 0) {
  console.error(fatal.map(({ formattedMessage }) => formattedMessage).join("\n"))
  process.exit(1)
}
mkdirSync(output, { recursive: true })
for (const found of Object.values(contracts)) {
  for (const [name, { evm }] of Object.entries(found)) {
    const creation = evm.bytecode.object
    if (creation === "") continue
    writeFileSync(
      join(output, `${name}.json`),
      JSON.stringify({ creation: `0x${creation}`, runtime: `0x${evm.deployedBytecode.object}` }),
    )
  }
}
