import fc from "fast-check";
import type { FastifyInstance } from "fastify";
import { problemKinds } from "../../errors.ts";

/**
 * Requests that are made from the schemas of the OpenAPI document, sound in most parts and broken
 * in some: whatever comes, the answer is what the document allows or a problem, never a mistake of
 * ours. Between them good events are sent; what was acknowledged must be in the log at the end.
 */
export interface FuzzOptions {
  readonly requests: number;
  readonly seed: number;
  /** Operations that are left out: what they do reaches beyond the server's own folder. */
  readonly without: readonly string[];
  /** Of who may ask it, for an operation of this scope. */
  headersFor(scope: string): Promise<Readonly<Record<string, string>>>;
}

export interface FuzzReport {
  /** What is wrong, one line each. */
  readonly faults: readonly string[];
  readonly good: number;
  readonly refused: number;
  /** Operations that were asked. */
  readonly asked: readonly string[];
  /** Ids of the events that were acknowledged. */
  readonly acknowledged: readonly string[];
}

interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxItems?: number;
}

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly schema: Schema;
}

interface Fuzzed {
  readonly id: string;
  readonly scope: string;
  readonly method: string;
  readonly path: string;
  readonly parameters: readonly Parameter[];
  readonly body: Schema | undefined;
  readonly schemas: Schemas;
  readonly type: string;
  readonly statuses: readonly number[];
  /** Whether its answer is a stream that goes on. */
  readonly isEndless: boolean;
}

type Schemas = Readonly<Record<string, Schema>>;

interface RawOperation {
  readonly operationId: string;
  readonly "x-scope": string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: {
    readonly content: Readonly<Record<string, { readonly schema: Schema }>>;
  };
  readonly responses: Readonly<Record<string, { readonly content?: object }>>;
}

function readOperations(server: FastifyInstance): Fuzzed[] {
  const document = server.swagger() as unknown as {
    paths?: Record<string, Record<string, RawOperation>>;
    components?: { schemas?: Record<string, Schema> };
  };
  const schemas = document.components?.schemas ?? {};
  return Object.entries(document.paths ?? {}).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, raw]) => {
      const [[type, content] = ["application/json", undefined]] = Object.entries(
        raw.requestBody?.content ?? {},
      );
      return {
        id: raw.operationId,
        scope: raw["x-scope"],
        schemas,
        isEndless: Object.keys(raw.responses["200"]?.content ?? {}).includes("text/event-stream"),
        method: method.toUpperCase(),
        path,
        parameters: (raw.parameters ?? []).filter(({ in: place }) => place !== "header"),
        body: content?.schema,
        type,
        statuses: Object.keys(raw.responses).map(Number),
      };
    }),
  );
}

const junk: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom(
    null,
    true,
    "",
    -1,
    1.5,
    1e21,
    Number.MAX_SAFE_INTEGER,
    [],
    {},
    "\u0000",
    "__proto__",
  ),
  fc.string({ maxLength: 300 }),
  fc.double(),
  fc.jsonValue({ maxDepth: 3 }),
);

const SOUND = 12;
const sometimesJunk = (sound: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: SOUND, arbitrary: sound }, { weight: 1, arbitrary: junk });

/** Values that the schema mostly allows. */
function from(schema: Schema, schemas: Schemas, depth = 0): fc.Arbitrary<unknown> {
  if (depth > 6) return junk;
  if (schema.$ref) {
    return from(schemas[schema.$ref.split("/").at(-1) ?? ""] ?? {}, schemas, depth + 1);
  }
  const variants = schema.anyOf ?? schema.oneOf ?? schema.allOf;
  if (variants) return fc.oneof(...variants.map((variant) => from(variant, schemas, depth + 1)));
  if (schema.const !== undefined) return sometimesJunk(fc.constant(schema.const));
  if (schema.enum) return sometimesJunk(fc.constantFrom(...schema.enum));
  return sometimesJunk(ofType(schema, schemas, depth));
}

function ofType(schema: Schema, schemas: Schemas, depth: number): fc.Arbitrary<unknown> {
  const { minimum = -1_000, maximum = 1_000 } = schema;
  const max = Math.max(minimum, Math.min(maximum, 2 ** 31 - 1));
  switch (schema.type) {
    case "object":
      return ofObject(schema, schemas, depth);
    case "array":
      return fc.array(from(schema.items ?? {}, schemas, depth + 1), { maxLength: 4 });
    case "integer":
      return fc.integer({ min: minimum, max });
    case "number":
      return fc.double({ min: minimum, max, noNaN: true });
    case "boolean":
      return fc.boolean();
    case "string":
      return fc.oneof(fc.constantFrom("demo", "a", "item_view", "1"), fc.string({ minLength: 1 }));
    default:
      return junk;
  }
}

function ofObject(
  { properties = {}, required = [] }: Schema,
  schemas: Schemas,
  depth: number,
): fc.Arbitrary<unknown> {
  const fields = Object.entries(properties).map(([name, schema]) => [
    name,
    from(schema, schemas, depth + 1),
  ]);
  const shape = Object.fromEntries(fields) as Record<string, fc.Arbitrary<unknown>>;
  const known = fc.record(shape, { requiredKeys: required.filter((name) => name in shape) });
  const unknown = fc.record({ colour: junk });
  return fc.oneof(
    { weight: SOUND, arbitrary: known },
    {
      weight: 1,
      arbitrary: fc.tuple(known, unknown).map(([left, right]) => ({ ...left, ...right })),
    },
    { weight: 1, arbitrary: fc.subarray(Object.keys(shape)).map(() => ({})) },
  );
}

interface Sent {
  readonly operation: Fuzzed;
  readonly url: string;
  readonly payload: string | undefined;
  readonly type: string;
}

function requestFor(operation: Fuzzed): fc.Arbitrary<Sent> {
  const values = fc.tuple(
    ...operation.parameters.map(({ schema }) => from(schema, operation.schemas)),
  );
  const body = operation.body ? from(operation.body, operation.schemas) : fc.constant(undefined);
  const type = fc.oneof(
    { weight: 20, arbitrary: fc.constant(operation.type) },
    { weight: 1, arbitrary: fc.constantFrom("text/plain", "application/x-ndjson", "") },
  );
  return fc.tuple(values, body, type).map(([given, content, contentType]) => ({
    operation,
    url: urlOf(operation, given),
    payload: textOf(content),
    type: contentType,
  }));
}

function urlOf({ path, parameters }: Fuzzed, values: readonly unknown[]): string {
  const query = new URLSearchParams();
  let filled = path;
  parameters.forEach(({ name, in: place }, index) => {
    const text = wellFormed(textOf(values[index]) ?? "").slice(0, 500);
    if (place === "path") filled = filled.replace(`{${name}}`, segmentOf(text));
    else query.append(name, text);
  });
  return query.size > 0 ? `${filled}?${query}` : filled;
}

/** What stands between two slashes of a path: never nothing, nor dots, which lead elsewhere. */
const segmentOf = (text: string): string =>
  /^\.{0,2}$/.test(text) ? "%20" : encodeURIComponent(text);

/** Halves of characters cannot stand in a URL. */
const wellFormed = (text: string): string => Buffer.from(text).toString("utf8");

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** A good event is sent after so many requests. */
const EVENT_EVERY = 20;

export async function fuzz(server: FastifyInstance, options: FuzzOptions): Promise<FuzzReport> {
  const operations = readOperations(server).filter(({ id }) => !options.without.includes(id));
  const any = fc.constantFrom(...operations).chain(requestFor);
  const faults: string[] = [];
  const asked = new Set<string>();
  const acknowledged: string[] = [];
  let good = 0;
  const sent = fc.sample(any, { seed: options.seed, numRuns: options.requests });
  for (const [nth, request] of sent.entries()) {
    const { id, scope } = request.operation;
    const answer = await ask(server, request, await options.headersFor(scope));
    const fault = faultOf(request, answer);
    if (fault) faults.push(fault);
    asked.add(id);
    if (answer.status < 400) good++;
    if (nth % EVENT_EVERY !== 0) continue;
    const eventId = eventIdOf(nth);
    const isTaken = await sendEvent(server, eventId, await options.headersFor("publishable"));
    if (isTaken) acknowledged.push(eventId);
    else faults.push(`the good event ${eventId} was not taken`);
  }
  return { faults, good, refused: sent.length - good, asked: [...asked].sort(), acknowledged };
}

const eventIdOf = (nth: number): string =>
  `018f0000-0000-7000-8000-${String(nth).padStart(12, "0")}`;

async function sendEvent(
  server: FastifyInstance,
  eventId: string,
  headers: Readonly<Record<string, string>>,
): Promise<boolean> {
  // It says itself what is allowed: the shop's rule may have become another.
  const context = { consent: { measure: true, personalise: true } };
  const event = { eventId, name: "item_view", shopper: "kept", items: [{ item: "kept" }] };
  const payload = { ...event, context };
  const answer = await server.inject({ method: "POST", url: "/v1/events", payload, headers });
  return answer.statusCode === 200 && (answer.json() as { accepted: number }).accepted === 1;
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

async function ask(
  server: FastifyInstance,
  { operation, url, payload, type }: Sent,
  headers: Readonly<Record<string, string>>,
): Promise<Answer> {
  const answer = await server.inject({
    method: operation.method as "POST",
    url,
    headers: {
      ...headers,
      ...(payload === undefined || type === "" ? {} : { "content-type": type }),
    },
    ...(payload === undefined ? {} : { payload }),
    payloadAsStream: operation.isEndless,
  });
  // Nobody waits for the end of what has none.
  const isStream = operation.isEndless && answer.statusCode < 400;
  if (isStream) answer.stream().destroy();
  const body = isStream
    ? ""
    : operation.isEndless
      ? await streamText(answer.stream())
      : answer.body;
  return {
    status: answer.statusCode,
    type: String(answer.headers["content-type"]),
    body,
  };
}

/** What is wrong with the answer; undefined when nothing is. */
function faultOf({ operation, url, payload }: Sent, answer: Answer): string | undefined {
  const { status, type, body } = answer;
  const told = `${operation.id} ${url} ${payload}: ${status} ${body.slice(0, 300)}`;
  if (status >= 500 || !operation.statuses.includes(status)) return told;
  if (status < 400) return undefined;
  if (type !== "application/problem+json; charset=utf-8") return told;
  const found = JSON.parse(body) as { code: string; status: number };
  return Object.hasOwn(problemKinds, found.code) && found.status === status ? undefined : told;
}

async function streamText(stream: AsyncIterable<unknown>): Promise<string> {
  let text = "";
  for await (const part of stream) text += String(part);
  return text;
}
