import fc from "fast-check";
import type { FastifyInstance } from "fastify";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { problemKinds } from "../src/errors.ts";
import { testPlatform } from "../src/serve/conformance/memory-platform.ts";
import { openKeys } from "../src/serve/keys.ts";
import { openServer } from "../src/serve/server.ts";

/**
 * Requests that are made from the schemas of the OpenAPI document, sound in most parts and broken
 * in some: whatever comes, the answer is what the document allows or a problem, never a 500.
 */
const SEED = 20_260_131;
const REQUESTS = 2_000;

let server: FastifyInstance;
let headers: Record<string, string>;
let operations: readonly Fuzzed[];

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
  readonly method: string;
  readonly path: string;
  readonly parameters: readonly Parameter[];
  readonly body: Schema | undefined;
  readonly type: string;
  readonly statuses: readonly number[];
}

beforeAll(async () => {
  const platform = await testPlatform({ server: { rateSecretPerMinute: 10_000_000 } });
  await platform.shops.ensure("demo");
  const keys = await openKeys(platform.storage.records, platform.clock, 100_000);
  const made = await keys.ensureFirst("demo");
  const owner = made.find(({ key }) => key.role === "owner")?.secret ?? "";
  headers = { "x-api-key": owner, "x-shop": "demo" };
  server = await openServer(platform, { keys });
  operations = readOperations();
});
afterAll(() => server.close());

let schemas: Readonly<Record<string, Schema>>;

interface RawOperation {
  readonly operationId: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: {
    readonly content: Readonly<Record<string, { readonly schema: Schema }>>;
  };
  readonly responses: object;
}

function readOperations(): Fuzzed[] {
  const document = server.swagger() as unknown as {
    paths?: Record<string, Record<string, RawOperation>>;
    components?: { schemas?: Record<string, Schema> };
  };
  schemas = document.components?.schemas ?? {};
  return Object.entries(document.paths ?? {}).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, raw]) => {
      const [[type, content] = ["application/json", undefined]] = Object.entries(
        raw.requestBody?.content ?? {},
      );
      return {
        id: raw.operationId,
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
function from(schema: Schema, depth = 0): fc.Arbitrary<unknown> {
  if (depth > 6) return junk;
  if (schema.$ref) return from(schemas[schema.$ref.split("/").at(-1) ?? ""] ?? {}, depth + 1);
  const variants = schema.anyOf ?? schema.oneOf ?? schema.allOf;
  if (variants) return fc.oneof(...variants.map((variant) => from(variant, depth + 1)));
  if (schema.const !== undefined) return sometimesJunk(fc.constant(schema.const));
  if (schema.enum) return sometimesJunk(fc.constantFrom(...schema.enum));
  return sometimesJunk(ofType(schema, depth));
}

function ofType(schema: Schema, depth: number): fc.Arbitrary<unknown> {
  const { minimum = -1_000, maximum = 1_000 } = schema;
  const max = Math.max(minimum, Math.min(maximum, 2 ** 31 - 1));
  switch (schema.type) {
    case "object":
      return ofObject(schema, depth);
    case "array":
      return fc.array(from(schema.items ?? {}, depth + 1), { maxLength: 4 });
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
  depth: number,
): fc.Arbitrary<unknown> {
  const fields = Object.entries(properties).map(([name, schema]) => [
    name,
    from(schema, depth + 1),
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
  const values = fc.tuple(...operation.parameters.map(({ schema }) => from(schema)));
  const body = operation.body ? from(operation.body) : fc.constant(undefined);
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
    if (place === "path") filled = filled.replace(`{${name}}`, encodeURIComponent(text) || "%20");
    else query.append(name, text);
  });
  return query.size > 0 ? `${filled}?${query}` : filled;
}

/** Halves of characters cannot stand in a URL. */
const wellFormed = (text: string): string => Buffer.from(text).toString("utf8");

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : JSON.stringify(value);
}

const answered = { good: 0, refused: 0 };

/** What is wrong with the answer; undefined when nothing is. */
async function faultOf({ operation, url, payload, type }: Sent): Promise<string | undefined> {
  const answer = await server.inject({
    method: operation.method as "POST",
    url,
    headers: payload === undefined || type === "" ? headers : { ...headers, "content-type": type },
    ...(payload === undefined ? {} : { payload }),
  });
  const { statusCode } = answer;
  const told = `${operation.id} ${url} ${payload}: ${statusCode} ${answer.body.slice(0, 300)}`;
  if (statusCode >= 500) return told;
  answered[statusCode < 400 ? "good" : "refused"]++;
  if (statusCode < 400) return operation.statuses.includes(statusCode) ? undefined : told;
  const isProblem = answer.headers["content-type"] === "application/problem+json; charset=utf-8";
  if (!isProblem) return told;
  const { code, status } = answer.json() as { code: string; status: number };
  const known = Object.hasOwn(problemKinds, code) && status === statusCode;
  return known && operation.statuses.includes(statusCode) ? undefined : told;
}

describe("generated requests", () => {
  test(`${REQUESTS} of them are answered as the document says, never by a mistake of ours`, async () => {
    const any = fc.constantFrom(...operations).chain(requestFor);
    const faults: string[] = [];
    for (const request of fc.sample(any, { seed: SEED, numRuns: REQUESTS })) {
      const fault = await faultOf(request);
      if (fault) faults.push(fault);
    }
    expect(faults).toEqual([]);
    expect(answered.good).toBeGreaterThan(REQUESTS / 4);
    expect(answered.refused).toBeGreaterThan(REQUESTS / 4);
  });
});
