import type { Shopkeeper } from "../../../../client/src/index.ts";
import type { PredictPage } from "../../../../client/src/made/schemas.ts";

export type Row = PredictPage["rows"][number];

export interface TopAsked {
  readonly head: string;
  /** Empty: all. */
  readonly segment: string;
  readonly most: number;
}

const PAGE = 1_000;

/** The shoppers with the highest chance, asked page by page, so that no list of all is ever held. */
export async function topShoppers(
  { predictions }: Shopkeeper,
  { head, segment, most }: TopAsked,
  signal: AbortSignal,
  told: (asked: number) => void,
): Promise<readonly Row[]> {
  let top: readonly Row[] = [];
  let asked = 0;
  let after: string | null = "";
  while (after !== null) {
    const page: PredictPage = await predictions.listPredictions({ after, limit: PAGE }, { signal });
    const wanted = page.rows.filter((row) => segment === "" || row.segment === segment);
    top = [...top, ...wanted].toSorted((a, b) => chance(b, head) - chance(a, head)).slice(0, most);
    asked += page.rows.length;
    told(asked);
    after = page.next;
  }
  return top;
}

const chance = ({ chances }: Row, head: string): number => chances[head] ?? 0;
