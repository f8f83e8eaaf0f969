/**
 * Shopkeeper inside a program of yours: open it, let things in, ask for a list, close it.
 * Run it with: npx tsx examples/embed.ts
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  openPlatform,
  parseConfig,
  type RecommendDecision,
  recommendRequestSchema,
} from "../src/index.ts";

/** Two people looked at tea; what would a third one be shown who has just looked at the first? */
export async function embed(): Promise<RecommendDecision> {
  const folder = await mkdtemp(join(tmpdir(), "shopkeeper-example-"));
  const platform = await openPlatform(parseConfig({ folder }));
  try {
    const shop = "tea-house";
    await platform.shops.ensure(shop);
    await platform.collect.items(shop, [
      { item: "green", title: { en: "Green tea", zh: "绿茶" }, priceMinor: 900, currency: "USD" },
      { item: "black", title: { en: "Black tea", zh: "红茶" }, priceMinor: 800, currency: "USD" },
      { item: "cup", title: { en: "Tea cup", zh: "茶杯" }, priceMinor: 1_500, currency: "USD" },
    ]);
    const view = (shopper: string, item: string) => ({
      name: "item_view",
      shopper,
      items: [{ item }],
    });
    await platform.collect.events(shop, [
      view("ada", "green"),
      view("ada", "cup"),
      view("lin", "green"),
      view("lin", "cup"),
      view("max", "green"),
    ]);
    const request = recommendRequestSchema.parse({ surface: "home", shopper: "max" });
    return await platform.recommend.decide(shop, request);
  } finally {
    await platform.close();
    await rm(folder, { recursive: true });
  }
}

if (process.argv[1] === import.meta.filename)
  process.stdout.write(`${JSON.stringify(await embed())}\n`);
