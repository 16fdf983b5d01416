import { setTimeout as pause } from "node:timers/promises";

import {
  type Address,
  type Hex,
  createPublicClient,
  createTestClient,
  encodeAbiParameters,
  encodeFunctionData,
  getAddress,
  http,
  keccak256,
  numberToHex,
  parseAbi,
  parseEther,
  parseEventLogs,
} from "viem";
import { polygonAmoy } from "viem/chains";

import type { Fault } from "./fault.ts";

/** One request that the devnet served, as `GET /log` lists it. */
export interface Entry {
  id: number;
  service: string;
  methods: string[];
  start_ms: number;
  end_ms: number | null;
  status: number | null;
  error: string | null;
}

/** What can be killed. A chain keeps its blocks and its state, a bundler forgets its mempool. */
export type Part = "chain" | "bundler" | "paymaster";

/** What `POST /control` takes: see `end2end/devnet/src/control.rs`. */
interface Control {
  heal?: true;
  latency_ms?: number;
  faults?: Fault[];
  restart?: Part;
  hold?: boolean;
  clock?: number;
  reorg?: number;
  kill?: Part;
  restart_after_ms?: number;
}

const FACTORY = parseAbi([
  "function getAddressForCounterFactualAccount(address module, bytes setup, uint256 index) view returns (address)",
]);
const ECDSA_MODULE = parseAbi(["function initForSmartAccount(address owner)"]);
const NFT = parseAbi([
  "function balanceOf(address owner) view returns (uint256)",
  "function tokenOfOwnerByIndex(address owner, uint256 index) view returns (uint256)",
  "function ownerOf(uint256 id) view returns (address)",
  "function transferFrom(address from, address to, uint256 id)",
]);

const TOKEN = parseAbi(["function balanceOf(address owner) view returns (uint256)"]);
const SESSIONS = parseAbi(["function getSessionKeys(address account) view returns (bytes32 root)"]);
const ACCOUNT = parseAbi(["function isModuleEnabled(address module) view returns (bool)"]);

const ENTRY_POINT = parseAbi([
  "event UserOperationEvent(bytes32 indexed userOpHash, address indexed sender, address indexed paymaster, uint256 nonce, bool success, uint256 actualGasCost, uint256 actualGasUsed)",
]);

/** The event of an operation that is on the chain. */
export interface UserOperationEvent {
  userOpHash: Hex;
  paymaster: Address;
  success: boolean;
  actualGasCost: bigint;
  actualGasUsed: bigint;
}

/** A devnet, and the address of a contract by name. */
export interface Root {
  url: string;
  contracts: Record<string, Address>;
  /** Whether tests have it one at a time, and may do what concerns all of it. */
  isSerial: boolean;
}

/** The devnet at a URL. */
export async function root(url: string, isSerial: boolean): Promise<Root> {
  const response = await fetch(`${url}/health`);
  const { contracts } = (await response.json()) as Pick<Root, "contracts">;
  return { url, contracts, isSerial };
}

/**
 * A namespace of a devnet: faults, latency and a log that no other test has, over a chain that others use as well. What
 * a test asks of the chain meets none of the faults, and stands in no log.
 */
export class Devnet {
  readonly #chain;
  readonly #anvil;

  constructor(
    readonly root: Root,
    readonly id: string,
  ) {
    const options = { chain: polygonAmoy, transport: http(`${root.url}/rpc`) };
    this.#chain = createPublicClient(options);
    this.#anvil = createTestClient({ mode: "anvil", ...options });
  }

  /** The base URL of the services. */
  get url(): string {
    return `${this.root.url}/t/${this.id}`;
  }

  /** A configuration of the dapp with the services of this namespace instead of the devnet's. */
  configure(config: string): string {
    return config.replaceAll(`${this.root.url}/`, `${this.url}/`);
  }

  /** Nothing of the namespace is kept. */
  async remove(): Promise<void> {
    await fetch(this.url, { method: "DELETE" });
  }

  /** The collection that does not list its owners' NFTs. */
  get plainNft(): Address {
    return this.#contract("plainNft");
  }

  /** A dollar with six decimals that pays for gas. */
  get token(): Address {
    return this.#contract("token");
  }

  /** The calls since the last `clearLog`, in order. */
  async log(): Promise<Entry[]> {
    const response = await fetch(`${this.url}/log`);
    return (await response.json()) as Entry[];
  }

  async clearLog(): Promise<void> {
    await fetch(`${this.url}/log`, { method: "DELETE" });
  }

  /** Waits until every call is answered and none has come for a while. Those of one method may stay open. */
  async quiet(open?: string): Promise<void> {
    const QUIET_MS = 400;

    for (;;) {
      const now = Date.now();
      const log = await this.log();
      const closed = open === undefined ? log : log.filter((entry) => !entry.methods.includes(open));
      const isQuiet = closed.every((entry) => entry.end_ms !== null && entry.end_ms < now - QUIET_MS);
      if (log.length > 0 && isQuiet) return;
      await pause(50);
    }
  }

  /** Waits until the bundler has answered to an operation that was sent since the last `clearLog`. */
  async sent(): Promise<void> {
    await this.answered("eth_sendUserOperation");
  }

  /** Waits until a call of each method, made since the last `clearLog`, is answered. */
  async answered(...methods: string[]): Promise<void> {
    const isAnswer = (method: string) => (call: Entry) => call.methods.includes(method) && call.end_ms !== null;

    for (;;) {
      const log = await this.log();
      if (methods.every((method) => log.some(isAnswer(method)))) return;
      await pause(50);
    }
  }

  /** Sets the faults, in place of earlier ones. */
  async fail(...faults: Fault[]): Promise<void> {
    await this.#control({ faults });
  }

  /** How long each call waits before it is looked at. */
  async latency(ms: number): Promise<void> {
    await this.#control({ latency_ms: ms });
  }

  /** The bundler takes operations and bundles none, until `release`. For `@serial` tests. */
  async hold(): Promise<void> {
    await this.#controlAll({ hold: true });
  }

  /** The bundler bundles what it held. For `@serial` tests. */
  async release(): Promise<void> {
    await this.#controlAll({ hold: false });
  }

  /**
   * Kills a part: its connections are closed until it is restarted, by itself after so many milliseconds if given. For
   * `@serial` tests.
   */
  async kill(part: Part, restartAfterMs?: number): Promise<void> {
    await this.#controlAll({ kill: part, restart_after_ms: restartAfterMs });
  }

  /** Starts a part that was killed, and waits until it runs. For `@serial` tests. */
  async restart(part: Part): Promise<void> {
    await this.#controlAll({ restart: part });
  }

  /** Replaces the last blocks by empty ones. Their transactions are lost. For `@serial` tests. */
  async reorg(blocks: number): Promise<void> {
    await this.#controlAll({ reorg: blocks });
  }

  /** How many seconds the time of blocks is ahead of this machine's, or behind it when negative. For `@serial` tests. */
  async clock(seconds: number): Promise<void> {
    await this.#controlAll({ clock: seconds });
  }

  /** Removes faults and latency. Where tests have the devnet one at a time, everything runs. */
  async heal(): Promise<void> {
    await this.#control({ heal: true });
    if (this.root.isSerial) await this.#controlAll({ heal: true });
  }

  /** The first account of an owner, as the factory on the chain computes it. */
  async accountOf(owner: Address): Promise<Address> {
    return this.#chain.readContract({
      address: this.#contract("accountFactory"),
      abi: FACTORY,
      functionName: "getAddressForCounterFactualAccount",
      args: [
        this.#contract("ecdsaModule"),
        encodeFunctionData({ abi: ECDSA_MODULE, functionName: "initForSmartAccount", args: [owner] }),
        0n,
      ],
    });
  }

  /** The NFTs that somebody has, in the collection's order. */
  async nftsOf(owner: Address): Promise<readonly bigint[]> {
    const nft = { address: this.#contract("nft"), abi: NFT };
    const count = await this.#chain.readContract({ ...nft, functionName: "balanceOf", args: [owner] });
    return Promise.all(
      Array.from({ length: Number(count) }, (_, index) =>
        this.#chain.readContract({ ...nft, functionName: "tokenOfOwnerByIndex", args: [owner, BigInt(index)] }),
      ),
    );
  }

  /** Gives one of the plain collection's NFTs to somebody else, in its owner's name. */
  async giveAway(nft: bigint, from: Address, to: Address): Promise<void> {
    const args = [from, to, nft] as const;
    await this.#send(from, this.plainNft, encodeFunctionData({ abi: NFT, functionName: "transferFrom", args }));
  }

  async ownerOf(nft: bigint): Promise<Address> {
    return this.#chain.readContract({
      address: this.#contract("nft"),
      abi: NFT,
      functionName: "ownerOf",
      args: [nft],
    });
  }

  /** The root of an account's sessions. */
  async sessionsOf(account: Address): Promise<Hex> {
    return this.#chain.readContract({
      address: this.#contract("sessionKeyManager"),
      abi: SESSIONS,
      functionName: "getSessionKeys",
      args: [account],
    });
  }

  /** Whether an account that is deployed may use sessions for batches. */
  async allowsBatches(account: Address): Promise<boolean> {
    return this.#chain.readContract({
      address: account,
      abi: ACCOUNT,
      functionName: "isModuleEnabled",
      args: [this.#contract("batchedSessionRouter")],
    });
  }

  async isDeployed(account: Address): Promise<boolean> {
    return (await this.#chain.getCode({ address: account })) !== undefined;
  }

  /** The tokens that somebody has, in the smallest unit. */
  async tokensOf(owner: Address): Promise<bigint> {
    return this.#chain.readContract({ address: this.token, abi: TOKEN, functionName: "balanceOf", args: [owner] });
  }

  /** Gives an account tokens, in the smallest unit. */
  async giveTokens(to: Address, amount: bigint): Promise<void> {
    // Balances come first in an ERC-20 of OpenZeppelin.
    const index = keccak256(encodeAbiParameters([{ type: "address" }, { type: "uint256" }], [to, 0n]));
    const value = numberToHex((await this.tokensOf(to)) + amount, { size: 32 });
    await this.#anvil.setStorageAt({ address: this.token, index, value });
  }

  /** One block more. */
  async mine(): Promise<void> {
    await this.#anvil.mine({ blocks: 1 });
  }

  /** The methods that were called since the last `clearLog`. */
  async methods(): Promise<string[]> {
    return (await this.log()).flatMap((entry) => entry.methods);
  }

  /** Whether a transaction is on the chain and did not revert. */
  async succeeded(transaction: Hex): Promise<boolean> {
    const receipt = await this.#chain.getTransactionReceipt({ hash: transaction });
    return receipt.status === "success";
  }

  /** The block that a transaction is in. */
  async blockOf(transaction: Hex): Promise<bigint> {
    return (await this.#chain.getTransactionReceipt({ hash: transaction })).blockNumber;
  }

  /** The gas that a transaction took. */
  async gasUsed(transaction: Hex): Promise<bigint> {
    return (await this.#chain.getTransactionReceipt({ hash: transaction })).gasUsed;
  }

  /** What the entry point says of the only operation in a transaction. */
  async operationIn(transaction: Hex): Promise<UserOperationEvent> {
    const { logs } = await this.#chain.getTransactionReceipt({ hash: transaction });
    const [event] = parseEventLogs({ abi: ENTRY_POINT, logs });
    if (!event) throw new Error(`the transaction ${transaction} contains no operation`);
    return event.args;
  }

  async balance(address: Address): Promise<bigint> {
    return this.#chain.getBalance({ address });
  }

  /** Gives an account native coin. */
  async fund(address: Address): Promise<void> {
    await this.#anvil.setBalance({ address, value: parseEther("10") });
  }

  /** A transaction in somebody's name. What they hold of coins stays what it is. */
  async #send(from: Address, to: Address, data: Hex): Promise<void> {
    const value = await this.balance(from);
    await this.fund(from);
    await this.#anvil.impersonateAccount({ address: from });
    const hash = await this.#anvil.sendUnsignedTransaction({ from, to, data });
    await this.#chain.waitForTransactionReceipt({ hash });
    await this.#anvil.stopImpersonatingAccount({ address: from });
    await this.#anvil.setBalance({ address: from, value });
  }

  #contract(name: string): Address {
    const address = this.root.contracts[name];
    if (!address) throw new Error(`the devnet names no contract ${name}`);
    return getAddress(address);
  }

  async #controlAll(control: Control): Promise<void> {
    if (!this.root.isSerial) throw new Error("other tests use this devnet as well: tag the test with @serial");
    await this.#post(this.root.url, control);
  }

  async #control(control: Control): Promise<void> {
    await this.#post(this.url, control);
  }

  async #post(url: string, control: Control): Promise<void> {
    const response = await fetch(`${url}/control`, { method: "POST", body: JSON.stringify(control) });
    if (!response.ok) throw new Error(`the devnet refused ${JSON.stringify(control)}: ${await response.text()}`);
  }
}
