import type { BrowserContext } from "@playwright/test";

/**
 * Notes what must not happen in a page: errors, warnings, what its policy refuses, and requests to anyone but this
 * machine.
 */
export class Watch {
  readonly #seen: string[] = [];
  // Chromium says so when the program takes seconds to start, as on a busy machine.
  readonly #expected = [/config\.json was preloaded using link preload but not used within a few seconds/];

  async follow(context: BrowserContext): Promise<void> {
    await context.addInitScript(() => {
      document.addEventListener("securitypolicyviolation", ({ effectiveDirective, blockedURI }) => {
        console.error(`the policy refused ${blockedURI} (${effectiveDirective})`);
      });
    });
    context.on("weberror", (error) => this.#note(`page error: ${error.error().message}`));
    context.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) {
        this.#note(`console ${message.type()}: ${message.text()} (${message.location().url})`);
      }
    });
    context.on("request", (request) => {
      const { protocol, hostname } = new URL(request.url());
      const isInPage = ["data:", "blob:"].includes(protocol);
      const isHere = ["127.0.0.1", "localhost"].includes(hostname);
      if (!isInPage && !isHere) this.#note(`request to ${request.url()}`);
    });
  }

  /** The browser itself says on the console that a request failed. Where that is the point, it may. */
  expectFailedRequests(): void {
    this.#expected.push(/^console error: Failed to load resource/);
  }

  /** The page says on the console that a part of the program was not loaded. Where that is the point, it may. */
  expectMissingParts(): void {
    this.expectFailedRequests();
    this.#expected.push(/^console error: TypeError: Failed to fetch/);
  }

  /** The program of the page throws what keeps it from starting. Where that is the point, it may. */
  expectNoStart(): void {
    this.expectFailedRequests();
    this.#expected.push(/^page error: (Failed to fetch|WebAssembly\.instantiate\(\): |the program was changed on its way)/);
  }

  /** The browser says on the console that the page may not read an answer. Where that is the point, it may. */
  expectUnreadableAnswers(): void {
    this.#expected.push(/^console error: Access to fetch at .* has been blocked by CORS policy/);
  }

  /** What the page's policy refuses. Where that is the point, it may. */
  expectRefusals(): void {
    const words = [/^console error: the policy refused /, /Content Security Policy/, /requires 'Trusted\w+' assignment/];
    this.#expected.push(...words);
  }

  /** Trunk preloads scripts with their hashes, and the browser says that it does not look at them. */
  expectIgnoredHashes(): void {
    this.#expected.push(/^console warning: The `integrity` attribute is currently ignored for preload/);
  }

  /** What happened that must not. */
  unexpected(): string[] {
    return this.#seen.filter((note) => !this.#expected.some((expected) => expected.test(note)));
  }

  #note(note: string): void {
    this.#seen.push(note);
  }
}
