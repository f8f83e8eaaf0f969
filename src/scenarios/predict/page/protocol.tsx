import { SimpleGrid, Text } from "@mantine/core";
import type { JSX } from "react";
import type { PredictReport } from "../../../../client/src/made/schemas.ts";
import { fixed, percent } from "../../../../web/ui/format.ts";
import { Notes, Sheet } from "../../../../web/ui/frame.tsx";
import { noteSaid } from "../../../../web/ui/note-words.ts";
import { named } from "../../../../web/ui/scene-words.ts";
import { useLanguage, useWords } from "../../../../web/ui/words.ts";
import { PREDICT_WORDS } from "./predict.words.ts";
import type { HeadReport } from "./quality-plots.tsx";

/** Under which rules the numbers of a report came about. */
export function ProtocolSheet({
  report: { protocol, notes },
  of,
}: {
  readonly report: PredictReport;
  readonly of: HeadReport;
}): JSX.Element {
  const words = useWords(PREDICT_WORDS);
  const language = useLanguage();
  const share = (value: number): string => percent(value, language, 0);
  const { learnShare, stopShare, calibrateShare, judgeShare, bins, seed } = protocol;
  const losses = Object.entries(of.chosen)
    .toSorted(([, a], [, b]) => a - b)
    .map(([voice, loss]) => `${named(words.voices, voice)} ${fixed(loss, language, 4)}`);
  const lines = [
    {
      name: words.split,
      value: words.splitValue(
        share(learnShare),
        share(stopShare),
        share(calibrateShare),
        share(judgeShare),
      ),
    },
    { name: words.speaks, value: named(words.voices, of.voice) },
    { name: words.losses, value: losses.join(" · ") },
    { name: words.calibrator, value: of.calibration },
    { name: words.bins, value: words.binsValue(bins) },
    { name: words.seed, value: String(seed) },
  ];
  return (
    <Sheet title={words.protocol} about={words.protocolNote}>
      <SimpleGrid cols={{ base: 1, xs: 2, md: 3 }} spacing="md" component="dl" m={0}>
        {lines.map(({ name, value }) => (
          <div key={name}>
            <Text component="dt" size="xs" c="dimmed">
              {name}
            </Text>
            <Text component="dd" size="sm" m={0}>
              {value}
            </Text>
          </div>
        ))}
      </SimpleGrid>
      <Notes title={words.notes} notes={notes.map((note) => noteSaid(note, language))} />
    </Sheet>
  );
}
