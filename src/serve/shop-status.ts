import { z } from "zod";
import type { Platform } from "../platform.ts";

/** How a shop stands right now. */
export interface ShopStatus {
  readonly shop: string;
  readonly name: string;
  readonly events: number;
  readonly items: number;
  readonly groups: number;
  readonly model: string | null;
  /** When the model in service was trained. @unit epoch ms */
  readonly trainedAt: number | null;
  /** When the newest event was received. @unit epoch ms */
  readonly lastEventAt: number | null;
}

export const shopStatusSchema: z.ZodType<ShopStatus> = z
  .object({
    shop: z.string(),
    name: z.string(),
    events: z.int(),
    items: z.int(),
    groups: z.int(),
    model: z.string().nullable().describe("Version in service"),
    trainedAt: z.number().nullable(),
    lastEventAt: z.number().nullable().describe("Receipt of the newest event"),
  })
  .meta({ id: "ShopStatus" });

export async function shopStatus(platform: Platform, shop: string): Promise<ShopStatus> {
  const { storage, catalogues, models, shops } = platform;
  const [{ name }, events, catalogue, model, lastEventAt] = await Promise.all([
    shops.get(shop),
    storage.log.count(shop),
    catalogues.of(shop),
    models.inService(shop, "recommend"),
    newestReceipt(platform, shop),
  ]);
  return {
    shop,
    name,
    events,
    items: catalogue.items,
    groups: catalogue.size,
    model: model?.version ?? null,
    trainedAt: model?.createdAt ?? null,
    lastEventAt,
  };
}

async function newestReceipt({ storage }: Platform, shop: string): Promise<number | null> {
  const head = await storage.log.head(shop);
  let newest: number | null = null;
  for await (const rows of storage.log.read(shop, { after: head - 1, batch: 1 })) {
    newest = rows.at(-1)?.receivedAt ?? newest;
  }
  return newest;
}
