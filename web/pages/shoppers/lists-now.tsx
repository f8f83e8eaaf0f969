import { Group, SegmentedControl, SimpleGrid, Text } from "@mantine/core";
import type { JSX } from "react";
import { useAsk } from "../../ui/api.ts";
import { Answered, Nothing, Sheet } from "../../ui/frame.tsx";
import { ItemLine } from "../../ui/item-card.tsx";
import { PageLink, useAddressState } from "../../ui/links.tsx";
import { SURFACES } from "../../ui/scene-words.ts";
import { useLanguage, useWords } from "../../ui/words.ts";
import { SHOPPER_WORDS } from "./words.ts";

/** Surfaces whose list needs nothing but to know who asks. */
const OWN = ["home", "buy_again", "popular"] as const;

/** What the shopper would be shown now, and why. */
export function ListsNow({ shopper }: { readonly shopper: string }): JSX.Element {
  const words = useWords(SHOPPER_WORDS);
  const surfaces = useWords(SURFACES);
  const language = useLanguage();
  const [surface, setSurface] = useAddressState("surface", "home");
  const ask = {
    ...{ surface: surface as (typeof OWN)[number], shopper, limit: 8 },
    ...{ locale: language, record: false },
  };
  const list = useAsk(["recommend", ask], (client) => client.recommendations.recommend(ask));
  return (
    <Sheet
      title={words.lists}
      about={words.listsNote}
      actions={
        <PageLink to="/recommend" search={{ surface, shopper }}>
          {words.whyNot}
        </PageLink>
      }
    >
      <Group mb="md">
        <SegmentedControl
          aria-label={words.surface}
          value={surface}
          onChange={setSurface}
          data={OWN.map((value) => ({ value, label: surfaces[value] ?? value }))}
        />
      </Group>
      <Answered of={list}>
        {({ items }) =>
          items.length === 0 ? (
            <Nothing title={words.noList} />
          ) : (
            <SimpleGrid cols={{ base: 1, sm: 2, lg: 4 }}>
              {items.map((row) => (
                <PageLink key={row.item} to={`/items/${encodeURIComponent(row.item)}`}>
                  <ItemLine shown={row}>
                    <Text size="xs" c="dimmed" lineClamp={2}>
                      {row.reasons[0]?.text}
                    </Text>
                  </ItemLine>
                </PageLink>
              ))}
            </SimpleGrid>
          )
        }
      </Answered>
    </Sheet>
  );
}
