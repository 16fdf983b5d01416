/** A service of the devnet, in all its dialects. */
export type Service = "node" | "bundler" | "paymaster";

/** The kind of a fault as the devnet reads it: a name, or a name with what belongs to it. */
type Kind =
  | { refusal: { code: number; message: string } }
  | "html"
  | "null"
  | "drop"
  | { delay: { ms: number } }
  | { rewrite: unknown }
  | { merge: Record<string, unknown> }
  | "twice";

type NameOf<K> = K extends string ? K : keyof K;

/** The kinds of faults, as `end2end/devnet/src/fault.rs` has them. A test of the devnet compares the two. */
export const KINDS = {
  refusal: true,
  html: true,
  null: true,
  drop: true,
  delay: true,
  rewrite: true,
  merge: true,
  twice: true,
} satisfies Record<NameOf<Kind>, true>;

interface Wire {
  service?: Service;
  method?: string;
  kind: Kind;
  status?: number;
  retry_after?: string;
  skip?: number;
  times?: number;
}

/** A fault of a service: the calls that meet it, and what happens to them. */
export class Fault {
  /** @internal */
  constructor(private readonly wire: Wire) {}

  /**
   * Selects the calls of a method to a service, in either dialect. A name that ends with `*` selects all methods that
   * begin so.
   */
  static on(service: Service, method: string): Calls {
    return new Calls(method === "*" ? { service } : { service, method });
  }

  /** Selects every call to every service. */
  static any(): Calls {
    return new Calls({});
  }

  /** The HTTP status of the answer. That of the service's dialect when not given. */
  status(status: number): Fault {
    return new Fault({ ...this.wire, status });
  }

  /** The answer's `Retry-After` header: seconds, or a date. */
  retryAfter(value: number | string): Fault {
    return new Fault({ ...this.wire, retry_after: `${value}` });
  }

  /** The number of selected calls that are served before the first fault. 0 when not given. */
  skip(skip: number): Fault {
    return new Fault({ ...this.wire, skip });
  }

  /** The number of calls that meet the fault. All when not given. */
  times(times: number): Fault {
    return new Fault({ ...this.wire, times });
  }

  toJSON(): Wire {
    return this.wire;
  }
}

/** The calls that a fault is about. A step of `Fault.on` and `Fault.any`. */
export class Calls {
  /** @internal */
  constructor(private readonly selected: Pick<Wire, "service" | "method">) {}

  /** Answers with a JSON-RPC error under an HTTP status, for the whole batch. */
  http(status: number): Fault {
    return this.refusal(-32000, "a fault of the devnet").status(status);
  }

  /** Answers with an HTML page under an HTTP status. */
  html(status: number): Fault {
    return this.#fault("html").status(status);
  }

  /** Answers with a JSON-RPC error, under the status that the service's dialect has for errors. */
  refusal(code: number, message: string): Fault {
    return this.#fault({ refusal: { code, message } });
  }

  /** Answers null. */
  null(): Fault {
    return this.#fault("null");
  }

  /** Closes the connection without an answer. */
  drop(): Fault {
    return this.#fault("drop");
  }

  /** Serves the call after so many milliseconds. */
  delay(ms: number): Fault {
    return this.#fault({ delay: { ms } });
  }

  /** Serves the call and answers with another result. */
  rewrite(result: unknown): Fault {
    return this.#fault({ rewrite: result });
  }

  /** Serves the call and replaces fields of its result, or adds them. */
  merge(fields: Record<string, unknown>): Fault {
    return this.#fault({ merge: fields });
  }

  /** Serves the call twice and gives the second answer. */
  twice(): Fault {
    return this.#fault("twice");
  }

  #fault(kind: Kind): Fault {
    return new Fault({ ...this.selected, kind });
  }
}
