import type { SubscriberArgs, SubscriberConfig } from "@medusajs/framework";
import type { Query } from "@medusajs/framework/types";
import { ContainerRegistrationKeys } from "@medusajs/framework/utils";
import { SHOPKEEPER } from "../modules/shopkeeper/index.ts";
import { type Order, orderFields } from "../modules/shopkeeper/mapping.ts";
import type { ShopkeeperService } from "../modules/shopkeeper/service.ts";

export default async function orderPlaced({
  event,
  container,
}: SubscriberArgs<{ id: string }>): Promise<void> {
  const query = container.resolve<Query>(ContainerRegistrationKeys.QUERY);
  const { data } = await query.graph({
    entity: "order",
    fields: orderFields,
    filters: { id: event.data.id },
  });
  const shopkeeper = container.resolve<ShopkeeperService>(SHOPKEEPER);
  for (const order of data as readonly Order[]) await shopkeeper.sold(order);
}

export const config: SubscriberConfig = { event: "order.placed" };
