/** What a call of the API is: a line of the table of routes, and what is given to it. */
export interface Route {
  readonly subject: string;
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly path: string;
  /** `lines` is a stream of JSON lines, `upload` a file as it is. */
  readonly body?: "json" | "lines" | "upload";
  readonly takesQuery?: true;
  /** `events` is a stream of server-sent events whose data is JSON, `bytes` a file. */
  readonly answer: "json" | "lines" | "events" | "text" | "bytes" | "nothing";
}

export interface CallOptions {
  /** Ends the call, its waiting and its repeats. */
  readonly signal?: AbortSignal | undefined;
  /** Longest wait for one answer; 0 waits for ever. @unit ms */
  readonly timeoutMs?: number | undefined;
  /** How often a call that failed in passing is made again. */
  readonly repeatsMost?: number | undefined;
  /** Of a call that begins a job: how long its end is waited for before the job is answered. */
  readonly waitSeconds?: number | undefined;
  /** The shop that is meant; with the owner's key, or signed in. */
  readonly shop?: string | undefined;
}

/** One row of an export. */
export type Line = Readonly<Record<string, unknown>>;

/** A file that is sent as it is. */
export type Upload = string | Uint8Array | Blob | ReadableStream<Uint8Array>;

export type Lines = Iterable<unknown> | AsyncIterable<unknown>;

/** A call with everything it needs, in the order of the method's parameters. */
export interface Call {
  readonly id: string;
  readonly route: Route;
  readonly path: string;
  readonly json?: unknown;
  readonly lines?: Lines;
  readonly upload?: Upload;
  readonly uploadType?: string;
  readonly options: CallOptions;
}

type Query = Readonly<Record<string, string | number | boolean | undefined>>;

/**
 * Arguments of a method as a call: parts of the path, then the body (a file with its media type),
 * then the query, then options.
 */
export function callOf(id: string, route: Route, given: readonly unknown[]): Call {
  const rest = [...given];
  const filled = route.path.replace(/\{\w+\}/g, () => encodeURIComponent(String(rest.shift())));
  const body = bodyOf(route, rest);
  const query = route.takesQuery ? queryText(rest.shift() as Query | undefined) : "";
  const options = (rest.shift() ?? {}) as CallOptions;
  return { id, route, path: filled + query, ...body, options };
}

function bodyOf({ body }: Route, rest: unknown[]): Partial<Call> {
  switch (body) {
    case "json":
      return { json: rest.shift() };
    case "lines":
      return { lines: rest.shift() as Lines };
    case "upload":
      return { upload: rest.shift() as Upload, uploadType: String(rest.shift()) };
    default:
      return {};
  }
}

function queryText(query: Query = {}): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined);
  if (given.length === 0) return "";
  return `?${new URLSearchParams(given.map(([name, value]) => [name, String(value)]))}`;
}
