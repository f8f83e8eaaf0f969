import type { MedusaContainer, Query } from "@medusajs/framework/types";
import { ContainerRegistrationKeys } from "@medusajs/framework/utils";
import { SHOPKEEPER } from "../modules/shopkeeper/index.ts";
import { type Product, productFields } from "../modules/shopkeeper/mapping.ts";
import type { ShopkeeperService } from "../modules/shopkeeper/service.ts";

const PAGE = 100;

/** The whole catalogue once a night: what a lost event left out is found again. */
export default async function sendCatalogue(container: MedusaContainer): Promise<void> {
  const query = container.resolve<Query>(ContainerRegistrationKeys.QUERY);
  const shopkeeper = container.resolve<ShopkeeperService>(SHOPKEEPER);
  for (let skip = 0; ; skip += PAGE) {
    const pagination = { skip, take: PAGE };
    const { data } = await query.graph({ entity: "product", fields: productFields, pagination });
    await shopkeeper.put(data as readonly Product[]);
    if (data.length < PAGE) return;
  }
}

export const config = { name: "send-catalogue-to-shopkeeper", schedule: "30 3 * * *" };
