import { Box, Group, Text } from "@mantine/core";
import { type JSX, useMemo } from "react";
import type { LiveEvent, LiveSnapshot } from "../../../client/src/made/schemas.ts";
import { Chart } from "../../ui/chart.tsx";
import { clockTime } from "../../ui/format.ts";
import { Nothing, Sheet } from "../../ui/frame.tsx";
import { PageLink } from "../../ui/links.tsx";
import { EVENTS, named } from "../../ui/scene-words.ts";
import { DataTable } from "../../ui/table.tsx";
import { useLanguage, useWords } from "../../ui/words.ts";
import { OVERVIEW_WORDS } from "./overview.words.ts";

type Minute = LiveSnapshot["minutes"][number];

const NEWEST_SHOWN = 5;

/** The last quarter of an hour, minute by minute, and the newest events. */
export function RightNow({ live }: { readonly live: LiveSnapshot | undefined }): JSX.Element {
  const words = useWords(OVERVIEW_WORDS);
  return (
    <Sheet title={words.now} about={words.nowNote}>
      {live === undefined ? (
        <Nothing title={words.waiting} />
      ) : (
        <>
          <Minutes minutes={live.minutes} />
          <Text fw={600} mt="md">
            {words.newest}
          </Text>
          <Newest events={live.newest.slice(0, NEWEST_SHOWN)} />
        </>
      )}
    </Sheet>
  );
}

function Minutes({ minutes }: { readonly minutes: readonly Minute[] }): JSX.Element {
  const words = useWords(OVERVIEW_WORDS);
  const language = useLanguage();
  const clock = (at: number): string => clockTime(at, language).slice(0, 5);
  // Said each second, and drawn when it changed.
  const key = JSON.stringify(minutes);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key is what the minutes say
  const option = useMemo(
    () => ({
      grid: { left: 8, right: 8, top: 30, bottom: 4, containLabel: true },
      legend: { top: 0, left: 0 },
      tooltip: { trigger: "axis" },
      animation: false,
      xAxis: { type: "category", data: minutes.map(({ at }) => clock(at)) },
      yAxis: { type: "value", minInterval: 1 },
      series: [
        { type: "bar", name: words.events, data: minutes.map(({ events }) => events) },
        { type: "bar", name: words.lists, data: minutes.map(({ lists }) => lists) },
      ],
    }),
    [key, words],
  );
  return (
    <Chart
      name={words.perMinute}
      option={option}
      height={180}
      table={
        <DataTable
          name="events-per-minute"
          rows={minutes}
          keyOf={({ at }) => String(at)}
          empty={null}
          columns={[
            { id: "at", head: words.minute, value: ({ at }) => clock(at) },
            { id: "events", head: words.events, value: ({ events }) => events },
            { id: "lists", head: words.lists, value: ({ lists }) => lists },
          ]}
        />
      }
    />
  );
}

function Newest({ events }: { readonly events: readonly LiveEvent[] }): JSX.Element {
  const words = useWords(OVERVIEW_WORDS);
  const names = useWords(EVENTS);
  const language = useLanguage();
  if (events.length === 0) return <Nothing title={words.none}>{words.noneNote}</Nothing>;
  return (
    <Box component="ul" m={0} p={0} fz="sm" style={{ listStyle: "none" }}>
      {events.map(({ eventId, at, name, item }) => (
        <Group component="li" key={eventId} gap="xs">
          <Text size="sm" c="dimmed" ff="monospace">
            {clockTime(at, language)}
          </Text>
          <Text size="sm" title={name}>
            {named(names, name)}
          </Text>
          {item === null ? null : (
            <PageLink to={`/items/${encodeURIComponent(item)}`}>{item}</PageLink>
          )}
        </Group>
      ))}
    </Box>
  );
}
