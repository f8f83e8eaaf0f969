import type { Item } from "../../../collect/item.ts";
import { type Locale, localText } from "../../../schema.ts";
import type { Deed, Parts, Source } from "../learning/source.ts";
import { sources } from "../learning/sources.ts";
import type { PartName, Reason } from "../schema.ts";
import type { Inquiry } from "./inquiry.ts";
import type { Shelf } from "./shelf.ts";

/**
 * Why an item stands in a list, in words for a shopper. The sources that gave most to its score say
 * which of the shopper's own doings they gave it for; nothing is told that did not count.
 */
const words: Readonly<Record<Reason["code"], Readonly<Record<Locale, string>>>> = {
  because_you_viewed: { en: "Because you looked at {item}", zh: "因为您看过{item}" },
  because_you_bought: { en: "Because you bought {item}", zh: "因为您买过{item}" },
  bought_together: { en: "Often bought together with {item}", zh: "常与{item}一起购买" },
  similar_to: { en: "Similar to {item}", zh: "与{item}相似" },
  others_also_viewed: {
    en: "Shoppers who looked at {item} went on to this",
    zh: "看过{item}的顾客接着看了它",
  },
  buy_again: { en: "You bought this before", zh: "您以前买过" },
  seen_lately: { en: "You looked at this lately", zh: "您最近看过" },
  popular: { en: "Popular in this shop", zh: "本店热门" },
  looks_like: { en: "Looks like {item}", zh: "与{item}外观相似" },
  new_here: { en: "New in this shop", zh: "本店新品" },
  chosen_by_shop: { en: "Chosen by the shop", zh: "店家精选" },
  trying_out: { en: "Something less known, for a change", zh: "换个口味看看" },
};

/** Sources that gave less than this share of the score are not spoken of. @unit 0..1 */
const SHARE_LEAST = 0.25;
/** What is popular is so for all: where nothing else is loud, the loudest of one's own is told before it. */
const OWN_SHARE_LEAST = 0.05;
const REASONS_MOST = 2;

export interface Told {
  readonly shelf: Shelf;
  readonly inquiry: Inquiry;
  readonly locale: Locale;
  /** The item of a group, for its title. */
  itemOf(group: string): Item | undefined;
}

/** One place of the shopper's history and what it gave. */
export interface Because {
  readonly group: string;
  readonly deed: Deed;
  readonly source: PartName;
  /** Part of the whole score, 0..1. */
  readonly share: number;
}

/** @shape given: what each source gave to the score of the token */
export function reasonsFor(
  token: number,
  given: Readonly<Partial<Record<PartName, number>>>,
  standing: "pinned" | "tried" | "again" | "ranked",
  told: Told,
): readonly Reason[] {
  if (standing === "pinned") return [reason("chosen_by_shop", undefined, told)];
  if (standing === "tried") return [reason("trying_out", undefined, told)];
  if (standing === "again") return [reason("buy_again", undefined, told)];
  if (token >= told.shelf.known) {
    const looks = loudest(given).includes("looks") ? looksReason(token, told) : [];
    return [...looks, reason("new_here", undefined, told)];
  }
  const found: Reason[] = [];
  for (const name of loudest(given)) {
    for (const made of reasonsOfPart(name, token, given, told)) {
      if (!found.some((one) => one.text === made.text)) found.push(made);
    }
    if (found.length === REASONS_MOST) break;
  }
  return found.length > 0 ? found : [reason("popular", undefined, told)];
}

/** None of what an item has in common with one that no source knows: its looks speak for both. */
function reasonsOfPart(
  name: PartName,
  token: number,
  given: Readonly<Partial<Record<PartName, number>>>,
  told: Told,
): readonly Reason[] {
  if (name === "looks") return looksReason(token, told);
  const source = sources.find((one) => one.name === name);
  if (source === undefined || given.looks !== undefined) return [];
  const [because] = becauseOf(token, name, 1, told);
  return [reasonOf(because, source, told.shelf.groups[token] as string, told)];
}

function looksReason(token: number, told: Told): readonly Reason[] {
  const [because] = becauseOf(token, "looks", 1, told);
  return because === undefined ? [] : [reason("looks_like", because.group, told)];
}

/** Nothing is shown because of itself: then the shopper has been there before. */
function reasonOf(because: Because | undefined, source: Source, own: string, told: Told): Reason {
  if (because === undefined) return reason("popular", undefined, told);
  if (because.group !== own) return reason(source.reason(because.deed), because.group, told);
  return reason(because.deed === "bought" ? "buy_again" : "seen_lately", undefined, told);
}

/** The sources that gave most, largest first, those with little left out. */
function loudest(given: Readonly<Partial<Record<PartName, number>>>): PartName[] {
  const entries = Object.entries(given) as [PartName, number][];
  const whole = entries.reduce((sum, [, part]) => sum + part, 0);
  const loud = (least: number, some: typeof entries): PartName[] =>
    some
      .filter(([, part]) => part > 0 && part >= least * whole)
      .sort((a, b) => b[1] - a[1])
      .map(([name]) => name);
  const found = loud(SHARE_LEAST, entries);
  if (found.some((name) => name !== "popularity")) return found;
  const own = entries.filter(([name]) => name !== "popularity");
  return [...loud(OWN_SHARE_LEAST, own).slice(0, 1), ...found];
}

/**
 * Which places of the history a source's part came from, largest first, as shares of `part`. The
 * places of one group are one.
 */
export function becauseOf(
  token: number,
  name: PartName,
  part: number,
  { shelf, inquiry }: Omit<Told, "locale" | "itemOf">,
): readonly Because[] {
  if (name === "looks") return lookedLike(token, part, shelf, inquiry);
  const voice = shelf.voices.find((one) => one.name === name);
  if (voice === undefined || token >= shelf.known) return [];
  const { from, parts }: Parts = voice.source.explain(inquiry.asked, token);
  let whole = 0;
  for (let place = 0; place < parts.length; place++) whole += Math.max(0, parts[place] as number);
  if (whole === 0) return [];
  const byGroup = new Map<string, Because>();
  for (let place = 0; place < parts.length; place++) {
    const one = parts[place] as number;
    if (!(one > 0)) continue;
    const group = shelf.groups[inquiry.asked[from].tokens[place] as number] as string;
    const share = (part * one) / whole + (byGroup.get(group)?.share ?? 0);
    byGroup.set(group, {
      group,
      deed: inquiry.deeds[from][place] ?? "viewed",
      source: name,
      share,
    });
  }
  return [...byGroup.values()].sort((a, b) => b.share - a.share);
}

/** The groups gone by that it looks like, the last of them loudest. */
function lookedLike(
  token: number,
  part: number,
  { looks, groups }: Shelf,
  { alsoLike }: Inquiry,
): readonly Because[] {
  const own = groups[token] as string;
  const found = alsoLike.map((group, at) => ({
    group,
    share: looks.likeness(group, own) / (alsoLike.length - at),
  }));
  const whole = found.reduce((sum, { share }) => sum + share, 0);
  return found
    .filter(({ group, share }) => share > 0 && group !== own)
    .map(({ group, share }): Because => {
      return { group, deed: "viewed", source: "looks", share: (part * share) / whole };
    })
    .sort((a, b) => b.share - a.share);
}

function reason(code: Reason["code"], group: string | undefined, told: Told): Reason {
  const { locale, itemOf } = told;
  const item = group === undefined ? undefined : itemOf(group);
  const title = item === undefined ? (group ?? "") : localText(item.title, locale);
  const named = locale === "zh" ? `“${title}”` : title;
  const text = words[code][locale].replace("{item}", named);
  return { code, text, items: item === undefined ? [] : [item.item] };
}
