import { askedPriceMinor, type Item } from "../../../collect/item.ts";
import type { Catalogue } from "../../../features/catalogue.ts";
import { compileCondition } from "../rules/conditions.ts";
import type { Ruling } from "../rules/ruling.ts";
import type { RecommendRequest } from "../schema.ts";
import type { Candidates } from "./candidates.ts";
import { groupOf, type Inquiry } from "./inquiry.ts";
import type { Shelf } from "./shelf.ts";
import { surfaceRules } from "./surfaces.ts";
import { type Said, said } from "./verdicts.ts";

/**
 * Who may stand in the list: gates in a row, each with its verdict in words. The same gates are
 * walked for all groups when a list is made and for one when it is explained, so the explanation
 * cannot differ from the list. Stock, price and hidden state are those of this moment.
 */
export interface Gate {
  readonly name: string;
  /** A pinned item passes this gate unasked. */
  readonly pinsPass: boolean;
  /** True when nothing can be refused now: then no group needs to be asked about. */
  readonly open: boolean;
  /** Why the group may not stand in the list; undefined when it may. */
  refuses(group: string, item: Item): Said | undefined;
}

export interface Admission {
  readonly gates: readonly Gate[];
  /** The variant to show, or why there is none. */
  offer(group: string): Item | Refusal;
}

export interface Refusal {
  readonly refused: Said;
}

export interface Admitted {
  /** 1 = may not be shown. @shape [candidates] */
  readonly mask: Uint8Array;
  /** The variant to show of each candidate that may be. @shape [candidates] */
  readonly items: readonly (Item | undefined)[];
  readonly count: number;
  /** Candidates that each gate kept out. */
  readonly refused: ReadonlyMap<string, number>;
}

export function admissionOf(
  request: RecommendRequest,
  shelf: Shelf,
  catalogue: Catalogue,
  inquiry: Inquiry,
  ruling: Ruling,
): Admission {
  const surface = surfaceRules[request.surface];
  const { model } = shelf;
  const gates: Gate[] = [
    gate("price", false, (_, item) =>
      shelf.priced && askedPriceMinor(item) === undefined ? said.noPrice : undefined,
    ),
    among("excluded", new Set(request.exclude.map((id) => groupOf(catalogue, id))), false, {
      in: said.excluded,
    }),
    among("context", new Set(inquiry.context), false, { in: said.beside }),
  ];
  if (surface.onlyBought) {
    // Nor does a pin pass: nobody buys again what they never bought.
    gates.push(among("bought", inquiry.bought, false, { out: said.notBought }));
  }
  if (surface.hidesBought && (model?.hidesBought ?? true)) {
    gates.push(among("bought", inquiry.bought, true, { in: said.bought }));
  }
  if (surface.hidesSeen && (model?.filterSeen ?? false)) {
    gates.push(among("seen", inquiry.seen, true, { in: said.seen }));
  }
  if (request.where !== undefined) {
    const test = compileCondition(request.where, "/where", "invalid-request");
    gates.push(gate("where", false, (_, item) => (test(item) ? undefined : said.otherThanAsked)));
  }
  for (const { rule, test } of ruling.filters) {
    gates.push(
      gate(`filter ${rule.id}`, false, (_, item) =>
        test(item) ? undefined : said.filtered(rule.id),
      ),
    );
  }
  return { gates, offer: (group) => offerOf(catalogue, group) };
}

const gate = (name: string, pinsPass: boolean, refuses: Gate["refuses"]): Gate => ({
  name,
  pinsPass,
  open: false,
  refuses,
});

/** Refuses what is in the set, or what is not, with the words given. */
function among(
  name: string,
  groups: ReadonlySet<string>,
  pinsPass: boolean,
  words: { readonly in?: Said; readonly out?: Said },
): Gate {
  const refuses = (group: string): Said | undefined => (groups.has(group) ? words.in : words.out);
  return { name, pinsPass, open: groups.size === 0 && words.out === undefined, refuses };
}

function offerOf(catalogue: Catalogue, group: string): Item | Refusal {
  const item = catalogue.offer(group);
  if (item !== undefined) return item;
  const variants = catalogue.variants(group);
  if (variants.length === 0) return { refused: said.notListed };
  return { refused: variants.every((one) => one.hidden) ? said.hidden : said.soldOut };
}

/** Walks candidates through the gates; counts what each refuses. O(candidates gates). */
export function admit(
  shelf: Shelf,
  { tokens }: Candidates,
  admission: Admission,
  pinned: ReadonlySet<number>,
): Admitted {
  const mask = new Uint8Array(tokens.length);
  const gates = admission.gates.filter(({ open }) => !open);
  const items = new Array<Item | undefined>(tokens.length);
  const refused = new Map<string, number>();
  let count = 0;
  for (let at = 0; at < tokens.length; at++) {
    const token = tokens[at] as number;
    const item = shelf.offers.of(token);
    if (item === undefined) {
      mask[at] = 1;
      continue;
    }
    const closed = firstClosed(gates, shelf.groups[token] as string, item, pinned.has(token));
    if (closed === undefined) {
      items[at] = item;
      count++;
    } else {
      mask[at] = 1;
      refused.set(closed.name, (refused.get(closed.name) ?? 0) + 1);
    }
  }
  return { mask, items, count, refused };
}

function firstClosed(
  gates: readonly Gate[],
  group: string,
  item: Item,
  pinned: boolean,
): Gate | undefined {
  for (let at = 0; at < gates.length; at++) {
    const one = gates[at] as Gate;
    if (pinned && one.pinsPass) continue;
    if (one.refuses(group, item) !== undefined) return one;
  }
  return undefined;
}
