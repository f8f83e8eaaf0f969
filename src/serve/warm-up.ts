import type { FastifyInstance } from "fastify";
import type { Platform } from "../platform.ts";

/**
 * Reads what the first lists need as soon as the server listens, shop after shop, so that no shopper
 * waits for a large catalogue. Whoever asks earlier shares what is being read. Other shops of a large
 * installation are read when they are first asked for.
 */
const WARM_MOST = 8;

export function addWarmUp(server: FastifyInstance, { shops, recommend }: Platform): void {
  let closing = false;
  let warming: Promise<void> = Promise.resolve();
  const warm = async (): Promise<void> => {
    for (const { id } of (await shops.list()).slice(0, WARM_MOST)) {
      if (closing) return;
      await recommend.warm(id);
    }
  };
  server.addHook("onListen", (done) => {
    warming = warm().catch((err: unknown) => {
      server.log.warn({ err }, "lists could not be prepared ahead: the first are slower");
    });
    done();
  });
  server.addHook("onClose", async () => {
    closing = true;
    await warming;
  });
}
