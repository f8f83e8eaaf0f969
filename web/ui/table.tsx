import { Button, Group, ScrollArea, Table, Text, UnstyledButton } from "@mantine/core";
import { type JSX, type ReactNode, useMemo, useState } from "react";
import { useWords } from "./words.ts";

const WORDS = {
  en: {
    csv: "Export CSV",
    rows: (n: number) => (n === 1 ? "1 row" : `${n} rows`),
    shown: (n: number, all: number) => `${n} of ${all} rows; the file holds all`,
  },
  zh: {
    csv: "导出 CSV",
    rows: (n: number) => `${n} 行`,
    shown: (n: number, all: number) => `共 ${all} 行，显示 ${n} 行；导出文件包含全部`,
  },
};

/** One column: the value sorts and is exported, the cell is what is seen. */
export interface Column<Row> {
  readonly id: string;
  /** With its unit. */
  readonly head: string;
  readonly value: (row: Row) => string | number | null | undefined;
  readonly cell?: (row: Row) => ReactNode;
  /** Stands in the exported file alone: what the cell of another column says in words. */
  readonly isExportOnly?: boolean;
}

export interface DataTableProps<Row> {
  /** Of the file that is exported, and to those who do not see the table. */
  readonly name: string;
  readonly rows: readonly Row[];
  readonly columns: readonly Column<Row>[];
  readonly keyOf: (row: Row) => string;
  readonly onRow?: (row: Row) => void;
  /** Rows on the page; the file holds all. Absent: all. */
  readonly shownMost?: number;
  /** Shown in place of the table when there is no row. */
  readonly empty: ReactNode;
}

/** A column is not squeezed below this on a phone; the table is then moved sideways. @unit px */
const COLUMN_LEAST = 104;

interface Order {
  readonly id: string;
  readonly down: boolean;
}

/** Rows that sort by a click on a head and leave as CSV. */
export function DataTable<Row>(props: DataTableProps<Row>): JSX.Element {
  const {
    name,
    rows,
    columns: all,
    keyOf,
    onRow,
    empty,
    shownMost = Number.POSITIVE_INFINITY,
  } = props;
  const columns = all.filter(({ isExportOnly }) => isExportOnly !== true);
  const words = useWords(WORDS);
  const [order, setOrder] = useState<Order>();
  const sorted = useMemo(() => sortedRows(rows, all, order), [rows, all, order]);
  const isNumber = useMemo(
    () => new Set(all.filter(({ value }) => rows.some((row) => typeof value(row) === "number"))),
    [rows, all],
  );
  if (rows.length === 0) return <>{empty}</>;
  return (
    <>
      <ScrollArea
        type="auto"
        offsetScrollbars="present"
        viewportProps={{ tabIndex: 0, role: "group", "aria-label": name }}
      >
        <Table
          highlightOnHover={onRow !== undefined}
          aria-label={name}
          verticalSpacing={6}
          miw={COLUMN_LEAST * columns.length}
        >
          <Table.Thead>
            <Table.Tr>
              {columns.map((column) => (
                <Head
                  key={column.id}
                  column={column}
                  order={order}
                  setOrder={setOrder}
                  isNumber={isNumber.has(column)}
                />
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {sorted.slice(0, shownMost).map((row) => (
              <Table.Tr
                key={keyOf(row)}
                {...(onRow && { onClick: () => onRow(row), style: { cursor: "pointer" } })}
              >
                {columns.map((column) => (
                  <Table.Td key={column.id} {...look(isNumber.has(column))}>
                    {column.cell?.(row) ?? column.value(row) ?? "–"}
                  </Table.Td>
                ))}
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </ScrollArea>
      <Group justify="space-between" mt="xs">
        <Text size="xs" c="dimmed">
          {rows.length > shownMost ? words.shown(shownMost, rows.length) : words.rows(rows.length)}
        </Text>
        <Button
          size="compact-xs"
          variant="default"
          onClick={() => saveFile(`${name}.csv`, csvOf(sorted, all), "text/csv")}
        >
          {words.csv}
        </Button>
      </Group>
    </>
  );
}

/** Numbers stand in a column; a text has room for a few words, also where it may break anywhere. */
const look = (isNumber: boolean): object =>
  isNumber
    ? { ta: "right", style: { fontVariantNumeric: "tabular-nums", whiteSpace: "nowrap" } }
    : { style: { minWidth: "7.5rem" } };

function Head<Row>({
  column,
  order,
  setOrder,
  isNumber,
}: {
  readonly column: Column<Row>;
  readonly order: Order | undefined;
  readonly setOrder: (order: Order) => void;
  readonly isNumber: boolean;
}): JSX.Element {
  const isBy = order?.id === column.id;
  const sort = !isBy ? "none" : order.down ? "descending" : "ascending";
  return (
    <Table.Th aria-sort={sort} ta={isNumber ? "right" : "left"}>
      <UnstyledButton
        fz="sm"
        fw={600}
        style={{ whiteSpace: "nowrap" }}
        onClick={() => setOrder({ id: column.id, down: isBy ? !order.down : isNumber })}
      >
        {column.head} {isBy ? (order.down ? "↓" : "↑") : ""}
      </UnstyledButton>
    </Table.Th>
  );
}

function sortedRows<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  order: Order | undefined,
): readonly Row[] {
  const column = columns.find(({ id }) => id === order?.id);
  if (!order || !column) return rows;
  const sign = order.down ? -1 : 1;
  return rows.toSorted((left, right) => {
    const [a, b] = [column.value(left), column.value(right)];
    if (a == null || b == null) return Number(a == null) - Number(b == null);
    if (typeof a === "number" && typeof b === "number") return sign * (a - b);
    return sign * String(a).localeCompare(String(b));
  });
}

/** RFC 4180; a cell that a spreadsheet would take for a formula is told to be text. */
export function csvOf<Row>(rows: readonly Row[], columns: readonly Column<Row>[]): string {
  const lines = [
    columns.map(({ head }) => quoted(head)),
    ...rows.map((row) => columns.map(({ value }) => quoted(value(row)))),
  ];
  return `\uFEFF${lines.map((line) => line.join(",")).join("\r\n")}\r\n`;
}

function quoted(value: string | number | null | undefined): string {
  if (value == null) return "";
  if (typeof value === "number") return String(value);
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Hands a text to the reader as a file. */
export function saveFile(name: string, text: string, type: string): void {
  const address = URL.createObjectURL(new Blob([text], { type: `${type};charset=utf-8` }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  URL.revokeObjectURL(address);
}
