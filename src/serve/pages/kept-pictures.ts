import type { FastifyInstance } from "fastify";
import { problem } from "../../errors.ts";
import type { Platform } from "../../platform.ts";

interface Params {
  readonly shop: string;
  readonly group: string;
  readonly version: string;
}

/**
 * Pictures of items for pages, which cannot send a key: the address holds 64 bits of the picture's hash,
 * so it is found only by who was given it, and what is behind it never changes.
 */
export function addKeptPictures(server: FastifyInstance, { pictures, shops }: Platform): void {
  server.get<{ Params: Params }>(
    "/pictures/:shop/:group/:version.webp",
    { schema: { hide: true }, config: { scope: "public" } },
    async (request, reply) => {
      const { shop, group, version } = request.params;
      const isShop = (await shops.list()).some(({ id }) => id === shop);
      const found = isShop ? await pictures.find(shop, group) : undefined;
      const webp = found?.version === version ? await pictures.read(shop, group) : undefined;
      if (webp === undefined) throw problem("not-found", "there is no such picture");
      return reply
        .type("image/webp")
        .header("cache-control", "public, max-age=31536000, immutable")
        .send(Buffer.from(webp));
    },
  );
}
