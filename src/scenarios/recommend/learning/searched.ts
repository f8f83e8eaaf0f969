import { createTopK, nothingMasked, topKInto } from "../../../algorithms/top-k.ts";
import { fitInvertedLists } from "../../../algorithms/vectors/inverted-lists.ts";
import type { Question } from "./held-out.ts";
import type { Engine, Source } from "./source.ts";

/**
 * Whether the best groups of a source are looked for in some of its lists only. Idea: how many of them
 * are missed that way depends on what the source has learned, so it is measured on held-out questions,
 * and the smallest share of the groups is looked at that misses few enough; where even a quarter of them
 * misses more, all are looked at, as on a small shelf.
 */
export interface Searchable {
  readonly model: unknown;
  /** What was found, in words; undefined where nothing was tried. */
  readonly note: string | undefined;
}

/** On a shelf of fewer groups all are looked at in a millisecond. */
export const LISTED_LEAST = 20_000;
const SHARES = [0.02, 0.05, 0.1, 0.25];
/** Of the best so many of each question, the share that has to be found. */
const DEPTH = 50;
const RECALL_LEAST = 0.98;
const QUESTIONS = 100;

/** O(groups^1.5 width + questions groups width). */
export async function searchable(
  source: Source,
  model: unknown,
  questions: readonly Question[],
  { random, matmul, provider }: Pick<Engine, "random" | "matmul" | "provider">,
): Promise<Searchable> {
  const table = source.table?.of(model);
  if (table === undefined || table.values.length < LISTED_LEAST * table.width) {
    return { model, note: undefined };
  }
  const { values, width } = table;
  const lists = await fitInvertedLists(values, width, random.split(`lists ${source.name}`), matmul);
  const asked = questions.slice(0, QUESTIONS).map((question) => question.asked);
  let best = 0;
  for (const share of SHARES) {
    const listed = source.table?.listed(model, { ...lists, share });
    const recall = await recallOf(source, listed, asked, values.length / width, provider);
    if (recall >= RECALL_LEAST) {
      return {
        model: listed,
        note: `${source.name}: ${said(recall)} in ${share * 100} % of the groups`,
      };
    }
    best = recall;
  }
  const all = `${source.name}: all groups are looked at, as only ${said(best)} in a quarter of them`;
  return { model, note: all };
}

const said = (recall: number): string =>
  `${(100 * recall).toFixed(1)} % of the best ${DEPTH} are found`;

/** Of the best of all, those that a search finds. @unit 0..1 */
async function recallOf(
  source: Source,
  model: unknown,
  asked: readonly Question["asked"][],
  groups: number,
  provider: Engine["provider"],
): Promise<number> {
  const ready = source.ready(model, provider);
  const [whole, found] = [createTopK(DEPTH), createTopK(DEPTH)];
  const scores = new Float32Array(groups);
  let [wanted, hits] = [0, 0];
  try {
    await ready.read?.(asked, false);
    for (const one of asked) {
      ready.scoreInto(one, scores);
      const best = whole.indexes.subarray(0, topKInto(whole, scores, nothingMasked));
      const had = new Set(found.indexes.subarray(0, ready.answer(one).bestInto(found)));
      wanted += best.length;
      for (const token of best) if (had.has(token)) hits++;
    }
  } finally {
    await ready.release?.();
  }
  return wanted === 0 ? 0 : hits / wanted;
}
