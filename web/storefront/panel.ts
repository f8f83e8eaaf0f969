import type { Shown, Turn } from "./lists.ts";

/** The panel beside the shop: this shopper's events as they arrive, and what is made of them. */
export interface Panel {
  show(turns: readonly Turn[]): void;
}

const OPEN = "shop-live";
const EVENTS_MOST = 30;
const TURNS_MOST = 6;

export function openPanel(): Panel {
  const panel = document.querySelector<HTMLElement>("#live");
  const button = document.querySelector<HTMLElement>(".watch");
  if (!panel || !button) return { show: () => {} };
  let stream: EventSource | undefined;
  const set = (isOpen: boolean): void => {
    panel.hidden = !isOpen;
    button.setAttribute("aria-expanded", String(isOpen));
    document.body.toggleAttribute("data-live", isOpen);
    stream?.close();
    stream = isOpen ? follow(panel) : undefined;
    remember(isOpen);
  };
  button.hidden = false;
  button.addEventListener("click", () => {
    set(true);
    panel.querySelector<HTMLElement>(".close")?.focus();
  });
  panel.querySelector(".close")?.addEventListener("click", () => {
    set(false);
    button.focus();
  });
  // A page that is left, even into the browser's own cache, must not hold its connection.
  addEventListener("pagehide", () => stream?.close());
  addEventListener("pageshow", ({ persisted }) => {
    if (persisted && !panel.hidden) set(true);
  });
  if (wasOpen()) set(true);
  return { show: (turns) => showTurns(panel, turns) };
}

function follow(panel: HTMLElement): EventSource {
  const stream = new EventSource("/shop/live");
  const events = panel.querySelector("[data-events]");
  const state = panel.querySelector("[data-state]");
  events?.replaceChildren();
  stream.addEventListener("seen", ({ data }) => {
    events?.prepend(...parsed(data));
    while ((events?.childElementCount ?? 0) > EVENTS_MOST) events?.lastElementChild?.remove();
  });
  stream.addEventListener("state", ({ data }) => state?.replaceChildren(...parsed(data)));
  return stream;
}

/** What our own server wrote; its policy lets no script in it run. */
const parsed = (markup: string): Node[] => [
  ...new DOMParser().parseFromString(markup, "text/html").body.childNodes,
];

function showTurns(panel: HTMLElement, turns: readonly Turn[]): void {
  const place = panel.querySelector("[data-changes]");
  if (!place || turns.length === 0) return;
  place.querySelector(".note")?.remove();
  place.prepend(...turns.map((turn) => turnOf(turn, panel.dataset)));
  while (place.childElementCount > TURNS_MOST) place.lastElementChild?.remove();
}

function turnOf({ heading, before, after }: Turn, words: DOMStringMap): HTMLElement {
  const turn = document.createElement("div");
  turn.className = "turn";
  const name = document.createElement("p");
  name.textContent = heading;
  const was = new Set(before.map(({ group }) => group));
  turn.append(
    name,
    strip(words["was"], before, () => false),
    strip(words["is"], after, ({ group }) => !was.has(group)),
  );
  return turn;
}

function strip(
  word: string | undefined,
  cards: readonly Shown[],
  isFresh: (card: Shown) => boolean,
): HTMLElement {
  const row = document.createElement("div");
  row.className = "strip";
  const label = document.createElement("span");
  label.textContent = word ?? "";
  row.append(label);
  for (const card of cards) {
    const picture = document.createElement("img");
    picture.src = card.image;
    picture.alt = picture.title = card.title;
    picture.className = isFresh(card) ? "picture fresh" : "picture";
    row.append(picture);
  }
  return row;
}

function remember(isOpen: boolean): void {
  try {
    sessionStorage.setItem(OPEN, String(isOpen));
  } catch {
    // Then the next page opens without it.
  }
}

function wasOpen(): boolean {
  try {
    return sessionStorage.getItem(OPEN) === "true";
  } catch {
    return false;
  }
}
