import { randomUUID } from "node:crypto";

import type { Page } from "@playwright/test";
import {
  type Address,
  type Hex,
  type TypedDataDefinition,
  hashTypedData,
  hexToNumber,
  numberToHex,
  serializeSignature,
} from "viem";
import { type PrivateKeyAccount, generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { hashAuthorization } from "viem/utils";

/** EIP-1193: the user said no. */
export const REJECTED = { code: 4001, message: "User rejected the request." };

interface RpcError {
  code: number;
  message: string;
}

type Outcome = { result: unknown } | { error: RpcError };

/** How a wallet answers: with what it should, with this error, or with this text. */
export type Manner = "honest" | RpcError | { text: string };

/**
 * A browser wallet as an extension would bring it: it announces itself as EIP-6963 has it, speaks EIP-1193, and keeps
 * its key out of the page. Each has a fresh key. One wallet may be in several pages.
 */
export class TestWallet {
  readonly uuid = randomUUID();
  readonly rdns: string;
  /** The messages it was asked to sign, and the hashes of typed data, each of them a prompt. */
  readonly prompts: Hex[] = [];
  /** How it answers when it is asked to connect. */
  onConnect: Manner = "honest";
  /** Whether it signs authorizations (EIP-7702), as few wallets do. */
  authorizes = true;
  /** How it answers when it is asked to sign. */
  onSign: Manner = "honest";

  readonly #pages: Page[] = [];
  #key: PrivateKeyAccount;
  #chainId = 80002;
  #isConnected = false;
  #held: Promise<void> = Promise.resolve();

  constructor(
    readonly name = "Test Wallet",
    key: Hex = generatePrivateKey(),
  ) {
    this.rdns = `test.${name.toLowerCase().replaceAll(" ", "-")}`;
    this.#key = privateKeyToAccount(key);
  }

  get address(): Address {
    return this.#key.address;
  }

  /** Prompts stay open from now on, until the returned function is called. */
  hold(): () => void {
    const { promise, release } = gate();
    this.#held = promise;
    return release;
  }

  /** The user chooses another account, a fresh one. */
  async switchAccount(): Promise<void> {
    this.#key = privateKeyToAccount(generatePrivateKey());
    await this.#emit("accountsChanged", [this.address]);
  }

  /** The user locks the wallet. */
  async lock(): Promise<void> {
    this.#isConnected = false;
    await this.#emit("accountsChanged", []);
  }

  /** The user unlocks the wallet, which then permits the page to read its account. */
  async unlock(): Promise<void> {
    this.#isConnected = true;
    await this.#emit("accountsChanged", [this.address]);
  }

  /** The user chooses another chain. */
  async switchChain(chainId: number): Promise<void> {
    this.#chainId = chainId;
    await this.#emit("chainChanged", numberToHex(chainId));
  }

  /** The wallet reaches no chain any longer. */
  async disconnect(): Promise<void> {
    await this.#emit("disconnect", { code: 4900, message: "no chain" });
  }

  /** Answers a request of a page. */
  async request(method: string, params: unknown[]): Promise<Outcome> {
    switch (method) {
      case "eth_requestAccounts":
        await this.#held;
        if (this.onConnect === "honest") this.#isConnected = true;
        return answer(this.onConnect, [this.address]);
      case "eth_accounts":
        return { result: this.#isConnected ? [this.address] : [] };
      case "eth_chainId":
        return { result: numberToHex(this.#chainId) };
      case "personal_sign":
        return this.#signMessage(params);
      case "eth_signTypedData_v4":
        return this.#signTypedData(params);
      case "eth_signAuthorization":
        return this.#signAuthorization(params);
      default:
        return { error: { code: 4200, message: `${method} is not supported` } };
    }
  }

  /** Puts the wallet into a page; only `install` does. */
  enter(page: Page): void {
    this.#pages.push(page);
  }

  async #signMessage([message, signer]: unknown[]): Promise<Outcome> {
    const raw = message as Hex;
    return this.#sign(signer, raw, async (key) => key.signMessage({ message: { raw } }));
  }

  async #signTypedData([signer, text]: unknown[]): Promise<Outcome> {
    const data = JSON.parse(text as string) as TypedDataDefinition;
    return this.#sign(signer, hashTypedData(data), async (key) => key.signTypedData(data));
  }

  async #signAuthorization([asked]: unknown[]): Promise<Outcome> {
    if (!this.authorizes) return { error: { code: -32601, message: "eth_signAuthorization does not exist" } };
    const { from, address, chainId, nonce } = asked as { from: Address; address: Address; chainId: Hex; nonce: Hex };
    const authorization = { address, chainId: hexToNumber(chainId), nonce: hexToNumber(nonce) };
    return this.#sign(from, hashAuthorization(authorization), async (key) => {
      const { r, s, yParity } = await key.signAuthorization(authorization);
      return serializeSignature({ r, s, yParity: yParity! });
    });
  }

  async #sign(signer: unknown, prompt: Hex, sign: (key: PrivateKeyAccount) => Promise<Hex>): Promise<Outcome> {
    const isOwn = typeof signer === "string" && signer.toLowerCase() === this.address.toLowerCase();
    if (!this.#isConnected || !isOwn) return { error: { code: 4100, message: "not authorized" } };
    this.prompts.push(prompt);
    await this.#held;
    return answer(this.onSign, await sign(this.#key));
  }

  async #emit(event: string, value: unknown): Promise<void> {
    const pages = this.#pages.filter((page) => !page.isClosed());
    const told = pages.map((page) =>
      page.evaluate(([uuid, event, value]) => window.testWallets[uuid]?.(event, value), [
        this.uuid,
        event,
        value,
      ] as const),
    );
    await Promise.all(told);
  }
}

/** Puts wallets into a page, before it is loaded. */
export async function install(page: Page, ...wallets: TestWallet[]): Promise<void> {
  wallets.forEach((wallet) => wallet.enter(page));
  await page.exposeFunction("askTestWallet", (uuid: string, method: string, params: unknown[]) => {
    const wallet = wallets.find((wallet) => wallet.uuid === uuid);
    return wallet?.request(method, params);
  });
  await page.addInitScript(
    announce,
    wallets.map(({ uuid, name, rdns }) => ({ uuid, name, rdns, icon: ICON })),
  );
}

const ICON =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 8 8'%3E%3Crect fill='%23e2761b' width='8' height='8'/%3E%3Ccircle fill='%23fff' cx='4' cy='4' r='2'/%3E%3C/svg%3E";

declare global {
  interface Window {
    askTestWallet(uuid: string, method: string, params: unknown[]): Promise<Outcome>;
    /** Tells the listeners of a wallet of an event. */
    testWallets: Record<string, (event: string, value: unknown) => void>;
  }
}

/** Runs in the page. */
function announce(infos: { uuid: string; name: string; rdns: string; icon: string }[]): void {
  type Listener = (value: unknown) => void;
  window.testWallets = {};
  for (const info of infos) {
    const listeners: Record<string, Set<Listener>> = {};
    const provider = {
      async request({ method, params = [] }: { method: string; params?: unknown[] }): Promise<unknown> {
        const outcome = await window.askTestWallet(info.uuid, method, params);
        if ("result" in outcome) return outcome.result;
        throw Object.assign(new Error(outcome.error.message), { code: outcome.error.code });
      },
      on(event: string, listener: Listener): void {
        (listeners[event] ??= new Set()).add(listener);
      },
      removeListener(event: string, listener: Listener): void {
        listeners[event]?.delete(listener);
      },
    };
    window.testWallets[info.uuid] = (event, value) => listeners[event]?.forEach((listener) => listener(value));
    const tell = () => {
      const detail = Object.freeze({ info, provider });
      window.dispatchEvent(new CustomEvent("eip6963:announceProvider", { detail }));
    };
    window.addEventListener("eip6963:requestProvider", tell);
    tell();
  }
}

function answer(manner: Manner, honest: unknown): Outcome {
  if (manner === "honest") return { result: honest };
  return "text" in manner ? { result: manner.text } : { error: manner };
}

/** A promise and what fulfils it. */
export function gate(): { promise: Promise<void>; release: () => void } {
  let release = () => {};
  const promise = new Promise<void>((resolve) => {
    release = resolve;
  });
  return { promise, release };
}
