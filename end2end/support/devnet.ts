import { setTimeout as pause } from "node:timers/promises";

import {
  type Address,
  type Hex,
  createPublicClient,
  createTestClient,
  encodeFunctionData,
  getAddress,
  http,
  parseAbi,
  parseEther,
} from "viem";
import { polygonAmoy } from "viem/chains";

/** One call that the devnet served, as `GET /log` tells it. */
export interface Entry {
  id: number;
  service: string;
  methods: string[];
  start_ms: number;
  end_ms: number | null;
  status: number | null;
  error: string | null;
}

/** One thing that goes wrong: see `end2end/devnet/src/control.rs`. */
export interface Fault {
  /** A part of `"{service} {method}"`. */
  match: string;
  kind:
    | "500"
    | "500html"
    | "200html"
    | "200error"
    | "400error"
    | "200null"
    | "drop"
    | "delay"
    | "rewrite"
    | "merge";
  times?: number;
  skip?: number;
  ms?: number;
  message?: string;
  code?: number;
  result?: unknown;
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
  "function totalSupply() view returns (uint256)",
  "function transferFrom(address from, address to, uint256 id)",
]);

const TOKEN = parseAbi([
  "function balanceOf(address owner) view returns (uint256)",
  "function mint(address to, uint256 amount)",
]);
const SESSIONS = parseAbi(["function getSessionKeys(address account) view returns (bytes32 root)"]);
const ACCOUNT = parseAbi(["function isModuleEnabled(address module) view returns (bool)"]);

/** Whoever gives away tokens. */
const FAUCET: Address = "0x00000000000000000000000000000000000fa0ce";

/** The local chain and its services: what happened there, and what shall go wrong. */
export class Devnet {
  readonly #contracts: Record<string, Address>;
  readonly #chain;
  readonly #anvil;

  private constructor(
    readonly url: string,
    contracts: Record<string, Address>,
  ) {
    this.#contracts = contracts;
    const options = { chain: polygonAmoy, transport: http(`${url}/rpc`) };
    this.#chain = createPublicClient(options);
    this.#anvil = createTestClient({ mode: "anvil", ...options });
  }

  /** The one that the tests share. */
  static async shared(): Promise<Devnet> {
    const url = process.env.USE_AA_DEVNET ?? "http://127.0.0.1:8545";
    const response = await fetch(`${url}/health`);
    const { contracts } = (await response.json()) as { contracts: Record<string, Address> };
    return new Devnet(url, contracts);
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
    const isAnswer = (call: Entry) => call.methods.includes("eth_sendUserOperation") && call.end_ms !== null;

    while (!(await this.log()).some(isAnswer)) await pause(50);
  }

  /** What goes wrong from now on, in place of what went wrong before. */
  async fail(...faults: Fault[]): Promise<void> {
    await this.#control({ faults });
  }

  /** How long each call waits before it is looked at. */
  async latency(ms: number): Promise<void> {
    await this.#control({ latency_ms: ms });
  }

  /** The bundler takes operations and bundles none, until `release`. */
  async hold(): Promise<void> {
    await this.#control({ hold: true });
  }

  /** The bundler bundles what it held. */
  async release(): Promise<void> {
    await this.#control({ hold: false });
  }

  /** Kills a part: its connections are closed until it is restarted, by itself after so many milliseconds if given. */
  async kill(part: Part, restartAfterMs?: number): Promise<void> {
    await this.#control({ kill: part, restart_after_ms: restartAfterMs });
  }

  /** Starts a part that was killed, and waits until it runs. */
  async restart(part: Part): Promise<void> {
    await this.#control({ restart: part });
  }

  /** Takes the last blocks off the chain, with their transactions, and puts empty ones in their place. */
  async reorg(blocks: number): Promise<void> {
    await this.#control({ reorg: blocks });
  }

  /** How many seconds the time of blocks is ahead of this machine's, or behind it when negative. */
  async clock(seconds: number): Promise<void> {
    await this.#control({ clock: seconds });
  }

  /** Nothing goes wrong any more, and everything runs. */
  async heal(): Promise<void> {
    await this.#control({ heal: true });
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

  /** How many NFTs there are. */
  async nfts(): Promise<bigint> {
    return this.#chain.readContract({
      address: this.#contract("nft"),
      abi: NFT,
      functionName: "totalSupply",
    });
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
    await this.#send(FAUCET, this.token, encodeFunctionData({ abi: TOKEN, functionName: "mint", args: [to, amount] }));
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
    const address = this.#contracts[name];
    if (!address) throw new Error(`the devnet names no contract ${name}`);
    return getAddress(address);
  }

  async #control(control: Control): Promise<void> {
    const response = await fetch(`${this.url}/control`, { method: "POST", body: JSON.stringify(control) });
    if (!response.ok) throw new Error(`the devnet refused ${JSON.stringify(control)}: ${await response.text()}`);
  }
}
