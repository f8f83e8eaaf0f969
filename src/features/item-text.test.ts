import { describe, expect, test } from "vitest";
import { characterPairs } from "../algorithms/text.ts";
import type { Item } from "../collect/item.ts";
import type { Catalogue } from "./catalogue.ts";
import { featuresOf, openSegmenter, type TextOptions, textsOf } from "./item-text.ts";

const item = (id: string, more: Partial<Item>): Item => ({
  item: id,
  group: id,
  title: {},
  categories: [],
  attributes: {},
  images: [],
  availability: "in_stock",
  hidden: false,
  createdAt: 0,
  updatedAt: 0,
  ...more,
});
const pairs: TextOptions = { segment: characterPairs, wordsMost: 100 };

describe("what an item says of itself", () => {
  test("words in both languages, and fields that no word can be mistaken for", () => {
    const coat = item("coat", {
      title: { en: "Winter Coats, red", zh: "红外套" },
      description: { en: "warm" },
      brand: "Apple",
      categories: ["Women", "Coats"],
      attributes: { colour: "Red|Blue", size: 42, vegan: true },
    });
    expect(featuresOf(coat, pairs)).toEqual([
      "winter",
      "coat",
      "red",
      "红外",
      "外套",
      "warm",
      "brand=apple",
      "category=Women",
      "category=Women>Coats",
      "colour=red",
      "colour=blue",
      "size=42",
      "vegan=true",
    ]);
  });

  test("a long description is cut, its brand and categories are not", () => {
    const long = item("long", { title: { en: "a b c d" }, brand: "x" });
    expect(featuresOf(long, { ...pairs, wordsMost: 2 })).toEqual(["a", "b", "brand=x"]);
  });

  test("bags are in the order of the groups; an unknown group has an empty one", () => {
    const items = [
      item("tea", { title: { en: "tea tea pot" } }),
      item("pot", { title: { en: "pot" } }),
    ];
    const catalogue = {
      variants: (group: string) => items.filter((one) => one.group === group),
    } as unknown as Catalogue;
    const { bags, features } = textsOf(catalogue, ["tea", "gone", "pot"], pairs);
    expect(features).toEqual(["tea", "pot"]);
    expect([...bags.offsets]).toEqual([0, 2, 2, 3]);
    expect([...bags.columns]).toEqual([0, 1, 1]);
    expect([...bags.values]).toEqual([2, 1, 1]);
  });
});

describe("the segmenter", () => {
  test("knows Chinese words, and the parts of long ones", async () => {
    const segment = await openSegmenter();
    expect(segment("夏季新款女装")).toEqual(["夏季", "新款", "女装"]);
    expect(segment("羽绒服")).toContain("羽绒服");
    expect(
      featuresOf(item("a", { title: { zh: "夏季连衣裙 XL" } }), { segment, wordsMost: 9 }),
    ).toEqual(expect.arrayContaining(["夏季", "连衣裙", "xl"]));
  });
});
