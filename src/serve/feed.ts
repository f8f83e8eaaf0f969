import { randomUUID } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import type { ImportReport } from "../collect/importing.ts";
import { problem } from "../errors.ts";
import type { Platform } from "../platform.ts";
import { callerGone } from "./http/foundation.ts";
import { streamOf } from "./http/route.ts";

export const importReportSchema: z.ZodType<ImportReport> = z
  .object({
    source: z.string(),
    rows: z.number(),
    events: z.number(),
    items: z.number(),
    duplicates: z.number(),
    quarantined: z.number(),
    skipped: z.number().describe("Rows left out by the protocol of a data set"),
    withheld: z.number().describe("Events left out because their shopper did not consent"),
    seconds: z.number(),
    resumed: z.boolean(),
  })
  .meta({ id: "ImportReport" });

/**
 * A feed that is sent as one file. It is put down in the data folder, read by the importer like any
 * other file, and removed, whatever becomes of it.
 */
export async function takeFeed(
  { config, importer }: Platform,
  shop: string,
  { request, reply }: { readonly request: FastifyRequest; readonly reply: FastifyReply },
): Promise<ImportReport> {
  const isXml = /xml/.test(request.headers["content-type"] ?? "");
  const folder = join(config.folder, "uploads");
  await mkdir(folder, { recursive: true });
  const from = join(folder, `${randomUUID()}.${isXml ? "xml" : "tsv"}`);
  try {
    const limit = limitBytes(config.server.uploadLimitBytes);
    await pipeline(streamOf(request), limit, createWriteStream(from));
    const source = isXml ? "merchant-xml" : "merchant-tsv";
    const control = { signal: callerGone(reply), progress: () => {} };
    return await importer.run(shop, { source, from, name: "upload" }, control);
  } finally {
    await rm(from, { force: true });
  }
}

/** Passes bytes on until there are more than allowed. @throws problem `too-large` */
function limitBytes(most: number): Transform {
  let seen = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      seen += chunk.length;
      if (seen <= most) done(null, chunk);
      else done(problem("too-large", `server.uploadLimitBytes allows ${most} bytes`));
    },
  });
}
