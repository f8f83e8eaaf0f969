import { Button, Group, NumberInput, Progress, Select, Stack, Text } from "@mantine/core";
import { type JSX, useRef, useState } from "react";
import type { SegmentForecasts } from "../../../../client/src/made/schemas.ts";
import { usePlace } from "../../../../web/ui/api.ts";
import { money, whole } from "../../../../web/ui/format.ts";
import { Nothing, Sheet } from "../../../../web/ui/frame.tsx";
import { ProblemNote } from "../../../../web/ui/problem-note.tsx";
import { HEADS, named, SEGMENTS } from "../../../../web/ui/scene-words.ts";
import { type Column, DataTable } from "../../../../web/ui/table.tsx";
import { useLanguage, useWords } from "../../../../web/ui/words.ts";
import { PREDICT_WORDS } from "./predict.words.ts";
import { chanceColumn } from "./segments.tsx";
import { type Row, type TopAsked, topShoppers } from "./top-shoppers.ts";

const SHOWN_MOST = 20;
const LIST_MOST = 10_000;

interface Collected {
  readonly of: TopAsked;
  readonly rows: readonly Row[];
}

/** The likeliest shoppers, to leave as a file. */
export function Lists({
  head,
  forecasts: { segments },
  onShopper,
}: {
  readonly head: string;
  readonly forecasts: SegmentForecasts;
  readonly onShopper: (shopper: string) => void;
}): JSX.Element {
  const words = useWords(PREDICT_WORDS);
  const names = useWords(SEGMENTS);
  const language = useLanguage();
  const [segment, setSegment] = useState("");
  const [most, setMost] = useState(100);
  const work = useCollecting();
  const all = segments.reduce((sum, { shoppers }) => sum + shoppers, 0);
  return (
    <Sheet title={words.list} about={words.listNote}>
      <Stack>
        <Group align="flex-end">
          <Select
            label={words.segment}
            data={[
              { value: "", label: words.everybody },
              ...segments.map((one) => ({
                value: one.segment,
                label: `${named(names, one.segment)} (${whole(one.shoppers, language)})`,
              })),
            ]}
            value={segment}
            allowDeselect={false}
            onChange={(next) => setSegment(next ?? "")}
            w={260}
          />
          <NumberInput
            label={words.top}
            min={1}
            max={LIST_MOST}
            value={most}
            onChange={(next) => setMost(Math.min(LIST_MOST, Math.max(1, Number(next) || 1)))}
            w={120}
          />
          {work.asked === undefined ? (
            <Button onClick={() => void work.begin({ head, segment, most })}>
              {words.collect}
            </Button>
          ) : (
            <Button variant="default" onClick={work.stop}>
              {words.cancel}
            </Button>
          )}
        </Group>
        {work.asked === undefined ? null : (
          <div aria-live="polite">
            <Text size="sm">
              {words.collecting(whole(work.asked, language), whole(all, language))}
            </Text>
            <Progress value={(100 * work.asked) / Math.max(1, all)} aria-label={words.list} />
          </div>
        )}
        {work.error === undefined ? null : <ProblemNote error={work.error} />}
        {work.found === undefined ? null : (
          <TopList of={work.found.of} rows={work.found.rows} onShopper={onShopper} />
        )}
      </Stack>
    </Sheet>
  );
}

interface Collecting {
  /** How many were asked so far; undefined while nothing runs. */
  readonly asked: number | undefined;
  readonly found: Collected | undefined;
  readonly error: Error | undefined;
  begin(of: TopAsked): Promise<void>;
  stop(): void;
}

function useCollecting(): Collecting {
  const { client } = usePlace();
  const [asked, setAsked] = useState<number | undefined>(undefined);
  const [found, setFound] = useState<Collected | undefined>(undefined);
  const [error, setError] = useState<Error | undefined>(undefined);
  const stopper = useRef(new AbortController());
  const begin = async (of: TopAsked): Promise<void> => {
    stopper.current = new AbortController();
    const { signal } = stopper.current;
    setAsked(0);
    setError(undefined);
    try {
      setFound({ of, rows: await topShoppers(client, of, signal, setAsked) });
    } catch (failed) {
      if (!signal.aborted) setError(failed as Error);
    }
    setAsked(undefined);
  };
  return { asked, found, error, begin, stop: () => stopper.current.abort() };
}

function TopList({
  of,
  rows,
  onShopper,
}: Collected & { readonly onShopper: (shopper: string) => void }): JSX.Element {
  const words = useWords(PREDICT_WORDS);
  const heads = useWords(HEADS);
  const names = useWords(SEGMENTS);
  const language = useLanguage();
  const others = Object.keys(rows[0]?.chances ?? {}).filter((name) => name !== of.head);
  const columns: readonly Column<Row>[] = [
    {
      id: "shopper",
      head: words.shopper,
      value: ({ person }) => person,
      cell: ({ person }) => (
        <Button size="compact-xs" variant="subtle" onClick={() => onShopper(person)}>
          {person}
        </Button>
      ),
    },
    { id: "segment", head: words.segment, value: ({ segment }) => named(names, segment) },
    ...[of.head, ...others].map((name) => chanceColumn(name, named(heads, name), language)),
    {
      id: "value",
      head: words.valueName,
      value: ({ expectedMinor }) => expectedMinor,
      cell: ({ expectedMinor, currency }) => money(expectedMinor, currency, language),
    },
  ];
  return (
    <DataTable
      name={`${of.head}-top-${of.most}${of.segment === "" ? "" : `-${of.segment}`}`}
      rows={rows}
      columns={columns}
      keyOf={({ person }) => person}
      shownMost={SHOWN_MOST}
      empty={<Nothing title={words.noRows} />}
    />
  );
}
