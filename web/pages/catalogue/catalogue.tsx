import { Button, Group, Select, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { type JSX, useState } from "react";
import type { CatalogueItem } from "../../../client/src/index.ts";
import { useAsk } from "../../ui/api.ts";
import { ago, money } from "../../ui/format.ts";
import { Answered, Nothing, Page, Sheet } from "../../ui/frame.tsx";
import { ItemLine } from "../../ui/item-card.tsx";
import { PageLink, useAddressState, useGo } from "../../ui/links.tsx";
import { useNow } from "../../ui/now.ts";
import { type Column, DataTable } from "../../ui/table.tsx";
import { inLanguage, type Language, useLanguage, useWords } from "../../ui/words.ts";
import { CATALOGUE_WORDS } from "./words.ts";

const PAGE = 50;
const PAGE_MOST = 1_000;
const TYPING_MS = 250;

/** The catalogue, searched; each item leads to its own page. */
export function Catalogue(): JSX.Element {
  const words = useWords(CATALOGUE_WORDS);
  const [text, setText] = useAddressState("q");
  const [stock, setStock] = useAddressState("stock");
  const [hidden, setHidden] = useAddressState("hidden");
  const [limit, setLimit] = useState(PAGE);
  const search = useDebouncedCallback(setText, TYPING_MS);
  const query = {
    limit,
    ...(text === "" ? {} : { q: text }),
    ...(stock === "" ? {} : { stock: stock as "in" | "out" }),
    ...(hidden === "" ? {} : { hidden: hidden as "true" | "false" }),
  };
  const items = useAsk(["items", query], (client) => client.items.listItems(query));
  const isSearch = Object.keys(query).length > 1;
  return (
    <Page title={words.title} about={words.about}>
      <Sheet>
        <Group mb="md" align="flex-end">
          <TextInput
            label={words.search}
            description={words.searchNote}
            defaultValue={text}
            onChange={({ currentTarget }) => search(currentTarget.value)}
            flex="1 1 16rem"
          />
          <Select
            label={words.stock}
            data={[...words.stocks]}
            value={stock}
            allowDeselect={false}
            onChange={(next) => setStock(next ?? "")}
            w={150}
          />
          <Select
            label={words.sight}
            data={[...words.sights]}
            value={hidden}
            allowDeselect={false}
            onChange={(next) => setHidden(next ?? "")}
            w={150}
          />
        </Group>
        <Answered of={items} height={420}>
          {({ rows, next }) => (
            <>
              <ItemTable rows={rows} isSearch={isSearch} />
              {next === null || limit >= PAGE_MOST ? null : (
                <Button variant="default" onClick={() => setLimit(limit + 2 * PAGE)}>
                  {words.more}
                </Button>
              )}
            </>
          )}
        </Answered>
      </Sheet>
    </Page>
  );
}

function ItemTable({
  rows,
  isSearch,
}: {
  readonly rows: readonly CatalogueItem[];
  readonly isSearch: boolean;
}): JSX.Element {
  const words = useWords(CATALOGUE_WORDS);
  const language = useLanguage();
  const go = useGo();
  const now = useNow();
  return (
    <DataTable
      name="items"
      rows={rows}
      keyOf={({ item }) => item}
      columns={columnsOf(words, language, now)}
      onRow={({ item }) => go(`/items/${encodeURIComponent(item)}`)}
      empty={
        <Nothing title={isSearch ? words.none : words.empty}>
          {isSearch ? words.noneNote : words.emptyNote}
        </Nothing>
      }
    />
  );
}

const columnsOf = (
  words: (typeof CATALOGUE_WORDS)[Language],
  language: Language,
  now: number,
): readonly Column<CatalogueItem>[] => [
  {
    id: "item",
    head: words.item,
    value: (row) => inLanguage(row.title, language) ?? row.item,
    cell: (row) => (
      <PageLink to={`/items/${encodeURIComponent(row.item)}`}>
        <ItemLine
          shown={{
            item: row.item,
            title: inLanguage(row.title, language),
            image: row.images[0],
          }}
        />
      </PageLink>
    ),
  },
  { id: "category", head: words.category, value: ({ categories }) => categories.join(" › ") },
  {
    id: "price",
    head: words.price,
    value: ({ salePriceMinor, priceMinor }) => salePriceMinor ?? priceMinor,
    cell: ({ salePriceMinor, priceMinor, currency }) =>
      money(salePriceMinor ?? priceMinor, currency, language),
  },
  { id: "stock", head: words.pieces, value: ({ stock }) => stock },
  {
    id: "updated",
    head: words.updated,
    value: ({ updatedAt }) => new Date(updatedAt).toISOString(),
    cell: ({ updatedAt }) => ago(updatedAt, now, language),
  },
];
