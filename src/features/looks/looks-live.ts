import { LRUCache } from "lru-cache";
import {
  descriptorWidth,
  lengthOf,
  productOf,
} from "../../algorithms/pictures/picture-descriptor.ts";
import { createTopK, nothingMasked, topKInto } from "../../algorithms/top-k.ts";
import {
  PICTURE,
  type PictureListener,
  type PictureRecord,
  type Seen,
} from "../../collect/pictures/pictures.ts";
import type { Records } from "../../storage/records.ts";
import type { Lookalike, Looks, ShopsLooks } from "./looks.ts";

/**
 * Looks in memory, 437 bytes a picture, read once and kept true by notices. What any two pictures of a
 * shop have in common is known from the sum of all, without a walk. The closest to a group are found by
 * a walk over all (some milliseconds for a few thousand pictures) and kept: of what
 * changes afterwards only that is compared.
 */
export interface LiveLooks extends ShopsLooks {
  readonly listener: PictureListener;
}

const PAGE = 1_000;
/** Groups whose lookalikes are kept, and how many of each. */
const LISTS_KEPT = 1_000;
const CLOSEST_MOST = 100;
/** Changes that are remembered: a list that is older by more is found anew. */
const CHANGES_KEPT = 256;
/** With few pictures, what they have in common is taken to be what it is in public sets. */
const USUAL = 0.85;
const USUAL_COUNTS = 20;

interface Held {
  readonly looks: HeldLooks;
  /** Groups that were told of while the records are being read: what is read of them may be older. */
  told: Set<string> | undefined;
}

export function openLooks({ records }: { readonly records: Records }): LiveLooks {
  const shops = new Map<string, Held & { readonly ready: Promise<Looks> }>();
  const load = async (shop: string, held: Held): Promise<Looks> => {
    let after: string | undefined;
    do {
      const page = await records.list<PictureRecord>(shop, PICTURE, { limit: PAGE, after });
      for (const { id, value } of page.rows) {
        if (!held.told?.has(id)) held.looks.set(id, seenIn(value));
      }
      after = page.next;
    } while (after !== undefined);
    held.told = undefined;
    return held.looks;
  };
  const begin = (shop: string) => {
    const held: Held = { looks: new HeldLooks(), told: new Set() };
    const begun = Object.assign(held, { ready: load(shop, held) });
    shops.set(shop, begun);
    // What failed is not kept: who asks next tries again, and who waits is told.
    begun.ready.catch(() => shops.delete(shop));
    return begun;
  };
  const heldOf = (shop: string) => shops.get(shop) ?? begin(shop);
  return {
    of: (shop) => heldOf(shop).ready,
    soon: (shop) => heldOf(shop).looks,
    listener(shop, group, seen) {
      const held = shops.get(shop);
      if (held === undefined) return;
      held.told?.add(group);
      if (seen) held.looks.set(group, seen);
      else held.looks.remove(group);
    },
  };
}

const seenIn = ({ version, looks, at }: PictureRecord): Seen => ({
  version,
  receivedAt: at,
  looks: new Uint8Array(Buffer.from(looks, "base64")),
});

class HeldLooks implements Looks {
  changes = 0;
  readonly #changed: string[] = [];
  readonly #rowOf = new Map<string, number>();
  readonly #groups: string[] = [];
  readonly #versions: string[] = [];
  #table = new Uint8Array(16 * descriptorWidth);
  #lengths = new Float64Array(16);
  /** Of all pictures, each of length 1. */
  readonly #sum = new Float64Array(descriptorWidth);
  readonly #lists = new LRUCache<string, { changes: number; list: readonly Lookalike[] }>({
    max: LISTS_KEPT,
  });

  get size(): number {
    return this.#groups.length;
  }

  changedSince(changes: number): ReadonlySet<string> | undefined {
    const missed = this.changes - changes;
    if (missed > this.#changed.length) return undefined;
    return new Set(this.#changed.slice(this.#changed.length - missed));
  }

  versionOf(group: string): string | undefined {
    return this.#versions[this.#rowOf.get(group) ?? -1];
  }

  /** One of another width was described by another method, and counts as none. */
  set(group: string, { version, looks }: Seen): void {
    this.remove(group);
    if (looks.length !== descriptorWidth) return;
    const row = this.#groups.length;
    if (row === this.#lengths.length) this.#grow();
    this.#table.set(looks, row * descriptorWidth);
    this.#lengths[row] = lengthOf(this.#table, row);
    this.#groups.push(group);
    this.#versions.push(version);
    this.#rowOf.set(group, row);
    this.#count(row, 1);
  }

  /** The last row takes the place of the one that goes. */
  remove(group: string): void {
    const row = this.#rowOf.get(group);
    this.changes++;
    this.#changed.push(group);
    if (this.#changed.length > 2 * CHANGES_KEPT) this.#changed.splice(0, CHANGES_KEPT);
    if (row === undefined) return;
    this.#count(row, -1);
    this.#rowOf.delete(group);
    const last = this.#groups.length - 1;
    const [moved, version] = [this.#groups.pop(), this.#versions.pop()];
    if (row === last || moved === undefined || version === undefined) return;
    const from = last * descriptorWidth;
    this.#table.copyWithin(row * descriptorWidth, from, from + descriptorWidth);
    this.#lengths[row] = this.#lengths[last] ?? 0;
    this.#groups[row] = moved;
    this.#versions[row] = version;
    this.#rowOf.set(moved, row);
  }

  likeness(group: string, other: string): number {
    const [row, beside] = [this.#rowOf.get(group), this.#rowOf.get(other)];
    if (row === undefined || beside === undefined) return 0;
    return beyond(this.#cosine(row, beside), this.#usual(row));
  }

  closest(group: string): readonly Lookalike[] {
    const row = this.#rowOf.get(group);
    if (row === undefined) return [];
    const kept = this.#lists.get(group);
    if (kept?.changes === this.changes) return kept.list;
    const changed = kept && this.changedSince(kept.changes);
    const list =
      kept === undefined || changed === undefined || changed.has(group)
        ? this.#closestTo(row)
        : this.#renewed(group, kept.list, changed);
    this.#lists.set(group, { changes: this.changes, list });
    return list;
  }

  /** What has not changed keeps its place; the usual moves too little with a few pictures to matter. */
  #renewed(
    group: string,
    list: readonly Lookalike[],
    changed: ReadonlySet<string>,
  ): readonly Lookalike[] {
    const again = [...changed].map((other) => ({
      group: other,
      likeness: this.likeness(group, other),
    }));
    const both = [...list.filter((one) => !changed.has(one.group)), ...again];
    return both
      .filter(({ likeness }) => likeness > 0)
      .sort((a, b) => b.likeness - a.likeness)
      .slice(0, CLOSEST_MOST);
  }

  #closestTo(row: number): readonly Lookalike[] {
    const scores = new Float32Array(this.size);
    for (let other = 0; other < scores.length; other++) scores[other] = this.#cosine(row, other);
    scores[row] = -1;
    const top = createTopK(Math.min(CLOSEST_MOST, scores.length));
    const found = topKInto(top, scores, nothingMasked);
    const usual = this.#usual(row);
    return Array.from(top.indexes.subarray(0, found), (other, place) => ({
      group: this.#groups[other] ?? "",
      likeness: beyond(top.scores[place] ?? 0, usual),
    })).filter(({ likeness }) => likeness > 0);
  }

  #cosine(row: number, other: number): number {
    const lengths = (this.#lengths[row] ?? 0) * (this.#lengths[other] ?? 0);
    return lengths === 0 ? 0 : productOf(this.#table, row, this.#table, other) / lengths;
  }

  /** How alike it is to the others on average. */
  #usual(row: number): number {
    const length = this.#lengths[row] ?? 0;
    if (length === 0) return USUAL;
    let product = 0;
    const from = row * descriptorWidth;
    for (let at = 0; at < descriptorWidth; at++) {
      product += (this.#table[from + at] ?? 0) * (this.#sum[at] ?? 0);
    }
    const others = product / length - 1;
    return (others + USUAL * USUAL_COUNTS) / (this.size - 1 + USUAL_COUNTS);
  }

  #count(row: number, times: 1 | -1): void {
    const length = this.#lengths[row] ?? 0;
    if (length === 0) return;
    const from = row * descriptorWidth;
    const scale = times / length;
    for (let at = 0; at < descriptorWidth; at++) {
      this.#sum[at] = (this.#sum[at] as number) + scale * (this.#table[from + at] as number);
    }
  }

  #grow(): void {
    const table = new Uint8Array(2 * this.#table.length);
    table.set(this.#table);
    this.#table = table;
    const lengths = new Float64Array(2 * this.#lengths.length);
    lengths.set(this.#lengths);
    this.#lengths = lengths;
  }
}

/** What is left of 1 above the usual. */
const beyond = (cosine: number, usual: number): number =>
  Math.min(1, Math.max(0, (cosine - usual) / (1 - usual)));
