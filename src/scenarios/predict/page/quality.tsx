import { SimpleGrid, Stack, Title } from "@mantine/core";
import type { JSX } from "react";
import { CalibrationPlot } from "../../../../web/ui/calibration-plot.tsx";
import { fixed, percent, whole } from "../../../../web/ui/format.ts";
import { Figure, Sheet } from "../../../../web/ui/frame.tsx";
import { named, SEGMENTS } from "../../../../web/ui/scene-words.ts";
import { type Column, DataTable } from "../../../../web/ui/table.tsx";
import { type Language, useLanguage, useWords } from "../../../../web/ui/words.ts";
import { PREDICT_WORDS } from "./predict.words.ts";
import { GainPlot, type HeadReport, LiftPlot } from "./quality-plots.tsx";

type Judged = HeadReport["judged"]["overall"];

/** Whether a chance can be relied on: how it ranks, how right it is in size, and for whom. */
export function Quality({
  of,
  segmentCasesLeast,
}: {
  readonly of: HeadReport;
  readonly segmentCasesLeast: number;
}): JSX.Element {
  const words = useWords(PREDICT_WORDS);
  const language = useLanguage();
  const { overall } = of.judged;
  return (
    <Sheet title={words.quality} about={words.qualityNote}>
      <Stack>
        <SimpleGrid cols={{ base: 2, md: 4 }}>
          <Figure name={words.auc} value={fixed(overall.auc, language, 3)} note={words.aucNote} />
          <Figure name={words.ece} value={percent(overall.ece, language)} note={words.eceNote} />
          <Figure
            name={words.rate}
            value={percent(overall.rate, language)}
            note={words.rateNote(percent(overall.said, language))}
          />
          <Figure
            name={words.cases}
            value={whole(overall.cases, language)}
            note={words.casesNote(whole(of.learnedFrom, language))}
          />
        </SimpleGrid>
        <SimpleGrid cols={{ base: 1, md: 2 }}>
          <CalibrationPlot head={of.head} bins={of.lift} ece={overall.ece} />
          <GainPlot of={of} />
        </SimpleGrid>
        <LiftPlot of={of} />
        <BySegment of={of} least={segmentCasesLeast} />
      </Stack>
    </Sheet>
  );
}

function BySegment({
  of: { head, judged },
  least,
}: {
  readonly of: HeadReport;
  readonly least: number;
}): JSX.Element | null {
  const words = useWords(PREDICT_WORDS);
  const language = useLanguage();
  const names = useWords(SEGMENTS);
  const rows = Object.entries(judged.segments).map(([segment, own]) => ({ segment, ...own }));
  if (rows.length === 0) return null;
  return (
    <div>
      <Title order={3} fz={16} mb={4}>
        {words.bySegment}
      </Title>
      <DataTable
        name={`${head}-segments`}
        rows={rows}
        keyOf={({ segment }) => segment}
        columns={[
          { id: "segment", head: words.segment, value: ({ segment }) => named(names, segment) },
          ...judgedColumns(words, language),
        ]}
        empty={words.bySegmentNote(least)}
      />
    </div>
  );
}

const judgedColumns = (
  words: (typeof PREDICT_WORDS)["en"],
  language: Language,
): readonly Column<Judged>[] => [
  {
    id: "cases",
    head: words.cases,
    value: ({ cases }) => cases,
    cell: ({ cases }) => whole(cases, language),
  },
  {
    id: "happened",
    head: words.happened,
    value: ({ rate }) => rate,
    cell: ({ rate }) => percent(rate, language),
  },
  {
    id: "said",
    head: words.said,
    value: ({ said }) => said,
    cell: ({ said }) => percent(said, language),
  },
  {
    id: "auc",
    head: words.auc,
    value: ({ auc }) => auc,
    cell: ({ auc }) => fixed(auc, language, 3),
  },
  {
    id: "ece",
    head: words.ece,
    value: ({ ece }) => ece,
    cell: ({ ece }) => percent(ece, language),
  },
];
