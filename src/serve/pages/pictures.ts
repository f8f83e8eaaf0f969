import type { FastifyInstance } from "fastify";
import { problem } from "../../errors.ts";
import { variantIndex } from "../../simulate/ids.ts";
import { draw } from "../../simulate/picture.ts";
import { drawPlan, type Plan } from "../../simulate/shop.ts";
import { type SizeName, simulationSizes } from "../../simulate/simulate.ts";

/** Which simulated world the pictures of the demo shop are of. */
export interface DemoWorld {
  readonly seed: number;
  readonly size: SizeName;
  readonly days: number;
}

export const demoWorld: DemoWorld = { seed: 1, size: "small", days: 90 };

const DAY_MS = 86_400_000;

/** Pictures of the demo shop's items, drawn when they are asked for. */
export function addPictures(server: FastifyInstance, world: DemoWorld): void {
  let plan: Pick<Plan, "catalogue"> | undefined;
  const planned = (): Pick<Plan, "catalogue"> => {
    const window = { endAt: world.days * DAY_MS, days: world.days };
    plan ??= drawPlan(world.seed, simulationSizes[world.size], window);
    return plan;
  };
  server.get<{ Params: { item: string } }>(
    "/pictures/:item.svg",
    { schema: { hide: true }, config: { scope: "public" } },
    async (request, reply) => {
      const { item } = request.params;
      const variant = variantIndex(planned().catalogue, item);
      if (variant < 0) throw problem("not-found", `there is no picture of "${item}"`);
      return reply
        .type("image/svg+xml")
        .header("cache-control", "public, max-age=86400")
        .send(draw(planned(), variant));
    },
  );
}
