import sharp from "sharp";
import { beforeEach, describe, expect, test } from "vitest";
import { fixedClock } from "../../clock.ts";
import { parseConfig } from "../../config.ts";
import { memoryBlobs } from "../../model/conformance/memory-blobs.ts";
import type { Blobs } from "../../storage/blobs.ts";
import { memoryRecords } from "../conformance/memory-storage.ts";
import { keepPictures } from "./keep-pictures.ts";
import type { Pictures } from "./pictures.ts";

const png = (background: string): Promise<Buffer> =>
  sharp({ create: { width: 8, height: 8, channels: 3, background } })
    .png()
    .toBuffer();

let blobs: Blobs;
let pictures: Pictures;
let told: string[];
const held = async (): Promise<number> => {
  let count = 0;
  for await (const _ of blobs.list()) count++;
  return count;
};

beforeEach(() => {
  blobs = memoryBlobs();
  const { pictures: config } = parseConfig({
    collect: { pictures: { bytesMost: 100_000, atOnce: 1, waitingMost: 1 } },
  }).collect;
  pictures = keepPictures({ records: memoryRecords(), blobs, clock: fixedClock(5), config });
  told = [];
  pictures.listen((shop, group, seen) => void told.push(`${shop} ${group} ${seen?.version}`));
});

describe("pictures that are kept", () => {
  test("are read as they were kept, by shop and group", async () => {
    const red = await pictures.put("a", "cup", await png("#ff0000"));
    expect(red).toMatchObject({ group: "cup", width: 8, height: 8, at: 5 });
    const webp = await pictures.read("a", "cup");
    expect(webp).toHaveLength(red.bytes);
    expect((await sharp(webp).metadata()).format).toBe("webp");
    expect(await pictures.find("a", "cup")).toEqual(red);
    expect(await pictures.read("b", "cup")).toBeUndefined();
    expect(await pictures.find("a", "mug")).toBeUndefined();
    expect(told).toEqual([`a cup ${red.version}`]);
  });

  test("are nobody else's: the same file in another shop stays when the first goes", async () => {
    const file = await png("#00ff00");
    const one = await pictures.put("a", "cup", file);
    const other = await pictures.put("b", "cup", file);
    expect(one.version).not.toBe(other.version);
    expect(await pictures.remove("a", "cup")).toBe(true);
    expect(await pictures.remove("a", "cup")).toBe(false);
    expect(await pictures.read("a", "cup")).toBeUndefined();
    expect(await pictures.read("b", "cup")).toHaveLength(other.bytes);
    expect(await held()).toBe(1);
    expect(told.at(-1)).toBe("a cup undefined");
  });

  test("are let go when another takes their place, and not when it is the same", async () => {
    const first = await pictures.put("a", "cup", await png("#0000ff"));
    const same = await pictures.put("a", "cup", await png("#0000ff"));
    expect(same.version).toBe(first.version);
    expect(await pictures.read("a", "cup")).toHaveLength(first.bytes);
    const next = await pictures.put("a", "cup", await png("#00ffff"));
    expect(next.version).not.toBe(first.version);
    expect(await held()).toBe(1);
  });

  test("are refused when the file is large, or too many wait", async () => {
    const large = Buffer.alloc(100_001, 0xff);
    await expect(pictures.put("a", "cup", large)).rejects.toMatchObject({ code: "too-large" });
    const file = await png("#123456");
    const three = await Promise.allSettled([1, 2, 3].map((n) => pictures.put("a", `g${n}`, file)));
    expect(three.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled", "rejected"]);
    expect(three[2]).toMatchObject({ reason: { code: "overloaded" } });
    expect(await pictures.put("a", "g3", file)).toMatchObject({ group: "g3" });
  });
});
