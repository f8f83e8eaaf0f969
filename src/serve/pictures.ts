import type { FastifyRequest } from "fastify";
import { z } from "zod";
import type { Picture } from "../collect/pictures/pictures.ts";
import { problem } from "../errors.ts";
import type { Platform } from "../platform.ts";
import { streamOf } from "./http/route.ts";

export const pictureSchema: z.ZodType<Picture> = z
  .object({
    group: z.string(),
    version: z.string().describe("Names this very picture"),
    width: z.number().describe("Of what is kept, in pixels"),
    height: z.number(),
    bytes: z.number(),
    at: z.number(),
  })
  .meta({ id: "Picture" });

export async function takePicture(
  { pictures, catalogues, config }: Platform,
  shop: string,
  group: string,
  request: FastifyRequest,
): Promise<Picture> {
  if ((await catalogues.of(shop)).variants(group).length === 0) {
    throw problem("unknown-item", `no item of the group "${group}" is in the catalogue`);
  }
  const { bytesMost } = config.collect.pictures;
  return await pictures.put(shop, group, await bytesOf(request, bytesMost));
}

/** Reads no more than is allowed. @throws problem `too-large` */
async function bytesOf(request: FastifyRequest, most: number): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of streamOf(request)) {
    length += (chunk as Buffer).length;
    if (length > most) break;
    chunks.push(chunk as Buffer);
  }
  if (length <= most) return Buffer.concat(chunks);
  const detail = `collect.pictures.bytesMost allows ${most} bytes: save it smaller`;
  throw problem("too-large", detail, { errors: [{ pointer: "", detail }] });
}

export async function sendPicture(
  { pictures }: Platform,
  shop: string,
  group: string,
): Promise<Buffer> {
  const webp = await pictures.read(shop, group);
  if (webp === undefined) throw noPicture(group);
  return Buffer.from(webp);
}

export async function removePicture(
  { pictures }: Platform,
  shop: string,
  group: string,
): Promise<undefined> {
  if (!(await pictures.remove(shop, group))) throw noPicture(group);
}

const noPicture = (group: string): Error => problem("unknown-picture", `"${group}" has no picture`);
