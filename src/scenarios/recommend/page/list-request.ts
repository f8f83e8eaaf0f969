import type { RecommendRequest } from "../../../../client/src/made/schemas.ts";
import { useAddress } from "../../../../web/ui/links.tsx";
import { useLanguage } from "../../../../web/ui/words.ts";
import type { RecommendSurface } from "../schema.ts";

/** The list that is asked for, as it stands in the address. */
export interface ListAsked {
  readonly surface: RecommendSurface;
  readonly who: "" | "shopper" | "anonymous";
  /** Of the shopper or visitor. */
  readonly id: string;
  readonly items: readonly string[];
  readonly limit: number;
  readonly locale: "en" | "zh";
  /** @unit 0..1 */
  readonly diversity: number;
}

const LIMIT_USUAL = 10;
const LIMIT_MOST = 50;
/** These stand beside an item and make no sense without one. */
const BESIDE: ReadonlySet<string> = new Set<RecommendSurface>(["similar", "bought_together"]);

export const lacksItems = ({ surface, items }: ListAsked): boolean =>
  BESIDE.has(surface) && items.length === 0;

/** What the address asks for, and how to ask for something else. */
export function useListAsked(): readonly [ListAsked, (changes: Partial<ListAsked>) => void] {
  const [values, set] = useAddress();
  const language = useLanguage();
  const { shopper, anonymous } = values;
  const who = shopper !== undefined ? "shopper" : anonymous !== undefined ? "anonymous" : "";
  const asked: ListAsked = {
    surface: (values["surface"] ?? "home") as RecommendSurface,
    who: values["who"] === undefined ? who : (values["who"] as ListAsked["who"]),
    id: shopper ?? anonymous ?? "",
    items: (values["items"] ?? "").split(",").filter((id) => id !== ""),
    limit: Math.min(LIMIT_MOST, Math.max(1, Number(values["limit"] ?? LIMIT_USUAL) || 1)),
    locale: values["locale"] === undefined ? language : values["locale"] === "zh" ? "zh" : "en",
    diversity: Math.min(1, Math.max(0, Number(values["diversity"] ?? 0) || 0)),
  };
  const change = (changes: Partial<ListAsked>): void => {
    const next = { ...asked, ...changes };
    const isNamed = next.who !== "" && next.id !== "";
    set({
      surface: next.surface === "home" ? "" : next.surface,
      who: isNamed ? "" : next.who,
      shopper: next.who === "shopper" ? next.id : "",
      anonymous: next.who === "anonymous" ? next.id : "",
      items: next.items.join(","),
      limit: next.limit === LIMIT_USUAL ? "" : String(next.limit),
      locale: next.locale === language ? "" : next.locale,
      diversity: next.diversity === 0 ? "" : String(next.diversity),
      why: "",
    });
  };
  return [asked, change];
}

/** Looked at by the shop's people: never recorded as something that was shown. */
export function requestOf(asked: ListAsked): RecommendRequest {
  const { surface, who, id, items, limit, locale, diversity } = asked;
  return {
    ...{ surface, items, limit, locale, diversity, record: false },
    ...(who === "shopper" && id !== "" ? { shopper: id } : {}),
    ...(who === "anonymous" && id !== "" ? { anonymous: id } : {}),
  };
}
