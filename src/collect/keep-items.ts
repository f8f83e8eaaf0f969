import { isDeepStrictEqual } from "node:util";
import { type Clock, monotonicMs } from "../clock.ts";
import type { Config } from "../config.ts";
import { fieldErrors, isProblem, problem } from "../errors.ts";
import type { Change, Records, Stored } from "../storage/records.ts";
import { beyond, gather, isPlainObject, jsonFault, type Plain } from "./bounded-json.ts";
import type { CollectListener, ItemsTaken, Rejected } from "./collect.ts";
import { type Item, type ItemInput, itemInputSchema } from "./item.ts";
import { type Refusal, refusal, rejected } from "./take-event.ts";

/** The catalogue as the shop last said it: items in records, listeners told of every change. */
export interface ItemKeeper {
  upsert(shop: string, inputs: readonly unknown[]): Promise<ItemsTaken>;
  patch(shop: string, item: string, patch: unknown): Promise<Item>;
  remove(shop: string, item: string): Promise<void>;
}

export interface ItemKeeperOptions {
  readonly records: Records;
  readonly clock: Clock;
  readonly config: Config["collect"];
  readonly listeners: readonly CollectListener[];
}

/** Kind of the records that hold items; the record's id is the item's. */
export const ITEM = "item";

/** A whole item as JSON text may have this many characters. */
const itemCharsLimit = 262_144;

const attempts = 5;

export function keepItems(options: ItemKeeperOptions): ItemKeeper {
  const { records } = options;
  const tell = (
    shop: string,
    items: readonly Item[],
    removed: readonly string[],
    left: readonly string[],
  ): void => {
    for (const listener of options.listeners) listener.items?.(shop, items, removed, left);
  };
  return {
    async upsert(shop, inputs) {
      const begunMs = monotonicMs();
      const judged = judgeAll(options, inputs);
      const checkedMs = monotonicMs() - begunMs;
      const ids = [...judged.good.keys()];
      const before = await records.getMany<Item>(shop, ITEM, ids);
      const changed = ids.flatMap((id, at) => {
        const input = judged.good.get(id);
        const item = input && completeItem(input, before[at]?.value, options);
        return item === undefined || isSame(item, before[at]?.value) ? [] : [item];
      });
      if (changed.length > 0) {
        await records.write(shop, changed.map(put));
        const groups = before.flatMap((was) => was?.value ?? []);
        tell(shop, changed, [], leftBy(groups, changed));
      }
      const storedMs = changed.length === 0 ? null : monotonicMs() - begunMs - checkedMs;
      for (const listener of options.listeners) listener.timed?.(shop, { checkedMs, storedMs });
      const unchanged = inputs.length - judged.rejected.length - changed.length;
      return { upserted: changed.length, unchanged, rejected: judged.rejected };
    },

    async patch(shop, id, patch) {
      for (let attempt = 1; ; attempt++) {
        const before = await records.get<Item>(shop, ITEM, id);
        if (before === undefined) throw unknownItem(id);
        const item = patched(before, patch, options);
        try {
          await records.write(shop, [{ ...put(item), expect: before.version }]);
        } catch (error) {
          if (isProblem(error) && error.code === "conflict" && attempt < attempts) continue;
          throw error;
        }
        tell(shop, [item], [], leftBy([before.value], [item]));
        return item;
      }
    },

    async remove(shop, id) {
      const before = await records.get<Item>(shop, ITEM, id);
      if (before === undefined) throw unknownItem(id);
      await records.write(shop, [{ remove: true, kind: ITEM, id }]);
      tell(shop, [], [id], [before.value.group]);
    },
  };
}

/** Groups of what was before that its successor is not in. */
function leftBy(before: readonly Item[], items: readonly Item[]): readonly string[] {
  const now = new Map(items.map(({ item, group }) => [item, group]));
  return before
    .filter(({ item, group }) => (now.get(item) ?? group) !== group)
    .map(({ group }) => group);
}

function unknownItem(id: string): Error {
  return problem("unknown-item", `item ${id} is not in the catalogue`);
}

function put(item: Item): Change {
  return { put: item, kind: ITEM, id: item.item };
}

interface JudgedItems {
  /** By item id; of two inputs with one id the later holds. */
  readonly good: ReadonlyMap<string, ItemInput>;
  readonly rejected: readonly Rejected[];
}

function judgeAll({ config }: ItemKeeperOptions, inputs: readonly unknown[]): JudgedItems {
  if (inputs.length > config.itemsPerBatch) {
    throw problem("too-large", `${inputs.length} items, at most ${config.itemsPerBatch} a batch`);
  }
  const good = new Map<string, ItemInput>();
  const refused: Rejected[] = [];
  inputs.forEach((sent, index) => {
    const judged = judgeItem(sent);
    if ("code" in judged) refused.push(rejected(index, judged));
    else good.set(judged.item, judged);
  });
  return { good, rejected: refused };
}

const itemFields: ReadonlySet<string> = new Set(
  Object.keys({
    item: true,
    group: true,
    title: true,
    description: true,
    brand: true,
    seller: true,
    supplier: true,
    categories: true,
    attributes: true,
    images: true,
    link: true,
    priceMinor: true,
    salePriceMinor: true,
    costMinor: true,
    currency: true,
    stock: true,
    availability: true,
    hidden: true,
    createdAt: true,
    updatedAt: true,
    extra: true,
  } satisfies Record<keyof Item, true>),
);

/** Validates one item; fields the schema does not know go to `extra`. */
export function judgeItem(sent: unknown): ItemInput | Refusal {
  const parsed = itemInputSchema.safeParse(sent);
  if (!parsed.success) return refusal(fieldErrors(parsed.error.issues), "invalid-item");
  const given = (sent as Plain)["extra"] as Plain | undefined;
  const entries = [...beyond(sent as Plain, itemFields), ...Object.entries(given ?? {})];
  const extra = entries.length === 0 ? undefined : gather(entries);
  const fault = jsonFault(extra);
  if (fault !== undefined) return refusal([{ pointer: "/extra", detail: fault }], "invalid-item");
  const input = { ...parsed.data, extra };
  if (JSON.stringify(input).length <= itemCharsLimit) return input;
  return refusal(
    [{ pointer: "", detail: `longer than ${itemCharsLimit} characters` }],
    "too-large",
  );
}

function completeItem(
  input: ItemInput,
  before: Item | undefined,
  { clock, config }: Pick<ItemKeeperOptions, "clock" | "config">,
): Item {
  const now = clock();
  const priced = [input.priceMinor, input.salePriceMinor, input.costMinor];
  const hasPrice = priced.some((price) => price !== undefined);
  return {
    item: input.item,
    group: input.group ?? input.item,
    title: input.title,
    description: input.description,
    brand: input.brand,
    seller: input.seller,
    supplier: input.supplier,
    categories: input.categories ?? [],
    attributes: input.attributes ?? {},
    images: input.images ?? [],
    link: input.link,
    priceMinor: input.priceMinor,
    salePriceMinor: input.salePriceMinor,
    costMinor: input.costMinor,
    currency: input.currency ?? (hasPrice ? config.currency : undefined),
    stock: input.stock,
    availability: input.availability ?? (input.stock === 0 ? "out_of_stock" : "in_stock"),
    hidden: input.hidden ?? false,
    createdAt: input.createdAt ?? before?.createdAt ?? now,
    updatedAt: now,
    extra: input.extra,
  };
}

/** Equal in all but the time of the last change. */
function isSame(item: Item, before: Item | undefined): boolean {
  if (before === undefined) return false;
  const as = (one: Item): unknown => JSON.parse(JSON.stringify({ ...one, updatedAt: 0 }));
  return isDeepStrictEqual(as(item), as(before));
}

/** The item with the patch laid over it; null takes a field away. */
function patched(before: Stored<Item>, patch: unknown, options: ItemKeeperOptions): Item {
  if (!isPlainObject(patch)) throw invalid([{ pointer: "", detail: "must be an object" }]);
  const { updatedAt: _, ...item } = before.value;
  if ("item" in patch && patch["item"] !== item.item) {
    throw invalid([{ pointer: "/item", detail: "an item's id cannot change" }]);
  }
  const known = Object.entries(restocked(item, patch)).filter(([key]) => itemFields.has(key));
  const laid = gather([...Object.entries(item), ...known]);
  const kept = gather(Object.entries(laid).filter(([, value]) => value !== null));
  const judged = judgeItem({ ...kept, extra: mergedExtra(item.extra, patch) });
  if ("code" in judged) throw problem(judged.code, judged.detail, { errors: judged.errors });
  return completeItem(judged, before.value, options);
}

/** What the patch says beyond the fields we know joins what was said before. */
function mergedExtra(before: Plain | undefined, patch: Plain): unknown {
  const given = patch["extra"] === undefined ? {} : patch["extra"];
  if (given !== null && !isPlainObject(given)) return given;
  const kept = given === null ? [] : Object.entries(before ?? {});
  const merged = [...kept, ...beyond(patch, itemFields), ...Object.entries(given ?? {})];
  return merged.length === 0 ? undefined : gather(merged);
}

/** Stock that comes back puts an item back on sale, unless the patch says otherwise. */
function restocked(item: Pick<Item, "availability">, patch: Plain): Plain {
  const { stock, availability } = patch as { stock?: unknown; availability?: unknown };
  if (availability !== undefined || typeof stock !== "number") return patch;
  if (stock > 0 && item.availability === "out_of_stock") {
    return { ...patch, availability: "in_stock" };
  }
  if (stock === 0 && item.availability === "in_stock") {
    return { ...patch, availability: "out_of_stock" };
  }
  return patch;
}

function invalid(errors: Refusal["errors"]): Error {
  const made = refusal(errors, "invalid-item");
  return problem(made.code, made.detail, { errors });
}
