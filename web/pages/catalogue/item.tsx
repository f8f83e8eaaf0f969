import { Badge, Button, Group, SegmentedControl, SimpleGrid, Stack, Text } from "@mantine/core";
import type { JSX } from "react";
import type { CatalogueItem } from "../../../client/src/index.ts";
import type { ItemInsights } from "../../../client/src/made/schemas.ts";
import { useAsk, useChange } from "../../ui/api.ts";
import { Chart } from "../../ui/chart.tsx";
import { decimal, moment, money, percent, whole } from "../../ui/format.ts";
import { Answered, Figure, Nothing, Page, Sheet } from "../../ui/frame.tsx";
import { ItemLine } from "../../ui/item-card.tsx";
import { PageLink, useAddressState, usePathPart } from "../../ui/links.tsx";
import { ReadersKeepOut } from "../../ui/readers-keep-out.tsx";
import { DataTable } from "../../ui/table.tsx";
import { inLanguage, useLanguage, useWords } from "../../ui/words.ts";
import { PictureField } from "./picture-field.tsx";
import { Variants } from "./variants.tsx";
import { CATALOGUE_WORDS } from "./words.ts";

/** One item: what it is, what it costs, how it did, and what stands beside it. */
export function ItemPage(): JSX.Element {
  const words = useWords(CATALOGUE_WORDS);
  const id = usePathPart("item");
  const item = useAsk(["items", "one", id], (client) => client.items.getItem(id));
  return (
    <Stack>
      <PageLink to="/items">{words.back}</PageLink>
      {item.error ? <Page title={id}>{null}</Page> : null}
      <Answered of={item}>{(found) => <OfItem item={found} />}</Answered>
    </Stack>
  );
}

function OfItem({ item }: { readonly item: CatalogueItem }): JSX.Element {
  const words = useWords(CATALOGUE_WORDS);
  const language = useLanguage();
  const [days, setDays] = useAddressState("days", "30");
  const insights = useAsk(["items", "insights", item.item, days], (client) =>
    client.items.getItemInsights(item.item, { days: Number(days) }),
  );
  const hide = useChange(
    (client, hidden: boolean) => client.items.patchItem(item.item, { hidden }),
    [["items"]],
  );
  return (
    <Page
      title={inLanguage(item.title, language) ?? item.item}
      about={
        <>
          {item.categories.join(" › ")}
          {item.brand === undefined ? "" : ` · ${item.brand}`} · <code>{item.item}</code>{" "}
          {item.hidden ? <Badge color="gray">{words.hidden}</Badge> : null}
        </>
      }
      actions={
        <ReadersKeepOut>
          <Button
            variant="default"
            loading={hide.isPending}
            onClick={() => hide.mutate(!item.hidden)}
          >
            {item.hidden ? words.show : words.hide}
          </Button>
        </ReadersKeepOut>
      }
    >
      <Group align="flex-start" gap="lg">
        <PictureField key={item.group} group={item.group} named={item.images[0]} />
        <Text maw="60ch">{inLanguage(item.description, language)}</Text>
      </Group>
      <SegmentedControl
        w="fit-content"
        value={days}
        onChange={setDays}
        data={["7", "30", "90"].map((n) => ({ value: n, label: words.days(Number(n)) }))}
      />
      <Answered of={insights}>{(found) => <Insights found={found} />}</Answered>
      <Variants group={item.group} insights={insights.data} />
      <Beside item={item.item} />
    </Page>
  );
}

function Insights({ found }: { readonly found: ItemInsights }): JSX.Element {
  const words = useWords(CATALOGUE_WORDS);
  const language = useLanguage();
  const sum = (part: "exposures" | "clicks" | "views" | "cartAdds" | "bought" | "revenueMinor") =>
    found.days.reduce((total, day) => total + day[part], 0);
  const { people } = found;
  const number = (value: number): string => whole(value, language);
  const rate = sum("exposures") === 0 ? null : sum("clicks") / sum("exposures");
  return (
    <Stack>
      <SimpleGrid cols={{ base: 2, sm: 3, lg: 6 }}>
        <Figure
          name={words.shown}
          value={number(sum("exposures"))}
          note={`${words.clickRate}: ${percent(rate, language)}`}
        />
        <Figure name={words.views} value={number(sum("views"))} />
        <Figure name={words.carts} value={number(sum("cartAdds"))} />
        <Figure
          name={words.bought}
          value={number(sum("bought"))}
          note={`${words.revenue}: ${money(sum("revenueMinor"), found.currency, language)}`}
        />
        <Figure name={words.viewers} value={number(people.viewers)} />
        <Figure
          name={words.buyers}
          value={number(people.buyers)}
          note={words.repeat(number(people.repeatBuyers))}
        />
      </SimpleGrid>
      <Sheet>
        {found.days.length === 0 ? <Nothing title={words.noDays} /> : <Course found={found} />}
      </Sheet>
      <Sheet title={words.lately} about={words.latelyNote(BUYERS_MOST)}>
        <Buyers found={found} />
      </Sheet>
    </Stack>
  );
}

/** As many as the server tells. */
const BUYERS_MOST = 20;

function Buyers({ found }: { readonly found: ItemInsights }): JSX.Element {
  const words = useWords(CATALOGUE_WORDS);
  const language = useLanguage();
  return (
    <DataTable
      name="item-buyers"
      rows={found.buyers}
      keyOf={({ shopper }) => shopper}
      columns={[
        {
          id: "shopper",
          head: words.shopper,
          value: ({ shopper }) => shopper,
          cell: ({ shopper }) => (
            <PageLink to={`/shoppers/${encodeURIComponent(shopper)}`}>{shopper}</PageLink>
          ),
        },
        { id: "orders", head: words.orders, value: ({ orders }) => orders },
        { id: "pieces", head: words.boughtPieces, value: ({ pieces }) => pieces },
        {
          id: "last",
          head: words.lastBought,
          value: ({ lastAt }) => lastAt,
          cell: ({ lastAt }) => moment(lastAt, language),
        },
      ]}
      empty={<Nothing title={words.nobody}>{words.nobodyNote}</Nothing>}
    />
  );
}

function Course({ found }: { readonly found: ItemInsights }): JSX.Element {
  const words = useWords(CATALOGUE_WORDS);
  const language = useLanguage();
  const series = [
    ["exposures", words.shown],
    ["views", words.views],
    ["cartAdds", words.carts],
    ["bought", words.bought],
  ] as const;
  const option = {
    legend: { top: 0, type: "scroll" },
    grid: { left: 48, right: 16, top: 36, bottom: 28 },
    tooltip: { trigger: "axis" },
    xAxis: { type: "time" },
    yAxis: { type: "value", minInterval: 1 },
    series: series.map(([part, name]) => ({
      ...{ name, type: "line", showSymbol: found.days.length < 32 },
      data: found.days.map((day) => [day.day, day[part]]),
    })),
  };
  const table = (
    <DataTable
      name="item-days"
      rows={found.days}
      keyOf={({ day }) => String(day)}
      columns={[
        {
          id: "day",
          head: words.day,
          value: ({ day }) => new Date(day).toISOString().slice(0, 10),
        },
        ...series.map(([part, head]) => ({
          ...{ id: part, head, value: (row: ItemInsights["days"][number]) => row[part] },
        })),
        { id: "clicks", head: words.clicks, value: ({ clicks }) => clicks },
        {
          id: "revenue",
          head: words.revenue,
          value: ({ revenueMinor }) => revenueMinor,
          cell: ({ revenueMinor }) => money(revenueMinor, found.currency, language),
        },
      ]}
      empty={null}
    />
  );
  return <Chart name={words.course} option={option} table={table} height={280} />;
}

function Beside({ item }: { readonly item: string }): JSX.Element {
  const words = useWords(CATALOGUE_WORDS);
  const language = useLanguage();
  const ask = {
    surface: "similar",
    items: [item],
    limit: 8,
    locale: language,
    record: false,
  } as const;
  const list = useAsk(["recommend", ask], (client) => client.recommendations.recommend(ask));
  return (
    <Sheet title={words.similar} about={words.similarNote}>
      <Answered of={list}>
        {({ items }) => (
          <DataTable
            name={`beside-${item}`}
            rows={items}
            keyOf={(row) => row.item}
            columns={[
              {
                id: "item",
                head: words.item,
                value: ({ title }) => title,
                cell: (row) => (
                  <PageLink to={`/items/${encodeURIComponent(row.item)}`}>
                    <ItemLine shown={row} />
                  </PageLink>
                ),
              },
              { id: "why", head: words.why, value: ({ reasons }) => reasons[0]?.text },
              {
                id: "score",
                head: words.score,
                value: ({ score }) => score,
                cell: ({ score }) => decimal(score, language),
              },
            ]}
            empty={<Nothing title={words.noSimilar}>{words.noSimilarNote}</Nothing>}
          />
        )}
      </Answered>
    </Sheet>
  );
}
