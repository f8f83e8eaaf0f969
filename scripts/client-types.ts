/**
 * The typed part of the HTTP client, made of the OpenAPI document alone: schemas as types, one
 * interface for each subject, and the table of routes. The same document gives the same bytes; a
 * test keeps them current. Write them anew with: npx tsx scripts/client-types.ts
 */
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { assert } from "../src/assert.ts";
import { type NamedEnums, type Schema, typeOf } from "./schema-types.ts";

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly description?: string;
  readonly schema: Schema;
}

interface Content {
  readonly content?: Readonly<Record<string, { readonly schema: Schema }>>;
  readonly required?: boolean;
}

interface RawOperation {
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  readonly tags: readonly [string];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: Content;
  readonly responses: Readonly<Record<string, Content>>;
}

export interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, RawOperation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

interface Operation extends RawOperation {
  readonly method: string;
  readonly path: string;
  readonly subject: string;
}

/** Lists of words that have a name of their own: where each stands in the document. */
const ENUMS: Readonly<Record<string, readonly [schema: string, property: string]>> = {
  ProblemCode: ["Problem", "code"],
  EventName: ["EventInput", "name"],
  RecommendSurface: ["RecommendRequest", "surface"],
};

const HEAD = "/** Made of test/openapi.json by scripts/client-types.ts; not to be edited. */\n";

/** Name of each file to its text, not yet formatted. */
export function clientFiles(document: OpenApi): ReadonlyMap<string, string> {
  const enums = namedEnums(document);
  const operations = operationsOf(document);
  return new Map([
    ["schemas.ts", schemasFile(document, enums)],
    ["subjects.ts", subjectsFile(operations, enums)],
    ["routes.ts", routesFile(operations)],
  ]);
}

function namedEnums({ components }: OpenApi): NamedEnums {
  return new Map(
    Object.entries(ENUMS).map(([name, [schema, property]]) => {
      const words = components.schemas[schema]?.properties?.[property]?.enum;
      assert(words !== undefined, `${schema}.${property} is a list of words`);
      return [JSON.stringify(words), name];
    }),
  );
}

function operationsOf({ paths }: OpenApi): readonly Operation[] {
  const all = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, raw]) => ({
      ...raw,
      method: method.toUpperCase(),
      path,
      subject: camelCase(raw.tags[0]),
    })),
  );
  const bySubject = (one: Operation): string => `${one.subject} ${one.operationId}`;
  return all.sort((left, right) => (bySubject(left) < bySubject(right) ? -1 : 1));
}

const camelCase = (words: string): string =>
  words.replace(/ (\w)/g, (_, letter: string) => letter.toUpperCase());

const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);

const COMMENT_WIDTH = 92;

/** A comment in lines of the house's width. */
function comment(text: string | undefined): string {
  if (text === undefined) return "";
  const safe = text.replaceAll("*/", "* /");
  if (safe.length < COMMENT_WIDTH) return `/** ${safe} */\n`;
  const lines = safe.matchAll(new RegExp(`(\\S.{0,${COMMENT_WIDTH}})(?:\\s|$)`, "g"));
  return `/**\n${[...lines].map(([, line = ""]) => ` * ${line.trim()}`).join("\n")}\n */\n`;
}

function schemasFile({ components }: OpenApi, enums: NamedEnums): string {
  const lists = [...enums].map(
    ([words, name]) =>
      `export type ${name} = ${(JSON.parse(words) as string[]).map(quoted).join(" | ")};`,
  );
  const schemas = Object.entries(components.schemas).map(([name, schema]) => {
    const type = typeOf(schema, enums);
    const declared =
      schema.type === "object" && type.startsWith("{")
        ? `export interface ${name} ${type}`
        : `export type ${name} = ${type};`;
    return comment(schema.description) + declared;
  });
  return [HEAD, ...lists, ...schemas].join("\n\n");
}

const quoted = (word: string): string => JSON.stringify(word);

function subjectsFile(operations: readonly Operation[], enums: NamedEnums): string {
  const subjects = [...new Set(operations.map(({ subject }) => subject))];
  const interfaces = subjects.map((subject) => {
    const own = operations.filter((one) => one.subject === subject);
    const methods = own.map((one) => methodOf(one, enums)).join("\n");
    return `export interface ${capital(subject)}Calls {\n${methods}\n}`;
  });
  const all = subjects.map((one) => `readonly ${one}: ${capital(one)}Calls;`).join("\n");
  const text = [
    ...interfaces,
    `/** One property for each subject of the API. */\nexport interface Subjects {\n${all}\n}`,
  ].join("\n\n");
  const used = (names: Iterable<string>): string =>
    [...new Set(names)]
      .filter((name) => new RegExp(`\\b${name}\\b`).test(text))
      .sort((left, right) => (left < right ? -1 : 1))
      .join(", ");
  const schemas = used(
    [...text.matchAll(/\b[A-Z]\w+/g)].map(([name]) => name).filter(isSchema(operations, enums)),
  );
  return [
    HEAD,
    `import type { CallOptions, Line, Upload } from "../calls.ts";`,
    `import type { ${schemas} } from "./schemas.ts";`,
    text,
  ].join("\n");
}

function isSchema(operations: readonly Operation[], enums: NamedEnums): (name: string) => boolean {
  const refs = JSON.stringify(operations).matchAll(/#\/components\/schemas\/(\w+)/g);
  const names = new Set([...enums.values(), ...[...refs].map(([, name = ""]) => name)]);
  names.add("EventInput").add("ItemInput");
  return (name) => names.has(name);
}

function methodOf(operation: Operation, enums: NamedEnums): string {
  const { operationId, summary, description } = operation;
  const about = description ? `${summary}. ${description}` : `${summary}.`;
  const given = [
    ...pathNames(operation.path).map(
      (name) => `${name}: ${typeOf(parameter(operation, name).schema, enums)}`,
    ),
    ...bodyParameters(operation, enums),
    ...queryParameters(operation, enums),
    "options?: CallOptions",
  ];
  return `${comment(about)}${operationId}(${given.join(", ")}): Promise<${answerType(operation, enums)}>;`;
}

const pathNames = (path: string): readonly string[] =>
  [...path.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => name);

function parameter({ parameters = [], operationId }: Operation, name: string): Parameter {
  const found = parameters.find((one) => one.in === "path" && one.name === name);
  assert(found !== undefined, `${operationId} describes ${name}`);
  return found;
}

const queryOf = ({ parameters = [] }: Operation): readonly Parameter[] =>
  parameters.filter((one) => one.in === "query");

const NDJSON = "application/x-ndjson";
const EVENT_STREAM = "text/event-stream";
const JSON_TYPE = "application/json";

/** Which form a body has, by its media types. */
function formOf(
  types: readonly string[],
): "json" | "lines" | "events" | "upload" | "text" | undefined {
  if (types.length === 0) return undefined;
  if (types.includes(JSON_TYPE)) return "json";
  if (types.includes(NDJSON)) return "lines";
  if (types.includes(EVENT_STREAM)) return "events";
  return types[0]?.startsWith("text/plain") ? "text" : "upload";
}

const bodyTypes = ({ requestBody }: Operation): readonly string[] =>
  Object.keys(requestBody?.content ?? {});

/** What a line of a streamed body may be. */
const LINES: Readonly<Record<string, string>> = {
  streamEvents: "EventInput",
  importLines: "EventInput | ItemInput",
};

function bodyParameters(operation: Operation, enums: NamedEnums): readonly string[] {
  const types = bodyTypes(operation);
  switch (formOf(types)) {
    case undefined:
      return [];
    case "json": {
      const schema = operation.requestBody?.content?.[JSON_TYPE]?.schema ?? {};
      return [`body${operation.requestBody?.required ? "" : "?"}: ${typeOf(schema, enums)}`];
    }
    case "lines": {
      const line = LINES[operation.operationId] ?? "Line";
      return [`lines: Iterable<${line}> | AsyncIterable<${line}>`];
    }
    default:
      return ["body: Upload", `type: ${types.map(quoted).join(" | ")}`];
  }
}

function queryParameters(operation: Operation, enums: NamedEnums): readonly string[] {
  const query = queryOf(operation);
  if (query.length === 0) return [];
  const properties = Object.fromEntries(
    query.map((one) => [
      one.name,
      { ...one.schema, ...(one.description ? { description: one.description } : {}) },
    ]),
  );
  const required = query.filter((one) => one.required).map((one) => one.name);
  return [
    `query${required.length > 0 ? "" : "?"}: ${typeOf({ type: "object", properties, required }, enums)}`,
  ];
}

function goodAnswer({ responses }: Operation): Content {
  const status = Object.keys(responses).find((code) => code.startsWith("2")) ?? "";
  return responses[status] ?? {};
}

function answerType(operation: Operation, enums: NamedEnums): string {
  const { content = {} } = goodAnswer(operation);
  switch (formOf(Object.keys(content))) {
    case "json":
      return typeOf((content[JSON_TYPE] as { schema: Schema }).schema, enums);
    case "lines":
      return "AsyncGenerator<Line>";
    case "events":
      return `AsyncGenerator<${typeOf((content[EVENT_STREAM] as { schema: Schema }).schema, enums)}>`;
    case undefined:
      return "void";
    case "upload":
      return "Blob";
    default:
      return "string";
  }
}

function routesFile(operations: readonly Operation[]): string {
  const lines = operations.map((operation) => {
    const query = queryOf(operation).map(({ name }) => name);
    const types = bodyTypes(operation);
    const form = formOf(types);
    const answers = formOf(Object.keys(goodAnswer(operation).content ?? {})) ?? "nothing";
    const answer = answers === "upload" ? "bytes" : answers;
    const route = {
      subject: operation.subject,
      method: operation.method,
      path: operation.path,
      ...(form ? { body: form } : {}),
      ...(query.length > 0 ? { takesQuery: true } : {}),
      answer,
    };
    return `${operation.operationId}: ${JSON.stringify(route)},`;
  });
  const type = `import type { Route } from "../calls.ts";`;
  const table = `/** Name of each method to its route. */\nexport const routes: Readonly<Record<string, Route>> = {\n${lines.join("\n")}\n};`;
  return [HEAD, type, table].join("\n\n");
}

const root = join(import.meta.dirname, "..");

/** As the house formats it. */
export function formatted(name: string, text: string): string {
  const biome = join(root, "node_modules", "@biomejs", "biome", "bin", "biome");
  const args = [biome, "check", "--write", `--stdin-file-path=client/src/made/${name}`];
  const ran = spawnSync(process.execPath, args, { cwd: root, input: text, encoding: "utf8" });
  assert(ran.status === 0, `what is made can be formatted: ${ran.stderr}`);
  return ran.stdout;
}

export const readOpenApi = (): OpenApi =>
  JSON.parse(readFileSync(join(root, "test", "openapi.json"), "utf8")) as OpenApi;

if (process.argv[1] === import.meta.filename) {
  for (const [name, text] of clientFiles(readOpenApi())) {
    writeFileSync(join(root, "client", "src", "made", name), formatted(name, text));
  }
}
