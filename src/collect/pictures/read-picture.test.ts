import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { descriptorWidth } from "../../algorithms/pictures/picture-descriptor.ts";
import { isPicture, readPicture } from "./read-picture.ts";

const plain = (width: number, height: number, background = "#c02020") =>
  sharp({ create: { width, height, channels: 3, background } });

describe("a picture that is read", () => {
  test.each(["jpeg", "png", "webp"] as const)("of %s is kept as WebP, smaller", async (format) => {
    const read = await readPicture(await plain(1_280, 640)[format]().toBuffer(), 50);
    expect([read.width, read.height]).toEqual([640, 320]);
    const kept = await sharp(read.webp).metadata();
    expect([kept.format, kept.width, kept.height]).toEqual(["webp", 640, 320]);
    expect(read.looks).toHaveLength(descriptorWidth);
    expect(read.looks.some((one) => one > 0)).toBe(true);
  });

  test("is not made larger, and stands as its maker held the camera", async () => {
    const turned = plain(30, 10).withMetadata({ orientation: 6 }).jpeg();
    const read = await readPicture(await turned.toBuffer(), 50);
    expect([read.width, read.height]).toEqual([10, 30]);
  });

  test("keeps nothing that says where it was taken, and nothing behind its end", async () => {
    const exif = { IFD0: { Artist: "Somebody", ImageDescription: "At home" } };
    const told = await plain(20, 20).withExif(exif).jpeg().toBuffer();
    expect(told.includes("Somebody")).toBe(true);
    const hidden = Buffer.concat([told, Buffer.from("<script>alert(1)</script>")]);
    const { webp } = await readPicture(hidden, 50);
    expect((await sharp(webp).metadata()).exif).toBeUndefined();
    expect(Buffer.from(webp).includes("Somebody")).toBe(false);
    expect(Buffer.from(webp).includes("script")).toBe(false);
  });

  test("in grey or half seen through looks as it does on white", async () => {
    const grey = await sharp(await plain(64, 64, "#808080").png().toBuffer())
      .toColourspace("b-w")
      .png()
      .toBuffer();
    const coloured = await plain(64, 64, "#808080").png().toBuffer();
    expect((await readPicture(grey, 50)).looks).toEqual((await readPicture(coloured, 50)).looks);
    const clear = { r: 255, g: 0, b: 0, alpha: 0 };
    const nothing = sharp({ create: { width: 64, height: 64, channels: 4, background: clear } });
    const white = await plain(64, 64, "#ffffff").png().toBuffer();
    const seenThrough = await readPicture(await nothing.png().toBuffer(), 50);
    expect(seenThrough.looks).toEqual((await readPicture(white, 50)).looks);
    expect((await sharp(seenThrough.webp).metadata()).hasAlpha).toBe(true);
  });
});

describe("a file that is refused", () => {
  const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>');
  test.each([
    ["text", Buffer.from("hello")],
    ["nothing", Buffer.alloc(0)],
    ["a drawing that could read files", svg],
    ["a GIF", Buffer.from("GIF89a\x01\x00\x01\x00", "latin1")],
    ["the beginning of a PNG", Buffer.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0])],
  ])("is %s", async (_, bytes) => {
    await expect(readPicture(bytes, 50)).rejects.toMatchObject({ code: "invalid-picture" });
  });

  test("was cut off on the way", async () => {
    const noise = { type: "gaussian", mean: 128, sigma: 60 } as const;
    const whole = await sharp({
      create: { width: 300, height: 300, channels: 3, background: "#fff", noise },
    })
      .jpeg()
      .toBuffer();
    const half = whole.subarray(0, whole.length / 2);
    await expect(readPicture(half, 50)).rejects.toMatchObject({ code: "invalid-picture" });
  });

  test("is small and would be huge: 30 million pixels of one colour", async () => {
    const bomb = await plain(6_000, 5_000).png({ compressionLevel: 9 }).toBuffer();
    expect(bomb.length).toBeLessThan(200_000);
    await expect(readPicture(bomb, 29)).rejects.toMatchObject({
      code: "invalid-picture",
      message: "6000 x 5000 pixels, and 29 million are the most",
    });
  });

  test("is known by its first bytes alone", () => {
    expect(isPicture(Buffer.from("RIFF1234WEBPVP8 "))).toBe(true);
    expect(isPicture(Buffer.from("RIFF1234WAVEfmt "))).toBe(false);
  });
});
