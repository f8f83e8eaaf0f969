import { type Event, type EventItem, ownNames } from "../collect/event.ts";
import { mayMeasure, mayPersonalise, readEvent } from "../collect/stored-event.ts";
import type { Parameter } from "../storage/analytics.ts";
import type { StoredRow } from "../storage/event-log.ts";

/**
 * The log as columns: one row for each item of an event, one row with a null item for an event
 * without items. `seq` and `line` say where it stands in the log and in the event; `at` is when it
 * happened. Every query that reads a shop's past reads this table.
 */
export const actionsTable = "actions";

/** Column to SQL type, in the order of the table. */
const columns = {
  shop: "VARCHAR NOT NULL",
  seq: "BIGINT NOT NULL",
  line: "INTEGER NOT NULL",
  event_id: "VARCHAR NOT NULL",
  person: "VARCHAR",
  session: "VARCHAR",
  at_ms: "BIGINT NOT NULL",
  name: "VARCHAR NOT NULL",
  item: "VARCHAR",
  quantity: "DOUBLE",
  unit_price_minor: "BIGINT",
  currency: "VARCHAR",
  position: "INTEGER",
  propensity: "DOUBLE",
  surface: "VARCHAR",
  list: "VARCHAR",
  request: "VARCHAR",
  query: "VARCHAR",
  order_id: "VARCHAR",
  rating: "DOUBLE",
  value_minor: "BIGINT",
  personalise: "BOOLEAN NOT NULL",
  measure: "BOOLEAN NOT NULL",
  model: "VARCHAR",
} as const;

export const actionColumns: readonly string[] = Object.keys(columns);

export const actionsDdl: string = `CREATE TABLE IF NOT EXISTS ${actionsTable} (
  ${Object.entries(columns)
    .map(([name, type]) => `${name} ${type}`)
    .join(",\n  ")}
)`;

/** Rows of the table being gathered, column by column. */
export interface ActionBatch {
  readonly columns: readonly Parameter[][];
  lines: number;
}

export const emptyActions = (): ActionBatch => ({
  columns: actionColumns.map(() => []),
  lines: 0,
});

/** Adds the lines of one row of the log. O(items). */
export function addActions(batch: ActionBatch, shop: string, row: StoredRow): void {
  const event = readEvent(row);
  if (event.items.length === 0) addLine(batch, shop, row, event, 0, noItem);
  for (let line = 0; line < event.items.length; line++) {
    addLine(batch, shop, row, event, line, event.items[line] as EventItem);
  }
}

const noItem: Partial<EventItem> = {};

function addLine(
  batch: ActionBatch,
  shop: string,
  row: StoredRow,
  event: Event,
  line: number,
  item: Partial<EventItem>,
): void {
  const { context } = event;
  let at = 0;
  const put = (value: Parameter | undefined): void => {
    (batch.columns[at++] as Parameter[]).push(value ?? null);
  };
  put(shop);
  put(row.seq);
  put(line);
  put(row.eventId);
  put(row.person);
  put(event.session);
  put(row.at);
  put(row.name);
  put(item.item);
  put(item.quantity);
  put(item.unitPriceMinor);
  put(event.currency);
  put(item.position);
  put(item.propensity);
  put(context.surface);
  put(context.list);
  put(context.request);
  put(context.query);
  put(context.order);
  put(context.rating);
  put(event.valueMinor);
  put(mayPersonalise(event));
  put(mayMeasure(event));
  put(modelOf(event));
  batch.lines++;
}

/** The version that answered with the list, or said what it expected. */
function modelOf({ name, properties }: Event): string | undefined {
  const model = ownNames.includes(name) ? properties?.["model"] : undefined;
  return typeof model === "string" ? model : undefined;
}

/** SQL: one number that sorts by time, then arrival, then line. @unit at * 2^48 + seq * 2^8 + line */
export const placeSql = "at_ms::HUGEINT * 281474976710656 + seq * 256 + line";

/** SQL: names of what nobody did. */
export const ownNamesSql: string = `(${ownNames.map((name) => `'${name}'`).join(", ")})`;

/** SQL: persons whose last word before the moment was no. $1 shop, $2 moment. */
export const refusedSql: string = `SELECT person FROM ${actionsTable}
  WHERE shop = $1 AND at_ms < $2 AND name = 'consent' AND person IS NOT NULL
  GROUP BY person HAVING NOT arg_max(personalise, ${placeSql})`;
