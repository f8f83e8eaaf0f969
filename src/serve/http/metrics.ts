import type { FastifyInstance } from "fastify";
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import { monotonicMs } from "../../clock.ts";
import type { Platform } from "../../platform.ts";

/** Counts for Prometheus. Labels name routes, never shops or shoppers. */
export interface Metrics {
  text(): Promise<string>;
  readonly contentType: string;
}

const BUCKETS_SECONDS = [0.001, 0.0025, 0.005, 0.012, 0.025, 0.05, 0.1, 0.25, 1, 5, 30];

export function openMetrics(server: FastifyInstance, { storage }: Platform): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const requests = new Counter({
    name: "shopkeeper_http_requests_total",
    help: "Requests answered",
    labelNames: ["method", "route", "status"],
    registers,
  });
  const seconds = new Histogram({
    name: "shopkeeper_http_request_seconds",
    help: "Time from the request's arrival to its answer",
    labelNames: ["method", "route"],
    buckets: BUCKETS_SECONDS,
    registers,
  });
  new Gauge({
    name: "shopkeeper_log_syncs",
    help: "Syncs of the event log to disk since opening",
    registers,
    collect() {
      this.set(storage.log.syncs);
    },
  });
  server.addHook("onResponse", (request, reply, done) => {
    const { method } = request;
    const path = request.routeOptions.url ?? "unmatched";
    requests.inc({ method, route: path, status: String(reply.statusCode) });
    seconds.observe({ method, route: path }, (monotonicMs() - request.timing.begun) / 1_000);
    done();
  });
  return { text: () => registry.metrics(), contentType: registry.contentType };
}
