import type { FastifyInstance } from "fastify";
import type { Platform } from "../../platform.ts";
import { type Live, openLive } from "./live.ts";

/** Watches the platform and the server, and lets a stop end every stream first. */
export function addLive(server: FastifyInstance, platform: Platform): Live {
  const live = openLive(platform, {
    watchersMost: platform.config.server.liveWatchersMost,
    failed: (err) => server.log.error({ err }, "a snapshot of what happens could not be made"),
  });
  server.addHook("preClose", (done) => {
    live.close();
    done();
  });
  return live;
}
