import { push } from "./tracker.ts";

/** The lists of a page: told as seen and clicked, asked again when something was done. */
export interface Turn {
  readonly heading: string;
  readonly before: readonly Shown[];
  readonly after: readonly Shown[];
}

/** As much of a card as the panel shows. */
export interface Shown {
  readonly group: string;
  readonly title: string;
  readonly image: string;
}

const MOVE_MS = 450;
const FRESH_MS = 4_000;

/** Returns what changed since these lists were last seen, on whatever page that was. */
export function watchLists(): readonly Turn[] {
  const shelves = [...document.querySelectorAll<HTMLElement>("[data-shelf]")];
  for (const list of shelves) watchShelf(list);
  for (const list of document.querySelectorAll<HTMLElement>("[data-list]")) {
    push(["list", list, JSON.parse(list.dataset["list"] ?? "{}")]);
  }
  return shelves.flatMap((list) => {
    const turn = turnOf(list, lastSeen(list));
    for (const card of turn ? cardsOf(list) : []) {
      if (!turn?.before.some(({ group }) => group === groupOf(card))) mark(card);
    }
    return turn ?? [];
  });
}

/** What is seen and clicked is told under the request that the list answers. */
function watchShelf(list: HTMLElement): void {
  const { surface, request, shelf } = list.dataset;
  if (request) push(["list", list, { surface, request, list: shelf }]);
}

/** Asks the page's lists again and puts what changed into their place; resolves with what did. */
export async function renewLists(): Promise<readonly Turn[]> {
  const lists = [...document.querySelectorAll<HTMLElement>("[data-shelf]")];
  const [first] = lists;
  if (!first) return [];
  const { items = "", category = "" } = first.dataset;
  const shelves = lists.map(({ dataset }) => dataset["shelf"]).join(",");
  const query = new URLSearchParams({ shelves, items, category });
  const answer = await fetch(`/shop/lists?${query}`);
  if (!answer.ok) return [];
  const made = new DOMParser().parseFromString(await answer.text(), "text/html");
  return lists.flatMap((list) => {
    const now = made.querySelector<HTMLElement>(`[data-shelf="${list.dataset["shelf"]}"]`);
    return now ? replaced(list, now) : [];
  });
}

const groupOf = (card: Element): string => (card as HTMLElement).dataset["group"] ?? "";
const cardsOf = (list: Element): HTMLElement[] => [
  ...list.querySelectorAll<HTMLElement>("[data-group]"),
];

function replaced(list: HTMLElement, now: HTMLElement): readonly Turn[] {
  const before = cardsOf(list);
  const after = cardsOf(now);
  const isSame = before.map(groupOf).join() === after.map(groupOf).join();
  // A reader who has a reason open, or stands in the list, is not to lose their place.
  if (isSame || list.contains(document.activeElement) || list.querySelector("details[open]")) {
    return [];
  }
  const places = new Map(before.map((card) => [groupOf(card), card.getBoundingClientRect()]));
  const shown = before.map(shownOf);
  const taken = document.adoptNode(now);
  list.replaceWith(taken);
  watchShelf(taken);
  for (const card of after) move(card, places.get(groupOf(card)));
  const turn = turnOf(taken, shown);
  return turn ? [turn] : [];
}

/** What is different from before, and notes what stands there now. */
function turnOf(list: HTMLElement, before: readonly Shown[]): Turn | undefined {
  const after = cardsOf(list).map(shownOf);
  noteSeen(list, after);
  const order = (cards: readonly Shown[]): string => cards.map(({ group }) => group).join();
  if (before.length === 0 || after.length === 0 || order(before) === order(after)) return undefined;
  return { heading: list.querySelector("h2")?.textContent ?? "", before, after };
}

function shownOf(card: HTMLElement): Shown {
  return {
    group: groupOf(card),
    title: card.querySelector(".title")?.textContent ?? "",
    image: card.querySelector("img")?.getAttribute("src") ?? "",
  };
}

/** A list is the same again when it stands beside the same things, for the same shopper. */
const nameOf = ({ dataset }: HTMLElement): string =>
  ["shop-list", dataset["shelf"], dataset["category"], document.body.dataset["anonymous"]].join(
    " ",
  );

function lastSeen(list: HTMLElement): readonly Shown[] {
  try {
    return list.dataset["items"] ? [] : JSON.parse(sessionStorage.getItem(nameOf(list)) ?? "[]");
  } catch {
    return [];
  }
}

function noteSeen(list: HTMLElement, shown: readonly Shown[]): void {
  if (list.dataset["items"]) return;
  try {
    sessionStorage.setItem(nameOf(list), JSON.stringify(shown));
  } catch {
    // Then the next page has nothing to compare with.
  }
}

function mark(card: HTMLElement): void {
  card.classList.add("fresh");
  setTimeout(() => card.classList.remove("fresh"), FRESH_MS);
}

/** A card glides from where it was; one that is new fades in, and keeps its mark for a while. */
function move(card: HTMLElement, from: DOMRect | undefined): void {
  if (!from) mark(card);
  if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
  const to = card.getBoundingClientRect();
  const start = from
    ? { transform: `translate(${from.left - to.left}px, ${from.top - to.top}px)` }
    : { opacity: 0, transform: "scale(.94)" };
  card.animate([start, {}], { duration: MOVE_MS, easing: "ease-out" });
}
