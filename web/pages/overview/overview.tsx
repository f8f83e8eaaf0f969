import { Box, SegmentedControl, SimpleGrid, Stack } from "@mantine/core";
import type { JSX } from "react";
import type { LiveSnapshot, Overview as Seen } from "../../../client/src/made/schemas.ts";
import { useAsk } from "../../ui/api.ts";
import { ago, bytes, duration, whole } from "../../ui/format.ts";
import { Answered, Figure, Page, Sheet } from "../../ui/frame.tsx";
import { useAddressState } from "../../ui/links.tsx";
import { useLive } from "../../ui/live.ts";
import { useLanguage, useWords } from "../../ui/words.ts";
import { AttentionList } from "./attention-list.tsx";
import { FreshnessFigures } from "./freshness-figures.tsx";
import { ListRevenue } from "./list-revenue.tsx";
import { OVERVIEW_WORDS } from "./overview.words.ts";
import { RightNow } from "./right-now.tsx";
import { ShopFunnel } from "./shop-funnel.tsx";

const EVERY_MS = 15_000;

/** How the shop does, on one page. */
export function Overview(): JSX.Element {
  const words = useWords(OVERVIEW_WORDS);
  const [days, setDays] = useAddressState("days", "7");
  const seen = useAsk(
    ["overview", days],
    (client) => client.shops.getOverview({ days: Number(days) }),
    { everyMs: EVERY_MS },
  );
  const live = useLive<LiveSnapshot>().said;
  return (
    <Page
      title={words.title}
      about={words.about}
      actions={
        <SegmentedControl
          aria-label={words.span}
          data={[...words.spans]}
          value={days}
          onChange={setDays}
        />
      }
    >
      <Answered of={seen} height={600}>
        {(overview) => (
          <Stack gap="lg">
            <Standing overview={overview} live={live} />
            <SimpleGrid cols={{ base: 1, md: 2 }} spacing="lg">
              <Stack gap="lg">
                <AttentionList attention={overview.attention} />
                <RightNow live={live} />
                <ShopFunnel overview={overview} />
              </Stack>
              <Box>
                <ListRevenue overview={overview} />
              </Box>
            </SimpleGrid>
            <FreshnessFigures freshness={overview.freshness} />
            <HealthFigures overview={overview} live={live} />
          </Stack>
        )}
      </Answered>
    </Page>
  );
}

interface Told {
  readonly overview: Seen;
  readonly live: LiveSnapshot | undefined;
}

/** Whether events come and who answers; from the last second where the server says it. */
function Standing({ overview: { status, until }, live }: Told): JSX.Element {
  const words = useWords(OVERVIEW_WORDS);
  const language = useLanguage();
  const now = live?.at ?? until;
  const trainedAt = live?.model?.trainedAt ?? status.trainedAt;
  return (
    <SimpleGrid cols={{ base: 2, sm: 4 }}>
      <Figure
        name={words.rate}
        value={whole(live?.eventsPerSecond, language)}
        note={words.rateNote}
      />
      <Figure
        name={words.last}
        value={ago(live?.lastEventAt ?? status.lastEventAt, now, language)}
        note={words.lastNote}
      />
      <Figure
        name={words.allEvents}
        value={whole(status.events, language)}
        note={words.allEventsNote}
      />
      <Figure
        name={words.model}
        value={
          (live?.model?.version ?? status.model)?.replace(/^recommend-0*/, "#") ?? words.noModel
        }
        note={
          trainedAt === null ? words.noModelNote : words.modelNote(ago(trainedAt, now, language))
        }
      />
    </SimpleGrid>
  );
}

function HealthFigures({ overview, live }: Told): JSX.Element {
  const words = useWords(OVERVIEW_WORDS);
  const language = useLanguage();
  const { health, status } = overview;
  const delay = live === undefined ? "–" : `${live.loopDelayMs.toFixed(1)} ms`;
  return (
    <Sheet title={words.health} about={words.healthNote}>
      <SimpleGrid cols={{ base: 2, sm: 3, lg: 6 }}>
        <Figure name={words.delay} value={delay} note={words.delayNote} />
        <Figure
          name={words.memory}
          value={bytes(live?.rssBytes ?? health.memoryBytes, language)}
          note={words.memoryNote}
        />
        <Figure
          name={words.disk}
          value={bytes(health.usedBytes, language)}
          note={words.diskNote(bytes(health.freeBytes, language))}
        />
        <Figure
          name={words.up}
          value={duration(1_000 * health.upSeconds, language)}
          note={words.upNote}
        />
        <Figure
          name={words.warnings}
          value={whole(health.warnings, language)}
          note={words.warningsNote}
        />
        <Figure
          name={words.catalogue}
          value={whole(status.items, language)}
          note={words.catalogueNote(whole(status.groups, language))}
        />
      </SimpleGrid>
    </Sheet>
  );
}
