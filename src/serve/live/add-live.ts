import type { FastifyInstance } from "fastify";
import type { Platform } from "../../platform.ts";
import { type Live, openLive } from "./live.ts";

/** Operations that answer a list. */
const LISTS: ReadonlySet<string> = new Set(["recommend", "recommendOnSurface"]);

/** Watches the platform and the server, and lets a stop end every stream first. */
export function addLive(server: FastifyInstance, platform: Platform): Live {
  const live = openLive(platform, {
    watchersMost: platform.config.server.liveWatchersMost,
    failed: (err) => server.log.error({ err }, "a snapshot of what happens could not be made"),
  });
  server.addHook("onResponse", (request, reply, done) => {
    const { id = "" } = request.routeOptions.config;
    const isForShopper = LISTS.has(id) && request.caller?.signedIn === undefined;
    if (isForShopper && reply.statusCode < 400) live.listAnswered(request.caller.shop);
    done();
  });
  server.addHook("preClose", (done) => {
    live.close();
    done();
  });
  return live;
}
