import { Module } from "@medusajs/framework/utils";
import { ShopkeeperService } from "./service.ts";

/** Name of the module in Medusa's container. */
export const SHOPKEEPER = "shopkeeper";

export default Module(SHOPKEEPER, { service: ShopkeeperService });
