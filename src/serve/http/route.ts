import { Readable } from "node:stream";
import type {
  FastifyInstance,
  FastifyPluginCallback,
  FastifyReply,
  FastifyRequest,
  FastifySchema,
} from "fastify";
import { z } from "zod";
import { assert } from "../../assert.ts";
import { type ProblemCode, problemKind } from "../../errors.ts";
import type { Platform } from "../../platform.ts";
import type { AnyScenarioRoute } from "../../scenario.ts";
import { INSTALLATION } from "../../storage/records.ts";
import type { Access } from "../access/access.ts";
import type { Keys } from "../keys.ts";
import type { Live } from "../live/live.ts";
import type { Reports } from "../reports.ts";
import type { Webhooks } from "../webhooks/open-webhooks.ts";
import { type AuditRule, type AuditWords, isTold, plainWords, tell } from "./audited.ts";
import { type Caller, COOKIE, type Scope, shopIsMissing } from "./auth.ts";
import { problemSchema } from "./problem.ts";
import { endStage, type Timing } from "./timing.ts";
import type { Turns, Turnstile } from "./turnstile.ts";

/** All that a handler can reach. */
export interface Rooms {
  readonly platform: Platform;
  readonly keys: Keys;
  readonly access: Access;
  readonly live: Live;
  readonly reports: Reports;
  readonly webhooks: Webhooks;
  readonly turns: Turns;
}

export interface Call<Body, Query, Path> extends Rooms {
  readonly shop: string;
  readonly caller: Caller;
  readonly body: Body;
  readonly query: Query;
  readonly path: Path;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

/** One line of the table: what is served where, to whom, and what can go wrong. */
export interface RouteSpec<Body, Query, Path, Answer> {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly path: string;
  /** Name in clients made from the OpenAPI document. */
  readonly id: string;
  readonly tag: string;
  readonly summary: string;
  readonly about?: string;
  readonly scope: Scope;
  /** True for what changes nothing though it is no GET. */
  readonly reads?: true;
  /** Whether the audit log is told. Absent: of every change but events. */
  readonly audit?: AuditRule;
  /** What it is told. Absent: the part of the path, or the id that came of it, and the body. */
  words?(call: Call<Body, Query, Path>, answer: Answer): AuditWords;
  /** `required`: the owner must name a shop in X-Shop. `any`: without one the installation is meant. */
  readonly shop: "required" | "any" | "none";
  readonly body?: z.ZodType<Body, unknown>;
  /** What the body is said to be, where its parts are judged further down, one by one. */
  readonly bodyLike?: z.ZodType;
  readonly query?: z.ZodType<Query, unknown>;
  readonly params?: z.ZodType<Path, unknown>;
  /** Shape of the answer; absent for one that is not JSON. */
  readonly answer?: z.ZodType<Answer, unknown>;
  /** See `ScenarioRoute`. */
  readonly asMade?: true;
  readonly status?: 200 | 201 | 202 | 204;
  /** Media type of an answer that is not JSON. */
  readonly produces?: string;
  /** What each event holds, of an answer that is a stream of them. */
  readonly event?: z.ZodType;
  /** Media types of a body that is not JSON; it then arrives as a stream. */
  readonly consumes?: readonly string[];
  readonly problems?: readonly ProblemCode[];
  /** Name of the work in Server-Timing. */
  readonly stage?: string;
  /** True for events: they are turned away last. */
  readonly protected?: true;
  /** True when the answer may take longer than server.requestTimeoutMs. */
  readonly slow?: true;
  run(call: Call<Body, Query, Path>): Promise<Answer> | Answer;
}

/** A line whose types are known only to itself. */
export type Route = RouteSpec<never, never, never, unknown>;

export function route<
  Body = undefined,
  Query = Record<string, never>,
  Path = Record<string, never>,
  Answer = undefined,
>(spec: RouteSpec<Body, Query, Path, Answer>): Route {
  return spec as unknown as Route;
}

/** A scenario's table as lines of ours: its shop is the key's, its service the platform's. */
export function scenarioRoutes<Service>(
  table: readonly AnyScenarioRoute<Service>[],
  serviceOf: (platform: Platform) => Service,
): readonly Route[] {
  return table.map(({ run, ...line }) => ({
    ...line,
    shop: "required",
    run: ({ platform, shop, caller, body, query, path }) =>
      run(serviceOf(platform), {
        shop,
        by: caller.key,
        isSecret: caller.role === "secret" || caller.role === "owner",
        isSignedIn: caller.signedIn !== undefined,
        body,
        query,
        path,
      }),
  }));
}

declare module "fastify" {
  interface FastifyRequest {
    caller: Caller;
    timing: Timing;
  }
  interface FastifyContextConfig {
    id?: string;
    scope?: Scope;
    reads?: boolean;
    protected?: boolean;
    slow?: boolean;
    streams?: boolean;
  }
}

export function addRoutes(server: FastifyInstance, routes: readonly Route[], rooms: Rooms): void {
  for (const spec of routes) {
    if (spec.consumes) server.register(streamRoute(spec, rooms));
    else addRoute(server, spec, rooms);
  }
}

/** The route's own media types are handed on as a stream, and it takes no other. */
function streamRoute(spec: Route, rooms: Rooms): FastifyPluginCallback {
  return (own, _options, done) => {
    own.removeAllContentTypeParsers();
    own.addContentTypeParser([...(spec.consumes ?? [])], (_request, payload, parsed) => {
      parsed(null, payload);
    });
    addRoute(own, spec, rooms);
    done();
  };
}

function addRoute(server: FastifyInstance, spec: Route, rooms: Rooms): void {
  server.route({
    method: spec.method,
    url: spec.path,
    schema: schemaOf(spec),
    ...(spec.asMade === true ? { serializerCompiler: () => JSON.stringify } : {}),
    config: {
      id: spec.id,
      scope: spec.scope,
      reads: isReading(spec),
      protected: spec.protected ?? false,
      slow: spec.slow ?? false,
      streams: spec.slow === true && (spec.consumes ?? spec.produces) !== undefined,
    },
    handler: (request, reply) => handle(spec, rooms, request, reply),
  });
}

/** Whether nothing is changed by asking. */
export const isReading = ({ method, reads }: Route): boolean => method === "GET" || reads === true;

async function handle(
  spec: Route,
  rooms: Rooms,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<unknown> {
  const { caller } = request;
  if (spec.shop === "required" && caller.shop === INSTALLATION) throw shopIsMissing();
  reply.code(spec.status ?? 200);
  if (spec.produces) reply.type(spec.produces);
  const call: Call<never, never, never> = {
    ...rooms,
    shop: caller.shop,
    caller,
    body: request.body as never,
    query: request.query as never,
    path: request.params as never,
    request,
    reply,
  };
  const answer = await turnOf(spec, rooms).pass(() => spec.run(call));
  endStage(request, spec.stage ?? "work");
  if (isTold(auditRule(spec), caller)) {
    const words = spec.words?.(call, answer) ?? plainWords(call.path, call.body, answer);
    await tell(rooms.access.audit, { route: spec.id, caller, address: request.ip, words });
    endStage(request, "audit");
  }
  return answer;
}

/** Visitors and the shop's own people do not stand in one row; events and streams stand in none. */
function turnOf({ scope, protected: isProtected, slow }: Route, { turns }: Rooms): Turnstile {
  if (isProtected || slow) return turns.free;
  return scope === "publishable" ? turns.visitors : turns.shop;
}

/** What a visitor's browser may do is no change to the shop: events, and lists that are shown. */
function auditRule(spec: Route): AuditRule {
  if (spec.audit) return spec.audit;
  const isOpen = spec.scope === "public" || spec.scope === "publishable";
  return isReading(spec) || isOpen || spec.protected ? "never" : "always";
}

/** The body of a route that consumes something else than JSON. */
export function streamOf(request: FastifyRequest): Readable {
  assert(request.body instanceof Readable, "a route that consumes a stream is given one");
  return request.body;
}

/** Where openapi.ts finds the schemas of parts that are judged elsewhere than at the door. */
export const BODY_LIKE = "x-body-like";
export const HEADERS_LIKE = "x-headers-like";

const shopHeader = z.object({
  "X-Shop": z
    .string()
    .optional()
    .describe("The shop that is meant; with the owner's key, or signed in"),
});

type Described = FastifySchema & Record<string, unknown>;

function schemaOf(spec: Route): Described {
  const bodyLike = spec.consumes ? z.string() : spec.bodyLike;
  return {
    operationId: spec.id,
    tags: [spec.tag],
    summary: spec.summary,
    ...(spec.about ? { description: spec.about } : {}),
    "x-scope": spec.scope,
    security: securityOf(spec.scope),
    ...(spec.body && !spec.consumes ? { body: spec.body } : {}),
    ...(bodyLike ? { [BODY_LIKE]: bodyLike } : {}),
    ...(spec.shop === "none" ? {} : { [HEADERS_LIKE]: shopHeader }),
    ...(spec.query ? { querystring: spec.query } : {}),
    ...(spec.params ? { params: spec.params } : {}),
    ...(spec.consumes ? { consumes: spec.consumes } : {}),
    response: { ...answersOf(spec), ...problemsOf(spec) },
  };
}

function securityOf(scope: Scope): Record<string, string[]>[] {
  if (scope === "public") return [];
  if (scope === "session") return [{ [COOKIE]: [] }];
  const byHeader = [{ bearer: [] }, { apiKey: [] }, { [COOKIE]: [] }];
  return scope === "publishable" ? [...byHeader, { address: [] }] : byHeader;
}

function answersOf(spec: Route): Record<string, unknown> {
  const status = spec.status ?? 200;
  if (spec.produces) {
    const content = { [spec.produces]: { schema: spec.event ?? z.string() } };
    return { [status]: { description: spec.summary, content } };
  }
  const answer = spec.answer ?? z.undefined();
  return status === 202 ? { 200: answer, 202: answer } : { [status]: answer };
}

/** Problems of a route by status: its own, and those that any route of its kind can have. */
function problemsOf(spec: Route): Record<string, unknown> {
  const codes = new Set<ProblemCode>(spec.problems ?? []);
  codes.add("internal-error").add("too-many-requests").add("timed-out").add("not-ready");
  if (!spec.protected) codes.add("overloaded");
  if (spec.scope !== "public") codes.add("not-authenticated").add("not-allowed");
  if (spec.scope !== "public" && spec.scope !== "session") codes.add("password-change-required");
  if (spec.method !== "GET" && spec.scope !== "public") codes.add("foreign-request");
  if (spec.shop === "required") codes.add("unknown-shop").add("invalid-request");
  if (spec.body || spec.query || spec.params) codes.add("invalid-request");
  if (spec.body || spec.consumes) codes.add("too-large").add("wrong-media-type");
  const byStatus = new Map<number, ProblemCode[]>();
  for (const code of [...codes].sort()) {
    const { status } = problemKind(code);
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return Object.fromEntries(
    [...byStatus].map(([status, listed]) => [
      status,
      {
        description: listed.map((code) => `\`${code}\``).join(", "),
        content: { "application/problem+json": { schema: problemSchema } },
      },
    ]),
  );
}
