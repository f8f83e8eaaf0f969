import type { MedusaRequest, MedusaResponse } from "@medusajs/framework/http";
import type { RecommendSurface } from "../../../../../../client/src/index.ts";
import { SHOPKEEPER } from "../../../modules/shopkeeper/index.ts";
import type { ShopkeeperService } from "../../../modules/shopkeeper/service.ts";

const SURFACES: ReadonlySet<unknown> = new Set<RecommendSurface>([
  "home",
  "similar",
  "bought_together",
  "cart",
  "popular",
]);

/** `GET /store/recommendations?surface=similar&items=variant_01`: for whoever is signed in. */
export async function GET(request: MedusaRequest, response: MedusaResponse): Promise<void> {
  const { surface = "home", items = "", anonymous } = request.query;
  if (!SURFACES.has(surface)) {
    response.status(400).json({ message: "surface is none of the lists" });
    return;
  }
  const shopper = request.auth_context?.actor_id;
  const list = await request.scope.resolve<ShopkeeperService>(SHOPKEEPER).recommend({
    surface: surface as RecommendSurface,
    items: String(items).split(",").filter(Boolean),
    ...(shopper ? { shopper } : {}),
    ...(anonymous ? { anonymous: String(anonymous) } : {}),
  });
  response.json(list);
}
