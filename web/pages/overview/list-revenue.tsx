import { SimpleGrid, Stack } from "@mantine/core";
import { type JSX, useMemo } from "react";
import type { Overview } from "../../../client/src/made/schemas.ts";
import { Chart } from "../../ui/chart.tsx";
import { dayOf, inUnits, money, percent, whole } from "../../ui/format.ts";
import { Figure, Nothing, Sheet } from "../../ui/frame.tsx";
import { DataTable } from "../../ui/table.tsx";
import { useLanguage, useWords } from "../../ui/words.ts";
import { OVERVIEW_WORDS } from "./overview.words.ts";

type DayTaken = Overview["taken"][number];

/** What was paid for items that were clicked in a list before, by the rule that the sheet states. */
export function ListRevenue({ overview }: { readonly overview: Overview }): JSX.Element {
  const words = useWords(OVERVIEW_WORDS);
  const currencies = [...new Set(overview.taken.map(({ currency }) => currency))];
  return (
    <Sheet title={words.revenue} about={words.rule(overview.clickDays)}>
      {currencies.length === 0 ? (
        <Nothing title={words.noRevenue}>{words.noRevenueNote}</Nothing>
      ) : (
        <Stack gap="lg">
          {currencies.map((currency) => (
            <OfCurrency
              key={currency}
              currency={currency}
              days={overview.taken.filter((day) => day.currency === currency)}
              overview={overview}
            />
          ))}
        </Stack>
      )}
    </Sheet>
  );
}

interface OfCurrencyProps {
  readonly currency: string;
  readonly days: readonly DayTaken[];
  readonly overview: Overview;
}

function OfCurrency({ currency, days, overview }: OfCurrencyProps): JSX.Element {
  const words = useWords(OVERVIEW_WORDS);
  const language = useLanguage();
  const sum = (of: (day: DayTaken) => number): number =>
    days.reduce((total, day) => total + of(day), 0);
  const revenueMinor = sum((day) => day.revenueMinor);
  const throughMinor = sum((day) => day.throughMinor);
  const { shown, clicked } = overview.lists;
  const range = words.lastDays(Math.ceil((overview.until - overview.since) / 86_400_000));
  const clicks = shown === 0 ? words.noLists : words.clickRate(percent(clicked / shown, language));
  return (
    <>
      <SimpleGrid cols={2}>
        <Figure name={words.through} value={money(throughMinor, currency, language)} note={range} />
        <Figure
          name={words.share}
          value={percent(revenueMinor === 0 ? null : throughMinor / revenueMinor, language)}
          note={`${words.taken} ${money(revenueMinor, currency, language)}`}
        />
        <Figure
          name={words.orders}
          value={whole(
            sum((day) => day.orders),
            language,
          )}
          note={range}
        />
        <Figure name={words.listsShown} value={whole(shown, language)} note={clicks} />
      </SimpleGrid>
      <Days currency={currency} days={days} overview={overview} />
    </>
  );
}

/** Every day of the range, those without a purchase too. */
function Days({ currency, days: taken, overview }: OfCurrencyProps): JSX.Element {
  const words = useWords(OVERVIEW_WORDS);
  const language = useLanguage();
  const days = useMemo(
    () => everyDay(overview.since, overview.until, currency, taken),
    [overview.since, overview.until, currency, taken],
  );
  const option = useMemo(() => {
    const part = (name: string, of: (day: DayTaken) => number) => ({
      ...{ type: "bar", stack: "all", name },
      data: days.map((day) => inUnits(of(day), currency)),
    });
    return {
      grid: { left: 8, right: 8, top: 30, bottom: 4, containLabel: true },
      legend: { top: 0, left: 0 },
      tooltip: { trigger: "axis" },
      xAxis: { type: "category", data: days.map(({ day }) => dayOf(day, language)) },
      yAxis: { type: "value" },
      series: [
        part(words.through, (day) => day.throughMinor),
        part(words.others, (day) => day.revenueMinor - day.throughMinor),
      ],
    };
  }, [days, currency, language, words]);
  return (
    <Chart
      name={words.byDay(currency)}
      option={option}
      height={200}
      table={
        <DataTable
          name={`revenue-${currency}`}
          rows={days}
          keyOf={({ day }) => String(day)}
          empty={null}
          columns={[
            {
              id: "day",
              head: words.day,
              value: ({ day }) => new Date(day).toISOString().slice(0, 10),
            },
            { id: "orders", head: words.orders, value: ({ orders }) => orders },
            {
              id: "revenue",
              head: `${words.taken} (${currency})`,
              value: ({ revenueMinor }) => inUnits(revenueMinor, currency),
            },
            {
              id: "through",
              head: `${words.through} (${currency})`,
              value: ({ throughMinor }) => inUnits(throughMinor, currency),
            },
          ]}
        />
      }
    />
  );
}

const DAY_MS = 86_400_000;

function everyDay(
  since: number,
  until: number,
  currency: string,
  taken: readonly DayTaken[],
): DayTaken[] {
  const known = new Map(taken.map((one) => [one.day, one]));
  const count = Math.ceil((until - since) / DAY_MS);
  return Array.from({ length: count }, (_, at) => {
    const day = since + at * DAY_MS;
    return known.get(day) ?? { day, currency, orders: 0, revenueMinor: 0, throughMinor: 0 };
  });
}
