import {
  type EventBus,
  type JobQueue,
  type JobQueueService,
  OrderPlacedEvent,
  PluginCommonModule,
  ProductVariantEvent,
  VendurePlugin,
} from "@vendure/core";
import {
  type EventInput,
  type ItemInput,
  isProblem,
  openClient,
  type Shopkeeper,
} from "../../../client/src/index.ts";
import { itemOf, purchaseOf } from "./mapping.ts";

export interface ShopkeeperPluginOptions {
  readonly url: string;
  /** A secret key. */
  readonly key: string;
}

/** What waits in Vendure's job queue until Shopkeeper has it. */
type Work =
  | { readonly kind: "items"; readonly items: readonly ItemInput[] }
  | { readonly kind: "gone"; readonly items: readonly string[] }
  | { readonly kind: "event"; readonly event: EventInput };

const RETRIES = 10;

/**
 * `plugins: [ShopkeeperPlugin.init({ url, key })]` in `vendure-config.ts`. Vendure's events are put
 * into its own job queue, so a Shopkeeper that is away delays nothing in the shop and loses nothing.
 */
@VendurePlugin({ imports: [PluginCommonModule], compatibility: "^3.0.0" })
export class ShopkeeperPlugin {
  static #options: ShopkeeperPluginOptions | undefined;
  readonly #events: EventBus;
  readonly #queues: JobQueueService;

  constructor(events: EventBus, queues: JobQueueService) {
    this.#events = events;
    this.#queues = queues;
  }

  static init(options: ShopkeeperPluginOptions): typeof ShopkeeperPlugin {
    ShopkeeperPlugin.#options = options;
    return ShopkeeperPlugin;
  }

  async onApplicationBootstrap(): Promise<void> {
    const options = ShopkeeperPlugin.#options;
    if (!options) throw new Error("ShopkeeperPlugin.init({ url, key }) was not called");
    const client = openClient(options);
    const queue = await this.#queues.createQueue<Work>({
      name: "shopkeeper",
      process: ({ data }) => doWork(client, data),
    });
    this.#listen(queue);
  }

  #listen(queue: JobQueue<Work>): void {
    const add = (work: Work): void => void queue.add(work, { retries: RETRIES });
    this.#events.ofType(ProductVariantEvent).subscribe(({ entity, type }) => {
      if (type === "deleted") add({ kind: "gone", items: entity.map(({ id }) => String(id)) });
      else add({ kind: "items", items: entity.map(itemOf) });
    });
    this.#events.ofType(OrderPlacedEvent).subscribe(({ order }) => {
      add({ kind: "event", event: purchaseOf(order) });
    });
  }
}

async function doWork(client: Shopkeeper, work: Work): Promise<void> {
  if (work.kind === "items") await client.items.upsertItems({ items: work.items });
  else if (work.kind === "event") await client.events.sendEvents(work.event);
  else for (const item of work.items) await client.items.removeItem(item).catch(unlessUnknown);
}

function unlessUnknown(error: unknown): void {
  if (!isProblem(error) || error.code !== "unknown-item") throw error;
}
