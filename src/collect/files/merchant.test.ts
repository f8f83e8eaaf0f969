import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { judgeItem } from "../keep-items.ts";
import { merchantColumn, merchantItem } from "./merchant-item.ts";
import { type MerchantProduct, readMerchantXml } from "./merchant-xml.ts";

const NOW = Date.UTC(2025, 5, 1);
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "merchant-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function read(xml: string): Promise<MerchantProduct[]> {
  const path = join(folder, "feed.xml");
  await writeFile(path, xml);
  const products: MerchantProduct[] = [];
  for await (const batch of readMerchantXml(path)) products.push(...batch);
  return products;
}
const row = (columns: Record<string, string>): ReadonlyMap<string, string[]> =>
  new Map(Object.entries(columns).map(([name, value]) => [merchantColumn(name), [value]]));

const rss = `<?xml version="1.0" encoding="UTF-8"?>
<rss xmlns:g="http://base.google.com/ns/1.0" version="2.0"><channel>
<title>Kiln &amp; Co</title><link>https://kiln.example</link>
<item>
  <g:id>MUG-1-BLUE</g:id><g:item_group_id>MUG-1</g:item_group_id>
  <title><![CDATA[Mug <blue>]]></title>
  <description>Stoneware &amp; glaze</description>
  <link>https://kiln.example/mug</link>
  <g:image_link>https://kiln.example/1.jpg</g:image_link>
  <g:additional_image_link>https://kiln.example/2.jpg</g:additional_image_link>
  <g:additional_image_link>https://kiln.example/3.jpg</g:additional_image_link>
  <g:price>15.00 USD</g:price><g:sale_price>12.50 USD</g:sale_price>
  <g:sale_price_effective_date>2025-05-01T00:00+0000/2025-07-01T00:00+0000</g:sale_price_effective_date>
  <g:cost_of_goods_sold>4.00 USD</g:cost_of_goods_sold>
  <g:availability>in stock</g:availability>
  <g:brand>Kiln</g:brand><g:color>Blue</g:color><g:condition>new</g:condition>
  <g:product_type>Home &gt; Kitchen &gt; Mugs</g:product_type>
  <g:google_product_category>2169</g:google_product_category>
  <g:gtin>0012345678905</g:gtin><g:custom_label_0>spring</g:custom_label_0>
  <g:product_detail><g:section_name>Size</g:section_name><g:attribute_name>Volume</g:attribute_name><g:attribute_value>350 ml</g:attribute_value></g:product_detail>
  <g:shipping><g:country>US</g:country><g:price>5 USD</g:price></g:shipping>
  <g:shipping><g:country>CA</g:country><g:price>9 USD</g:price></g:shipping>
</item>
<item><g:id>CUP</g:id><g:title>青花瓷杯</g:title></item>
</channel></rss>`;

describe("an RSS feed", () => {
  test("becomes items with every column in its place or in extra", async () => {
    const [mug] = await read(rss);
    expect(merchantItem(mug?.row ?? new Map(), NOW)).toEqual({
      item: "MUG-1-BLUE",
      group: "MUG-1",
      title: { en: "Mug <blue>" },
      description: { en: "Stoneware & glaze" },
      brand: "Kiln",
      categories: ["Home", "Kitchen", "Mugs"],
      attributes: { color: "Blue", condition: "new", Volume: "350 ml" },
      images: ["1", "2", "3"].map((one) => `https://kiln.example/${one}.jpg`),
      link: "https://kiln.example/mug",
      priceMinor: 1500,
      salePriceMinor: 1250,
      costMinor: 400,
      currency: "USD",
      availability: "in_stock",
      extra: {
        sale_price: "12.50 USD",
        sale_price_effective_date: "2025-05-01T00:00+0000/2025-07-01T00:00+0000",
        google_product_category: "2169",
        gtin: "0012345678905",
        custom_label_0: "spring",
        shipping: [
          { country: "US", price: "5 USD" },
          { country: "CA", price: "9 USD" },
        ],
      },
    });
  });

  test("numbers its products and tells Chinese from English", async () => {
    const products = await read(rss);
    expect(products.map((one) => one.ordinal)).toEqual([1, 2]);
    expect(merchantItem(products[1]?.row ?? new Map(), NOW)).toMatchObject({
      title: { zh: "青花瓷杯" },
    });
  });

  test("longer than one chunk is read in pieces, none lost", async () => {
    const item = (at: number): string =>
      `<item><g:id>i${at}</g:id><title>${"mug ".repeat(50)}</title></item>`;
    const xml = `<rss><channel>${Array.from({ length: 1_000 }, (_, at) => item(at)).join("")}</channel></rss>`;
    const products = await read(xml);
    expect(products.map((one) => one.row.get("id")?.[0])).toEqual(
      Array.from({ length: 1_000 }, (_, at) => `i${at}`),
    );
  });
});

test("an Atom feed is read by the same names", async () => {
  const [mug] = await read(`<feed xmlns="http://www.w3.org/2005/Atom" xmlns:g="x">
    <title>Kiln</title><entry><g:id>M</g:id><title>Mug</title>
    <link href="https://kiln.example/m"/><g:price>15 USD</g:price></entry></feed>`);
  expect(merchantItem(mug?.row ?? new Map(), NOW)).toEqual({
    item: "M",
    title: { en: "Mug" },
    images: [],
    link: "https://kiln.example/m",
    priceMinor: 1500,
    currency: "USD",
  });
});

describe("what cannot be read", () => {
  test.each([
    ["<rss><item><g:id>1</g:id>", "unclosed tag"],
    ["<rss><item>&bomb;</item></rss>", "undefined entity"],
    [`${"<a>".repeat(20)}${"</a>".repeat(20)}`, "nested too deeply"],
    [`<rss><item><t>${"x".repeat(70_000)}</t></item></rss>`, "a value is too long"],
  ])("%# is a problem that says where", async (xml, what) => {
    const words: unknown = expect.stringMatching(new RegExp(`line 1: .*${what}`));
    await expect(read(xml)).rejects.toMatchObject({ code: "invalid-file", message: words });
  });

  test("a file that is not there", async () => {
    const reading = readMerchantXml(join(folder, "none.xml")).next();
    await expect(reading).rejects.toMatchObject({ code: "missing-data" });
  });

  test.each([
    ["price", "15.00", "/priceMinor"],
    ["availability", "maybe", "/availability"],
    ["quantity", "several", "/stock"],
  ])("%s %s is refused by field", (column, value, pointer) => {
    const judged = judgeItem(merchantItem(row({ id: "1", title: "Mug", [column]: value }), NOW));
    expect(judged).toMatchObject({ errors: [{ pointer }] });
  });
});

describe("a row of a table", () => {
  test("headers may have spaces, lists have commas, the sale may be over", () => {
    const item = merchantItem(
      row({
        id: "1",
        title: "Mug",
        "image link": "https://k.example/1.jpg",
        "additional image link": "https://k.example/2.jpg, https://k.example/3,4.jpg",
        price: "1,500 JPY",
        "sale price": "1,200 JPY",
        "sale price effective date": "2024-01-01T00:00Z/2024-02-01T00:00Z",
        google_product_category: "Home > Mugs",
        product_detail: "General:Volume:350 ml,General:Ratio:1:2",
        note: "",
      }),
      NOW,
    );
    expect(item).toMatchObject({
      images: ["1.jpg", "2.jpg", "3,4.jpg"].map((one) => `https://k.example/${one}`),
      priceMinor: 1500,
      categories: ["Home", "Mugs"],
      attributes: { Volume: "350 ml", Ratio: "1:2" },
    });
    expect(item).not.toHaveProperty("salePriceMinor");
    expect(item["extra"]).not.toHaveProperty("note");
  });

  test.each([
    ["In Stock", "in_stock"],
    ["in_stock", "in_stock"],
    ["https://schema.org/InStock", "in_stock"],
    ["out of stock", "out_of_stock"],
    ["preorder", "preorder"],
    ["backorder", "backorder"],
  ])("availability %s", (spelling, availability) => {
    expect(merchantItem(row({ availability: spelling }), NOW)).toMatchObject({ availability });
  });
});
