import type { FastifyInstance } from "fastify";
import type { Platform } from "../../platform.ts";
import { INSTALLATION } from "../../storage/records.ts";
import type { Audit } from "../access/audit.ts";
import { openWebhooks, type Webhooks } from "./open-webhooks.ts";

/** What is given up is on record as what the server did by itself. Opens the webhooks and looks at a shop after every request that may have changed it. */
export async function addWebhooks(
  server: FastifyInstance,
  platform: Platform,
  audit: Audit,
): Promise<Webhooks> {
  const webhooks = await openWebhooks(platform, {
    failed: (err) => server.log.error({ err }, "what is told by webhook could not be looked after"),
    givenUp: (shop, { id: target, last }) =>
      audit.add({
        ...{ who: "schedule", shop, route: "giveUpWebhookDelivery", target },
        ...{ detail: last?.error ?? "", outcome: "refused", address: "" },
      }),
  });
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
