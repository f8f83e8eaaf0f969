import { Box, Text } from "@mantine/core";
import type { JSX } from "react";
import type { Overview } from "../../../client/src/made/schemas.ts";
import { percent, whole } from "../../ui/format.ts";
import { Nothing, Sheet } from "../../ui/frame.tsx";
import { type Column, DataTable } from "../../ui/table.tsx";
import { useLanguage, useWords } from "../../ui/words.ts";
import { OVERVIEW_WORDS } from "./overview.words.ts";

const STEPS = ["visited", "viewed", "carted", "bought"] as const;

interface Row {
  readonly step: (typeof STEPS)[number];
  readonly shoppers: number;
  readonly ofAll: number;
  readonly ofBefore: number | null;
  /** Of as long a time before; null when nobody came then. */
  readonly change: number | null;
}

/** Views, carts, purchases: how many shoppers come how far. */
export function ShopFunnel({ overview }: { readonly overview: Overview }): JSX.Element {
  const words = useWords(OVERVIEW_WORDS);
  const language = useLanguage();
  const days = Math.ceil((overview.until - overview.since) / 86_400_000);
  const columns: readonly Column<Row>[] = [
    {
      id: "step",
      head: words.step,
      value: ({ step }) => words.steps[step],
      cell: (row) => <Step row={row} />,
    },
    {
      id: "shoppers",
      head: words.shoppers,
      value: ({ shoppers }) => shoppers,
      cell: ({ shoppers }) => whole(shoppers, language),
    },
    {
      id: "ofBefore",
      head: words.ofBefore,
      value: ({ ofBefore }) => ofBefore,
      cell: ({ ofBefore }) => percent(ofBefore, language),
    },
    {
      id: "change",
      head: words.change,
      value: ({ change }) => change,
      cell: ({ change }) =>
        change === null ? "–" : `${change > 0 ? "+" : ""}${percent(change, language)}`,
    },
  ];
  return (
    <Sheet title={words.trade} about={`${words.tradeNote} ${words.lastDays(days)}`}>
      <DataTable
        name={`funnel-${days}-days`}
        rows={overview.funnel.visited === 0 ? [] : rowsOf(overview)}
        columns={columns}
        keyOf={({ step }) => step}
        empty={<Nothing title={words.noTrade}>{words.noTradeNote}</Nothing>}
      />
    </Sheet>
  );
}

function Step({ row: { step, ofAll } }: { readonly row: Row }): JSX.Element {
  const words = useWords(OVERVIEW_WORDS);
  return (
    <Box miw={110}>
      <Text size="sm">{words.steps[step]}</Text>
      <Box h={8} bg="var(--line)" style={{ borderRadius: 4 }}>
        <Box
          h={8}
          w={`${Math.max(1, 100 * ofAll)}%`}
          bg="var(--mantine-primary-color-filled)"
          style={{ borderRadius: 4 }}
        />
      </Box>
    </Box>
  );
}

function rowsOf({ funnel, funnelBefore }: Overview): Row[] {
  return STEPS.map((step, at) => {
    const shoppers = funnel[step];
    const before = at === 0 ? null : funnel[STEPS[at - 1] as Row["step"]];
    const then = funnelBefore[step];
    return {
      step,
      shoppers,
      ofAll: shoppers / funnel.visited,
      ofBefore: before === null || before === 0 ? null : shoppers / before,
      change: then === 0 ? null : shoppers / then - 1,
    };
  });
}
