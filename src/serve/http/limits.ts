import { fastifyRateLimit } from "@fastify/rate-limit";
import { fastifyUnderPressure } from "@fastify/under-pressure";
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { Config } from "../../config.ts";
import { problem } from "../../errors.ts";

/**
 * What keeps one caller from taking all: requests per key and minute, and with a publishable key, which
 * all visitors of a shop share, per address; and a server that is behind turns work away. Events are turned away last, since what is not taken now is lost to the shop.
 */
export async function addLimits(server: FastifyInstance, config: Config): Promise<void> {
  await addLoadShedding(server, config.server.overloadDelayMs);
  await server.register(fastifyRateLimit, {
    timeWindow: "1 minute",
    enableDraftSpec: true,
    cache: CALLERS_COUNTED,
    keyGenerator: countedAs,
    max: (request: FastifyRequest) => perMinute(request, config),
    errorResponseBuilder: (_request, { max, ttl }) =>
      problem("too-many-requests", `at most ${max} requests a minute from here with this key`, {
        retryAfterSeconds: Math.max(1, Math.ceil(ttl / 1_000)),
      }),
  });
}

/** Keys and addresses whose requests are counted; the one unseen for longest is forgotten. */
const CALLERS_COUNTED = 50_000;
/** A request that must get through is turned away at so many times the limit. */
const PROTECTED_FACTOR = 5;
const SAMPLE_MS = 1_000;

function countedAs({ caller, ip }: FastifyRequest): string {
  if (caller.key === "") return ip;
  return caller.role === "publishable" ? `${caller.key} ${ip}` : caller.key;
}

function perMinute({ caller }: FastifyRequest, { server }: Config): number {
  return caller.role === "secret" || caller.role === "owner"
    ? server.rateSecretPerMinute
    : server.ratePublishablePerMinute;
}

async function addLoadShedding(server: FastifyInstance, delayMs: number): Promise<void> {
  await server.register(fastifyUnderPressure, {
    maxEventLoopDelay: delayMs,
    sampleInterval: SAMPLE_MS,
    pressureHandler: async (request, _reply, _type, delay) =>
      refuseWhenBehind(request.routeOptions.config.protected === true, Number(delay), delayMs),
  });
}

/**
 * Called while the server is behind by more than it may be. @unit delay, allowed ms
 * An infinite delay says that the sampler itself has had no turn yet, which is no measurement.
 * @throws problem `overloaded` unless the request is protected and the delay not yet hopeless
 */
export function refuseWhenBehind(isProtected: boolean, delay: number, allowed: number): void {
  if (!Number.isFinite(delay) || (isProtected && delay < allowed * PROTECTED_FACTOR)) return;
  throw problem("overloaded", "the server is behind with its work", { retryAfterSeconds: 5 });
}
