import { join } from "node:path";
import type { Tables } from "../../storage/tables.ts";
import type { Adapter } from "../importing.ts";
import { mentionedItems, type RowSays, rowPart, type Values } from "./table-part.ts";

/**
 * Diginetica click sessions, SR-GNN lineage. The training sessions are views of an anonymous
 * visitor (the session's id is both). Moments are invented: clicks one minute apart, sessions
 * begun one minute after one another in the published order, which is that of time. The test cases
 * are prefixes and targets for evaluation and no events; `readDigineticaCases` reads them.
 * Source: CIKM Cup 2016 track 2; preprocessing of SR-GNN (AAAI 2019).
 */
export const digineticaSessions: Adapter = {
  name: "diginetica-sessions",
  about: "Diginetica: 906,140 clicks in 186,670 sessions, 43,097 items (research only)",
  async parts(tables, folder, batchRows) {
    const source = { tables, folder, batchRows, file: "train.parquet" };
    return [
      await mentionedItems(
        source,
        ({ item_id: id }) => String(id),
        (id) => ({ item: id, title: { en: `Item ${id}` } }),
      ),
      await rowPart("events", source, click),
    ];
  },
};

const MINUTE_MS = 60_000;
const START_MS = Date.UTC(2016, 0, 1);

function click({ session_id: session, position, item_id: item }: Values): RowSays {
  const id = String(session);
  const minute = Number(session) + Number(position);
  return {
    event: {
      name: "item_view",
      anonymous: id,
      session: id,
      at: START_MS + minute * MINUTE_MS,
      items: [{ item: String(item) }],
    },
  };
}

/** One question of the published test: which item comes after these? */
export interface SessionCase {
  readonly prefix: readonly string[];
  readonly target: string;
}

/** The 60,858 published test cases, in order. */
export async function readDigineticaCases(
  tables: Tables,
  folder: string,
): Promise<readonly SessionCase[]> {
  const cases: SessionCase[] = [];
  const options = { format: "parquet", afterLine: 0, batch: 20_000 } as const;
  for await (const { rows } of tables.read(join(folder, "test.parquet"), options)) {
    for (const { values } of rows) {
      cases.push({
        prefix: String(values["prefix"]).split(" "),
        target: String(values["target"]),
      });
    }
  }
  return cases;
}
