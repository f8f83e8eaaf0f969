import type { Server } from "node:http";
import { Socket } from "node:net";
import { fastifyCookie } from "@fastify/cookie";
import { fastifyCors } from "@fastify/cors";
import { fastifyHelmet } from "@fastify/helmet";
import {
  type FastifyHttpOptions,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  type FastifyServerOptions,
  LogController,
} from "fastify";
import { serializerCompiler } from "fastify-type-provider-zod";
import { uuidv7 } from "uuidv7";
import type { Config } from "../../config.ts";
import { problem } from "../../errors.ts";
import type { Doorkeeper } from "./auth.ts";
import { contentPolicy } from "./content-policy.ts";
import { answerError, answerProblem, asProblem, problemDocument } from "./problem.ts";
import { endStage, serverTiming, startTiming } from "./timing.ts";
import { validatorCompiler } from "./validation.ts";

/** Where the log goes; standard output when absent. */
export interface LogSink {
  write(line: string): void;
}

/** Longer than a path with an item's id of 128 characters, each written as %XX%XX%XX%XX. */
const PATH_PART_MOST = 2_048;
/** A connection that is idle for longer is closed, so that a stop need not wait for it. */
const KEEP_ALIVE_MS = 3_000;
const HEADERS_MS_MOST = 60_000;
/** Late requests are looked for at least as often. */
const CHECK_MS_MOST = 30_000;
/**
 * A request may take this many times as long to arrive as an answer may take to be made. A stream
 * may take as long as it likes, but may not stand still for longer than that.
 */
const ARRIVAL_PATIENCE = 20;

/** Connections whose request, or answer, is a stream. */
const streaming = new WeakSet<Socket>();

type HttpOptions = Pick<FastifyHttpOptions<Server>, "http">;

export function serverOptions(
  { server }: Config,
  log: LogSink | undefined,
): FastifyServerOptions & HttpOptions {
  const arrivalMs = server.requestTimeoutMs * ARRIVAL_PATIENCE;
  return {
    logger: loggerOptions(server.logLevel, log),
    logController: new LogController({ disableRequestLogging: true }),
    keepAliveTimeout: KEEP_ALIVE_MS,
    requestTimeout: arrivalMs,
    http: {
      // Node exchanges the two limits when the headers' is the longer.
      headersTimeout: Math.min(HEADERS_MS_MOST, arrivalMs),
      connectionsCheckingInterval: Math.min(CHECK_MS_MOST, server.requestTimeoutMs),
    },
    bodyLimit: server.bodyLimitBytes,
    trustProxy: (_address, hop) => hop < server.trustedProxies,
    routerOptions: { maxParamLength: PATH_PART_MOST },
    return503OnClosing: false,
    genReqId: ({ headers }) => requestId(headers["x-request-id"]),
    frameworkErrors: (error, request, reply) => {
      reply.header("x-request-id", request.id);
      answerProblem(asProblem(error) ?? problem("invalid-request", error.message), request, reply);
    },
    clientErrorHandler: answerBrokenHttp,
  };
}

/** What brings a key is cut out of every line of the log. */
export const REDACTED: readonly string[] = [
  "req.headers.authorization",
  'req.headers["x-api-key"]',
  "req.headers.cookie",
  "headers.authorization",
  'headers["x-api-key"]',
  "headers.cookie",
  "secret",
  "token",
  "password",
  "*.secret",
  "*.token",
  "*.password",
];

function loggerOptions(
  level: Config["server"]["logLevel"],
  stream: LogSink | undefined,
): NonNullable<FastifyServerOptions["logger"]> {
  return {
    level,
    redact: { paths: [...REDACTED], censor: "…" },
    ...(stream ? { stream } : {}),
  };
}

const SANE_ID = /^[\w.:-]{1,128}$/;

const requestId = (wanted: string | string[] | undefined): string =>
  typeof wanted === "string" && SANE_ID.test(wanted) ? wanted : uuidv7();

/**
 * For bytes that are not HTTP, and requests that are late: there is no request to answer, only a
 * socket. A stream is not late: it may go on, for Node leaves the socket to us.
 */
function answerBrokenHttp(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === "ECONNRESET" || !socket.writable) return;
  const late = error.code === "ERR_HTTP_REQUEST_TIMEOUT";
  if (late && streaming.has(socket)) return;
  const found = late
    ? problem("timed-out", "the request did not arrive in time")
    : problem("invalid-request", "the bytes are not a valid HTTP request");
  const document = problemDocument(found, uuidv7());
  const body = JSON.stringify(document);
  const head = [
    `HTTP/1.1 ${document.status} ${late ? "Service Unavailable" : "Bad Request"}`,
    "content-type: application/problem+json; charset=utf-8",
    `content-length: ${Buffer.byteLength(body)}`,
    "connection: close",
  ];
  socket.end(`${head.join("\r\n")}\r\n\r\n${body}`);
}

/** What every request goes through, in this order, whichever route it is for. */
export function addFoundation(
  server: FastifyInstance,
  doorkeeper: Doorkeeper,
  timeoutMs: number,
): void {
  server.setValidatorCompiler(validatorCompiler);
  server.setSerializerCompiler(serializerCompiler);
  server.setErrorHandler(answerError);
  const served = listServed(server);
  server.setNotFoundHandler((request, reply) => answerNotFound(served, request, reply));
  takePlainEvents(server);
  server.decorateRequest("caller");
  server.decorateRequest("timing");

  let isStopping = false;
  server.addHook("preClose", (done) => {
    isStopping = true;
    done();
  });
  server.addHook("onRequest", async (request, reply) => {
    request.timing = startTiming();
    reply.header("x-request-id", request.id);
    const { scope = "public", reads = false, slow, streams } = request.routeOptions.config;
    if (!slow) answerInTime(request, reply, timeoutMs);
    request.caller = await doorkeeper.admit(request, { scope, reads });
    if (streams) keepMoving(request, reply, timeoutMs * ARRIVAL_PATIENCE);
    endStage(request, "auth");
    if (isStopping) throw problem("not-ready", "the server is stopping");
  });
  server.addHook("preHandler", (request, _reply, done) => {
    endStage(request, "read");
    done();
  });
  server.addHook("onSend", (request, reply, _payload, done) => {
    endStage(request, "write");
    reply.header("server-timing", serverTiming(request));
    done();
  });
  server.addHook("onResponse", (request, reply, done) => {
    const { method, url } = request;
    const ms = Math.round(reply.elapsedTime * 100) / 100;
    request.log.debug({ method, url: withoutQuery(url), status: reply.statusCode, ms }, "answered");
    done();
  });
}

/**
 * Events may come as text, for that is all a beacon can send to another origin without asking
 * first. What a page sends so brings no cookie and can do no more than its key allows.
 */
function takePlainEvents(server: FastifyInstance): void {
  const parse = server.getDefaultJsonParser("error", "error");
  server.removeContentTypeParser("text/plain");
  server.addContentTypeParser("text/plain", { parseAs: "string" }, (request, body, done) => {
    if (request.routeOptions.config.protected) return parse(request, String(body), done);
    return done(problem("wrong-media-type", "only events may come as text"));
  });
}

/**
 * Answers for a handler that is late; what it says after that is not heard. The framework's own
 * handlerTimeout ends, and aborts its signal, as soon as a body has been read.
 */
function answerInTime(request: FastifyRequest, reply: FastifyReply, timeoutMs: number): void {
  const timer = setTimeout(() => {
    if (reply.sent) return;
    // The rest of a body that is late would hold the connection.
    if (!request.raw.complete) reply.header("connection", "close");
    const detail = `the answer took longer than server.requestTimeoutMs, ${timeoutMs} ms`;
    answerProblem(problem("timed-out", detail), request, reply);
  }, timeoutMs);
  reply.raw.once("close", () => clearTimeout(timer));
}

/**
 * Lets a stream last, and ends its connection when no byte of it has moved for too long. Once a
 * body is whole the wait is for us, and has no end. @unit idleMs ms
 */
function keepMoving({ raw }: FastifyRequest, reply: FastifyReply, idleMs: number): void {
  const { socket } = raw;
  // A request that was injected came by no connection.
  if (!(socket instanceof Socket)) return;
  streaming.add(socket);
  socket.setTimeout(idleMs);
  raw.once("end", () => {
    if (!reply.raw.writableEnded) socket.setTimeout(0);
  });
  reply.raw.once("close", () => {
    streaming.delete(socket);
  });
}

/** Aborted when the caller goes away before the answer is whole. */
export function callerGone(reply: FastifyReply): AbortSignal {
  const gone = new AbortController();
  reply.raw.once("close", () => {
    if (!reply.raw.writableFinished) gone.abort();
  });
  return gone.signal;
}

/** Queries may hold what shoppers looked for, and by mistake a key. */
const withoutQuery = (url: string): string => url.split("?", 1)[0] ?? url;

const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"] as const;

interface Served {
  readonly method: string;
  readonly pattern: RegExp;
}

/** Grows with every route that is added from now on. */
function listServed(server: FastifyInstance): readonly Served[] {
  const served: Served[] = [];
  server.addHook("onRoute", ({ method, url }) => {
    const literal = url.replace(/[.+?^${}()|[\]\\]/g, "\\$&");
    const pattern = literal.replace(/:[^/]+/g, "[^/]+").replace(/\*/g, ".*");
    for (const one of [method].flat()) {
      served.push({ method: one, pattern: new RegExp(`^${pattern}/?$`) });
    }
  });
  return served;
}

/** A path that is served to other methods is told apart from one that is not there. */
function answerNotFound(
  served: readonly Served[],
  request: FastifyRequest,
  reply: FastifyReply,
): void {
  const path = withoutQuery(request.url);
  const matching = served.filter((route) => route.pattern.test(path));
  const allowed = METHODS.filter((method) => matching.some((route) => route.method === method));
  // A file of ours that is not there is no matter of the method.
  const isFile = matching.some(({ method }) => method === request.method);
  if (allowed.length === 0 || isFile) {
    answerProblem(problem("not-found", `nothing is served at ${path}`), request, reply);
    return;
  }
  reply.header("allow", allowed.join(", "));
  const detail = `${path} takes ${allowed.join(", ")}, not ${request.method}`;
  answerProblem(problem("method-not-allowed", detail), request, reply);
}

const POLICY = contentPolicy();

/** Nothing but our own pages may run, frame or be framed; the API's answers are for programs. */
export async function addShields(server: FastifyInstance, config: Config): Promise<void> {
  server.addHook("onRequest", (_request, reply, done) => {
    reply.header("content-security-policy", POLICY);
    done();
  });
  await server.register(fastifyCookie);
  await server.register(fastifyHelmet, {
    // Made once, above: the plugin would put the same text together at every request.
    contentSecurityPolicy: false,
    // A header about TLS is for who ends TLS in front of us to set.
    strictTransportSecurity: false,
    crossOriginResourcePolicy: { policy: "cross-origin" },
  });
  await server.register(fastifyCors, {
    origin: config.server.corsOrigins.length > 0 ? [...config.server.corsOrigins] : false,
    methods: [...METHODS],
    // X-Shopkeeper is left out: it says that a page of ours asks.
    allowedHeaders: ["authorization", "content-type", "x-api-key", "x-request-id", "prefer"],
    exposedHeaders: ["x-request-id", "server-timing", "retry-after", "ratelimit-remaining"],
    maxAge: 86_400,
  });
}
