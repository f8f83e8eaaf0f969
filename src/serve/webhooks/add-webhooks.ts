import type { FastifyInstance } from "fastify";
import type { Platform } from "../../platform.ts";
import { INSTALLATION } from "../../storage/records.ts";
import { openWebhooks, type Webhooks } from "./open-webhooks.ts";

/** Opens the webhooks and looks at a shop after every request that may have changed it. */
export async function addWebhooks(server: FastifyInstance, platform: Platform): Promise<Webhooks> {
  const webhooks = await openWebhooks(platform, (err) =>
    server.log.error({ err }, "what is told by webhook could not be looked after"),
  );
  server.addHook("onResponse", (request, reply, done) => {
    const { scope, reads, protected: isEvents } = request.routeOptions.config;
    const isChange = (scope === "secret" || scope === "owner") && !reads && !isEvents;
    const shop = request.caller?.shop ?? INSTALLATION;
    if (isChange && reply.statusCode < 400 && shop !== INSTALLATION) webhooks.look(shop);
    done();
  });
  server.addHook("onClose", () => webhooks.close());
  return webhooks;
}
