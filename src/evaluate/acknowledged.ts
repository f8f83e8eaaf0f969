import type { CollectListener } from "../collect/collect.ts";
import { askedPriceMinor, type Item, isOfferable } from "../collect/item.ts";

/**
 * Whether lists keep what was acknowledged of price, stock and sight. Idea: of the items that changed
 * last, what a list may say is kept here, apart from the catalogue and from all that lists are made
 * of; every list is held against it as it leaves. Only what was acknowledged before the list was
 * asked for counts: of what changes meanwhile a list may know or not. Left out: items that did not
 * change since the start, or longer ago than the last thousand changes of their shop.
 */
export interface Acknowledged {
  readonly listener: CollectListener;
  /** Noted when a list is asked for. */
  moment(): number;
  /** Holds a list against what was acknowledged at a moment. O(items). */
  hold(shop: string, moment: number, list: readonly Shown[]): void;
  /** What was found since the start. */
  of(shop: string): Held;
}

/** What a list says of an item; that it may be offered it says by showing it. */
export interface Shown {
  readonly item: string;
  readonly priceMinor?: number | undefined;
  readonly currency?: string | undefined;
}

export interface Held {
  /** Lists that left. */
  readonly lists: number;
  /** Places in them whose item had changed before: all of these were compared. */
  readonly places: number;
  /** Places that said a price that was no more, or showed what may not be offered. */
  readonly wrong: number;
  /** The newest item that was shown wrong. */
  readonly wrongItem: string | null;
}

interface Change {
  readonly moment: number;
  readonly isOffered: boolean;
  readonly priceMinor: number | undefined;
  readonly currency: string | undefined;
}

interface Watched {
  /** By item, the one that changed last at the end. */
  readonly changes: Map<string, Change>;
  held: Held;
}

const CHANGES_MOST = 1_000;

export function openAcknowledged(): Acknowledged {
  const shops = new Map<string, Watched>();
  let moments = 0;
  const watchedOf = (shop: string): Watched => {
    const known = shops.get(shop);
    if (known !== undefined) return known;
    const made = { changes: new Map(), held: nothing };
    shops.set(shop, made);
    return made;
  };
  return {
    listener: {
      items(shop, items, removed) {
        const moment = ++moments;
        const { changes } = watchedOf(shop);
        for (const item of items) keep(changes, item.item, changeOf(item, moment));
        for (const id of removed) keep(changes, id, { ...gone, moment });
      },
    },
    moment: () => moments,
    hold(shop, moment, list) {
      const watched = watchedOf(shop);
      const compared = list.filter(({ item }) => {
        const change = watched.changes.get(item);
        return change !== undefined && change.moment <= moment;
      });
      const wrong = compared.filter((shown) => isWrong(shown, watched.changes.get(shown.item)));
      const { held } = watched;
      watched.held = {
        lists: held.lists + 1,
        places: held.places + compared.length,
        wrong: held.wrong + wrong.length,
        wrongItem: wrong.at(-1)?.item ?? held.wrongItem,
      };
    },
    of: (shop) => shops.get(shop)?.held ?? nothing,
  };
}

const nothing: Held = { lists: 0, places: 0, wrong: 0, wrongItem: null };
const gone = { isOffered: false, priceMinor: undefined, currency: undefined };

const changeOf = (item: Item, moment: number): Change => ({
  moment,
  isOffered: isOfferable(item),
  priceMinor: askedPriceMinor(item),
  currency: item.currency,
});

function keep(changes: Map<string, Change>, item: string, change: Change): void {
  changes.delete(item);
  changes.set(item, change);
  if (changes.size <= CHANGES_MOST) return;
  for (const oldest of changes.keys()) {
    changes.delete(oldest);
    return;
  }
}

const isWrong = (shown: Shown, change: Change | undefined): boolean =>
  change !== undefined &&
  (!change.isOffered ||
    change.priceMinor !== shown.priceMinor ||
    change.currency !== shown.currency);
