import { Button, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { type JSX, useState } from "react";
import type { ShopperSummary } from "../../../client/src/made/schemas.ts";
import { useAsk } from "../../ui/api.ts";
import { ago, moment, whole } from "../../ui/format.ts";
import { Answered, Nothing, Page, Sheet } from "../../ui/frame.tsx";
import { PageLink, useAddressState, useGo } from "../../ui/links.tsx";
import { useNow } from "../../ui/now.ts";
import { DataTable } from "../../ui/table.tsx";
import { useLanguage, useWords } from "../../ui/words.ts";
import { SHOPPER_WORDS } from "./words.ts";

const PAGE = 50;
const PAGE_MOST = 1_000;
const TYPING_MS = 250;

const shopperPath = (id: string): string => `/shoppers/${encodeURIComponent(id)}`;

/** Who was here, searched by id; each leads to their own page. */
export function Shoppers(): JSX.Element {
  const words = useWords(SHOPPER_WORDS);
  const [text, setText] = useAddressState("q");
  const [limit, setLimit] = useState(PAGE);
  const search = useDebouncedCallback(setText, TYPING_MS);
  const shoppers = useAsk(["shoppers", text, limit], (client) =>
    client.shoppers.listShoppers({ q: text, limit }),
  );
  return (
    <Page title={words.title} about={words.about}>
      <Sheet>
        <TextInput
          label={words.search}
          description={words.searchNote}
          defaultValue={text}
          onChange={({ currentTarget }) => search(currentTarget.value)}
          maw={360}
          mb="md"
        />
        <Answered of={shoppers} height={420}>
          {({ rows, next }) => (
            <>
              <ShopperTable rows={rows} isSearch={text !== ""} />
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

function ShopperTable({
  rows,
  isSearch,
}: {
  readonly rows: readonly ShopperSummary[];
  readonly isSearch: boolean;
}): JSX.Element {
  const words = useWords(SHOPPER_WORDS);
  const language = useLanguage();
  const go = useGo();
  const now = useNow();
  return (
    <DataTable
      name="shoppers"
      rows={rows}
      keyOf={({ shopper }) => shopper}
      onRow={({ shopper }) => go(shopperPath(shopper))}
      columns={[
        {
          id: "shopper",
          head: words.shopper,
          value: ({ shopper }) => shopper,
          cell: ({ shopper }) => <PageLink to={shopperPath(shopper)}>{shopper}</PageLink>,
        },
        {
          id: "last",
          head: words.last,
          value: ({ lastSeen }) => new Date(lastSeen).toISOString(),
          cell: ({ lastSeen }) => ago(lastSeen, now, language),
        },
        {
          id: "first",
          head: words.first,
          value: ({ firstSeen }) => new Date(firstSeen).toISOString(),
          cell: ({ firstSeen }) => moment(firstSeen, language),
        },
        {
          id: "events",
          head: words.events,
          value: ({ events }) => events,
          cell: ({ events }) => whole(events, language),
        },
        {
          id: "purchases",
          head: words.purchases,
          value: ({ purchases }) => purchases,
          cell: ({ purchases }) => whole(purchases, language),
        },
      ]}
      empty={
        <Nothing title={isSearch ? words.none : words.empty}>
          {isSearch ? null : words.emptyNote}
        </Nothing>
      }
    />
  );
}
