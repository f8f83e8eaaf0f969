/** Blobs: immutable bytes by content (models, exports, pictures), and named pointers to them. */
export interface Blobs {
  /** Stores the bytes durably; the id is their SHA-256 in hex, so a repeated put is free. */
  put(bytes: Uint8Array): Promise<string>;
  /** @throws problem `storage-damaged` when the bytes no longer match their id. */
  get(id: string): Promise<Uint8Array | undefined>;
  has(id: string): Promise<boolean>;
  delete(id: string): Promise<boolean>;
  list(): AsyncIterable<string>;
}
