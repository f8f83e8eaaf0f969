import { type Call, sessionNow, tellDone } from "./tracker.ts";

/**
 * Forms of the shop work by themselves. With a script they also tell the tracker what is done, and
 * those that need no new page do without one.
 */
export function hearForms(say: (text: string) => void): void {
  for (const field of document.querySelectorAll<HTMLInputElement>("input[name=session]")) {
    field.form?.addEventListener("submit", () => {
      field.value = sessionNow();
    });
  }
  document.addEventListener("change", ({ target }) => {
    const form = (target as HTMLInputElement).form;
    if (form?.hasAttribute("data-auto")) form.requestSubmit();
  });
  document.addEventListener("submit", (event) => {
    const form = event.target as HTMLFormElement;
    const { tell, done, toggle } = form.dataset;
    if (tell) tellDone(callOf(JSON.parse(tell), new FormData(form)));
    if (done === undefined && toggle === undefined) return;
    event.preventDefault();
    send(form, say).catch(() => form.submit());
  });
}

/** What the form says at the moment of its sending: how many are put into the cart. */
function callOf([name, item, ...rest]: Call, form: FormData): Call {
  if (name !== "cart_add") return [name, item, ...rest];
  return [name, { ...(item as object), quantity: Number(form.get("quantity")) }, ...rest];
}

interface Answer {
  readonly count?: number;
  readonly isLiked?: boolean;
  readonly detail?: string;
}

async function send(form: HTMLFormElement, say: (text: string) => void): Promise<void> {
  const answer = await fetch(form.action, {
    method: "POST",
    headers: { accept: "application/json" },
    body: new URLSearchParams(new FormData(form) as unknown as Record<string, string>),
  });
  const { count, isLiked, detail }: Answer = await answer.json();
  if (!answer.ok) return say(detail ?? "");
  const counter = document.querySelector("[data-count]");
  if (count !== undefined && counter) counter.textContent = String(count);
  if (isLiked !== undefined) showLiked(form, isLiked);
  const { done } = form.dataset;
  if (done) say(done);
}

function showLiked(form: HTMLFormElement, isLiked: boolean): void {
  const button = form.querySelector("button");
  if (!button) return;
  button.setAttribute("aria-pressed", String(isLiked));
  button.textContent = button.dataset[isLiked ? "on" : "off"] ?? "";
  const [, ...rest]: Call = JSON.parse(form.dataset["tell"] ?? "[]");
  form.dataset["tell"] = JSON.stringify([isLiked ? "wishlist_remove" : "wishlist_add", ...rest]);
}
