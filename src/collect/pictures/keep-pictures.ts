import { createHash } from "node:crypto";
import type { Clock } from "../../clock.ts";
import type { Config } from "../../config.ts";
import { problem } from "../../errors.ts";
import type { Blobs } from "../../storage/blobs.ts";
import type { Records } from "../../storage/records.ts";
import {
  PICTURE,
  type Picture,
  type PictureListener,
  type PictureRecord,
  type Pictures,
} from "./pictures.ts";
import { readPicture } from "./read-picture.ts";

/**
 * Keeps pictures: the bytes as a blob, what is known of them as a record, both in every backup. A blob
 * begins with whose it is, so that two groups never share one: what is deleted is nobody else's, and
 * what is read is found to be of the group that was asked for. Few are read at once; of the others a
 * few wait. A crash between blob and record leaves a blob that nobody names, and loses nothing.
 */
export interface PictureKeeping {
  readonly records: Records;
  readonly blobs: Blobs;
  readonly clock: Clock;
  readonly config: Config["collect"]["pictures"];
}

const OWNER_BYTES = 32;
const VERSION_LENGTH = 16;

export function keepPictures(keeping: PictureKeeping): Pictures {
  const { records, config } = keeping;
  const listeners: PictureListener[] = [];
  const queued = queueOf(config.atOnce, config.waitingMost);
  const inTurn = turns();
  const recordOf = async (shop: string, group: string): Promise<PictureRecord | undefined> =>
    (await records.get<PictureRecord>(shop, PICTURE, group))?.value;
  return {
    async put(shop, group, bytes) {
      const receivedAt = keeping.clock();
      if (bytes.length > config.bytesMost) throw tooLarge(config.bytesMost);
      const { webp, looks, width, height } = await queued(() =>
        readPicture(bytes, config.megapixelsMost),
      );
      return await inTurn(async () => {
        const before = await recordOf(shop, group);
        const blob = await keeping.blobs.put(Buffer.concat([ownerOf(shop, group), webp]));
        const version = blob.slice(0, VERSION_LENGTH);
        const picture = { group, version, width, height, bytes: webp.length, at: keeping.clock() };
        const record: PictureRecord = { ...picture, blob, looks: base64(looks) };
        await records.write(shop, [{ put: record, kind: PICTURE, id: group }]);
        for (const listener of listeners) listener(shop, group, { version, looks, receivedAt });
        if (before !== undefined && before.blob !== blob) await keeping.blobs.delete(before.blob);
        return picture;
      });
    },
    async find(shop, group) {
      const found = await recordOf(shop, group);
      return found && pictureOf(found);
    },
    async read(shop, group) {
      const found = await recordOf(shop, group);
      const kept = found && (await keeping.blobs.get(found.blob));
      if (kept === undefined) return undefined;
      const owner = ownerOf(shop, group);
      if (owner.equals(kept.subarray(0, OWNER_BYTES))) return kept.subarray(OWNER_BYTES);
      throw problem("storage-damaged", `the picture of ${group} is of another item`);
    },
    remove: (shop, group) =>
      inTurn(async () => {
        const before = await recordOf(shop, group);
        if (before === undefined) return false;
        await records.write(shop, [{ remove: true, kind: PICTURE, id: group }]);
        for (const listener of listeners) listener(shop, group, undefined);
        await keeping.blobs.delete(before.blob);
        return true;
      }),
    listen: (listener) => void listeners.push(listener),
  };
}

const pictureOf = ({ blob: _, looks: __, ...picture }: PictureRecord): Picture => picture;

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");

const ownerOf = (shop: string, group: string): Buffer =>
  createHash("sha256").update(`${shop}\0${group}`).digest();

function tooLarge(bytesMost: number): Error {
  const detail = `collect.pictures.bytesMost allows ${bytesMost} bytes: save it smaller`;
  return problem("too-large", detail, { errors: [{ pointer: "", detail }] });
}

/** One after the other, in the order in which they were asked for. */
function turns(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return async (work) => {
    const mine = last.then(work, work);
    last = mine.catch(() => undefined);
    return await mine;
  };
}

/** So many at once; so many more wait. @throws problem `overloaded` beyond them */
function queueOf(atOnce: number, waitingMost: number): <T>(work: () => Promise<T>) => Promise<T> {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (running >= atOnce) {
      if (waiting.length >= waitingMost) {
        throw problem("overloaded", `${waitingMost} pictures are waiting to be read`);
      }
      await new Promise<void>((resolve) => void waiting.push(resolve));
    } else {
      running++;
    }
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running--;
      else next();
    }
  };
}
