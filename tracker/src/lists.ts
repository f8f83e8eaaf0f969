/** One row of a list as it was seen or clicked. */
export interface Row {
  readonly item: string;
  /** From 0. */
  readonly position: number;
}

const ROW = "[data-item]";
/** As the Media Rating Council counts: half of it in view for a second. */
const SHARE_IN_VIEW = 0.5;
const TIME_IN_VIEW_MS = 1_000;

/**
 * Tells which rows of a list were seen, each once, and which were clicked. A row is an element
 * with `data-item`; its place is its `data-position`, else its number among them.
 */
export function watchList<Context>(
  root: ParentNode & EventTarget,
  context: Context,
  tell: (what: "list_view" | "list_click", rows: readonly Row[], context: Context) => void,
): void {
  const rows: readonly Element[] = [...root.querySelectorAll(ROW)];
  const rowOf = (element: Element): Row => {
    const { item = "", position = rows.indexOf(element) } = (element as HTMLElement).dataset;
    return { item, position: Number(position) };
  };
  const inView = new Set<Element>();
  const observer = new IntersectionObserver(
    (changes) => {
      for (const { target, isIntersecting } of changes) {
        if (isIntersecting) inView.add(target);
        else inView.delete(target);
      }
      setTimeout(() => {
        const seen = changes.map(({ target }) => target).filter((row) => inView.delete(row));
        for (const row of seen) observer.unobserve(row);
        if (seen[0]) tell("list_view", seen.map(rowOf), context);
      }, TIME_IN_VIEW_MS);
    },
    { threshold: SHARE_IN_VIEW },
  );
  for (const row of rows) observer.observe(row);
  root.addEventListener("click", ({ target }) => {
    const row = (target as Element).closest(ROW);
    if (row) tell("list_click", [rowOf(row)], context);
  });
}
