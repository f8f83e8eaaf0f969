/** Pictures of items, one for each group. */
export interface Pictures {
  /**
   * Keeps it in place of the one before. Durable when it resolves, and then known to all listeners.
   * @throws problem `invalid-picture`, `too-large`, `overloaded`, `limit-reached`
   */
  put(shop: string, group: string, bytes: Uint8Array): Promise<Picture>;
  find(shop: string, group: string): Promise<Picture | undefined>;
  /** The picture as WebP. */
  read(shop: string, group: string): Promise<Uint8Array | undefined>;
  /** False when there was none. */
  remove(shop: string, group: string): Promise<boolean>;
  /** Called after a change is durable; must not throw. */
  listen(listener: PictureListener): void;
}

export interface Picture {
  readonly group: string;
  /** Names this very picture: another one is another version. */
  readonly version: string;
  /** @unit pixels */
  readonly width: number;
  readonly height: number;
  /** Of what is kept. */
  readonly bytes: number;
  /** @unit epoch ms */
  readonly at: number;
}

/** Where this server shows a picture to anybody who was given the path. */
export const picturePath = (shop: string, group: string, version: string): string =>
  `/pictures/${encodeURIComponent(shop)}/${encodeURIComponent(group)}/${version}.webp`;

/** What a picture looks like; undefined when it is gone. */
export type PictureListener = (shop: string, group: string, seen: Seen | undefined) => void;

export interface Seen {
  readonly version: string;
  /** @shape [descriptorWidth] */
  readonly looks: Uint8Array;
  /** When its bytes were there. @unit epoch ms */
  readonly receivedAt: number;
}

/** Kind of the records that say what there is; the record's id is the group's. */
export const PICTURE = "picture";

export interface PictureRecord extends Picture {
  readonly blob: string;
  /** The descriptor, in base64. */
  readonly looks: string;
}
