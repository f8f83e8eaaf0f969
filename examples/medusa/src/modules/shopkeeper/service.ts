import {
  openClient,
  type RecommendDecision,
  type RecommendRequest,
  type Shopkeeper,
} from "../../../../../client/src/index.ts";
import { itemsOf, type Order, type Product, purchaseOf } from "./mapping.ts";

/** From `medusa-config.ts`: `plugins: [{ resolve: "medusa-plugin-shopkeeper", options: { … } }]`. */
export interface ShopkeeperOptions {
  readonly url: string;
  /** A secret key. */
  readonly key: string;
  /** The currency whose prices are sent; Medusa keeps one for each. */
  readonly currency: string;
}

export class ShopkeeperService {
  readonly #client: Shopkeeper;
  readonly #currency: string;

  constructor(_container: unknown, options: ShopkeeperOptions) {
    this.#client = openClient(options);
    this.#currency = options.currency.toUpperCase();
  }

  async put(products: readonly Product[]): Promise<void> {
    const items = products.flatMap((product) => itemsOf(product, this.#currency));
    if (items.length > 0) await this.#client.items.upsertItems({ items });
  }

  async sold(order: Order): Promise<void> {
    await this.#client.events.sendEvents(purchaseOf(order));
  }

  recommend(request: RecommendRequest): Promise<RecommendDecision> {
    return this.#client.recommendations.recommend(request);
  }
}
