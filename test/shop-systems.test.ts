import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Line, openClient, type Shopkeeper } from "../client/src/index.ts";
import { openShop } from "../examples/shop/shop.ts";
import { toMinor } from "../examples/webhooks/said-by-shops.ts";
import { openShopify } from "../examples/webhooks/shopify.ts";
import { openWoo } from "../examples/webhooks/woocommerce.ts";
import { testPlatform } from "../src/serve/conformance/memory-platform.ts";
import { type Listening, listen, newLocalToken, openServer } from "../src/serve/server.ts";

/** Bodies signed by another implementation: hmac of CPython 3.11.7. */
interface Signed {
  readonly topic: string;
  readonly body: string;
  readonly signature: string;
}
type Name = "Product" | "Order" | "Updated" | "Redact";
const file = new URL("golden/webhooks.json", import.meta.url);
const signed = JSON.parse(await readFile(file, "utf8")) as Record<
  `${"shopify" | "woo"}${Name}`,
  Signed
>;

let folder: string;
let token: string;
let listening: Listening;
let shop: Shopkeeper;
let shopify: Server;
let woo: Server;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "shopkeeper-webhooks-"));
  const platform = await testPlatform({ folder, server: { port: 0 } });
  await platform.shops.ensure("tea");
  token = newLocalToken();
  listening = await listen(await openServer(platform, { localToken: token }), platform, token);
  shop = openClient({ url: listening.url, key: token, shop: "tea", repeatsMost: 0 });
  const about = { currency: "EUR", pages: "https://tea.example/products/" };
  shopify = openShopify(shop, about, "shpss_of_a_test").listen(0, "127.0.0.1");
  woo = openWoo(shop, "JPY", "woo secret").listen(0, "127.0.0.1");
  await Promise.all([shopify, woo].map((server) => once(server, "listening")));
});
afterAll(async () => {
  for (const server of [shopify, woo]) server.close();
  await listening.stop().catch(() => {});
  await rm(folder, { recursive: true });
});

async function deliver(to: Server, { topic, body, signature }: Signed): Promise<number> {
  const { port } = to.address() as AddressInfo;
  const prefix = to === shopify ? "x-shopify" : "x-wc-webhook";
  const { status } = await fetch(`http://127.0.0.1:${port}/`, {
    method: "POST",
    body,
    headers: {
      [`${prefix}-topic`]: topic,
      [to === shopify ? "x-shopify-hmac-sha256" : "x-wc-webhook-signature"]: signature,
    },
  });
  return status;
}

async function eventsOf(shopper: string): Promise<Line[]> {
  const events: Line[] = [];
  for await (const event of await shop.importAndExport.exportEvents()) {
    if (event["shopper"] === shopper) events.push(event);
  }
  return events;
}

describe("Shopify's webhooks", () => {
  test("bring each variant as an item of its product", async () => {
    expect(await deliver(shopify, signed.shopifyProduct)).toBe(200);
    expect(await shop.items.getItem("808950810")).toMatchObject({
      group: "632910392",
      title: { en: "Green tea · 100 g" },
      description: { en: "First flush" },
      brand: "Tea house",
      categories: ["Tea"],
      priceMinor: 1_290,
      currency: "EUR",
      stock: 7,
      link: "https://tea.example/products/green-tea",
    });
    const oversold = await shop.items.getItem("808950811");
    expect(oversold).toMatchObject({ availability: "in_stock" });
    expect(oversold.stock).toBeUndefined();
  });

  test("bring an order and its refunds, each once however often they come", async () => {
    for (let time = 0; time < 2; time++) {
      expect(await deliver(shopify, signed.shopifyOrder)).toBe(200);
      expect(await deliver(shopify, signed.shopifyUpdated)).toBe(200);
    }
    const [purchase, refund, ...rest] = await eventsOf("shopify-115310627");
    expect(rest).toEqual([]);
    expect(purchase).toMatchObject({
      name: "purchase",
      at: Date.UTC(2025, 5, 1, 8),
      items: [
        { item: "808950810", quantity: 1, unitPriceMinor: 1_290 },
        { item: "808950811", quantity: 1, unitPriceMinor: 2_900 },
      ],
      valueMinor: 4_190,
      currency: "EUR",
      context: { order: "820982911" },
    });
    expect(refund).toMatchObject({ name: "refund", items: [{ item: "808950811", quantity: 1 }] });
  });

  test("erase whom they say, and are content when nobody is known", async () => {
    expect(await deliver(shopify, signed.shopifyRedact)).toBe(200);
    expect(await eventsOf("shopify-115310627")).toEqual([]);
    expect(await deliver(shopify, signed.shopifyRedact)).toBe(200);
  });
});

describe("WooCommerce's webhooks", () => {
  test("bring products and orders in a currency without decimals", async () => {
    expect(await deliver(woo, signed.wooProduct)).toBe(200);
    expect(await shop.items.getItem("93")).toMatchObject({
      priceMinor: 1_200,
      salePriceMinor: 990,
      availability: "in_stock",
      categories: ["Tea"],
    });
    expect(await deliver(woo, signed.wooOrder)).toBe(200);
    expect(await deliver(woo, signed.wooOrder)).toBe(200);
    expect(await eventsOf("woo-25")).toMatchObject([
      {
        name: "purchase",
        valueMinor: 1_980,
        items: [{ item: "93", quantity: 2, unitPriceMinor: 990 }],
      },
    ]);
  });
});

describe("a shop wired by hand", () => {
  test("carries tracker and list in its pages, and tells an order from its server", async () => {
    const settings = { url: listening.url, key: token, shop: "tea", pageKey: "pk_page" };
    const server = (await openShop(settings)).listen(0, "127.0.0.1");
    await once(server, "listening");
    const at = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const html = await (await fetch(`${at}/item/green`)).text();
    expect(html).toContain(`src="${listening.url}/tracker.js" data-key="pk_page"`);
    expect(html).toContain('surface="similar" items="green"');
    const bought = await fetch(`${at}/buy/green?anonymous=visitor-7`, {
      method: "POST",
      redirect: "manual",
    });
    server.close();
    expect(bought.status).toBe(303);
    const events: Line[] = [];
    for await (const event of await shop.importAndExport.exportEvents()) events.push(event);
    expect(events.find(({ anonymous }) => anonymous === "visitor-7")).toMatchObject({
      name: "purchase",
      items: [{ item: "green", quantity: 1, unitPriceMinor: 900 }],
      valueMinor: 900,
    });
  });
});

describe("a webhook", () => {
  test("that is not signed as it should be is refused before it is read", async () => {
    const { shopifyProduct: good, wooProduct } = signed;
    const changed = { ...good, body: good.body.replace("12.90", "00.90") };
    expect(await deliver(shopify, changed)).toBe(401);
    expect(await deliver(shopify, { ...good, signature: "" })).toBe(401);
    expect(await deliver(shopify, { ...good, signature: wooProduct.signature })).toBe(401);
    expect(await deliver(woo, good)).toBe(401);
    expect(await shop.items.getItem("808950810")).toMatchObject({ priceMinor: 1_290 });
  });

  test("is to be sent again while Shopkeeper cannot be reached", async () => {
    await listening.stop();
    expect(await deliver(shopify, signed.shopifyOrder)).toBe(503);
  });
});

test("decimals become minor units as ISO 4217 counts them", () => {
  const cases: readonly [string | number, string, number][] = [
    ["12.90", "EUR", 1_290],
    ["0.29", "USD", 29],
    [1.005, "KWD", 1_005],
    ["900", "JPY", 900],
  ];
  for (const [amount, currency, minor] of cases) expect(toMinor(amount, currency)).toBe(minor);
});
