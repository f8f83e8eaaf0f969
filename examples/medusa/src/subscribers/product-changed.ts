import type { SubscriberArgs, SubscriberConfig } from "@medusajs/framework";
import type { Query } from "@medusajs/framework/types";
import { ContainerRegistrationKeys } from "@medusajs/framework/utils";
import { SHOPKEEPER } from "../modules/shopkeeper/index.ts";
import { type Product, productFields } from "../modules/shopkeeper/mapping.ts";
import type { ShopkeeperService } from "../modules/shopkeeper/service.ts";

/** Medusa says only which product: it is read again, so the newest is sent whatever the order. */
export default async function productChanged({
  event,
  container,
}: SubscriberArgs<{ id: string }>): Promise<void> {
  const query = container.resolve<Query>(ContainerRegistrationKeys.QUERY);
  const { data } = await query.graph({
    entity: "product",
    fields: productFields,
    filters: { id: event.data.id },
  });
  await container.resolve<ShopkeeperService>(SHOPKEEPER).put(data as readonly Product[]);
}

export const config: SubscriberConfig = { event: ["product.created", "product.updated"] };
