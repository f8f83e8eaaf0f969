import { z } from "zod";
import type { Metrics } from "../http/metrics.ts";
import { type Route, route } from "../http/route.ts";

const okSchema = z.object({ status: z.literal("ok") }).meta({ id: "Health" });

export const healthRoutes = (metrics: Metrics): readonly Route[] => [
  route({
    method: "GET",
    path: "/health/live",
    id: "isLive",
    tag: "health",
    summary: "The process answers",
    scope: "public",
    shop: "none",
    protected: true,
    answer: okSchema,
    run: () => ({ status: "ok" as const }),
  }),
  route({
    method: "GET",
    path: "/health/ready",
    id: "isReady",
    tag: "health",
    summary: "The server takes work",
    scope: "public",
    shop: "none",
    protected: true,
    answer: okSchema,
    run: async ({ platform }) => {
      await platform.storage.disk();
      return { status: "ok" as const };
    },
  }),
  route({
    method: "GET",
    path: "/metrics",
    id: "getMetrics",
    tag: "health",
    summary: "Counts for Prometheus",
    about: "With a secret or the owner's key, or from this machine without one.",
    scope: "metrics",
    shop: "none",
    protected: true,
    produces: "text/plain; version=0.0.4; charset=utf-8",
    run: () => metrics.text(),
  }),
];
