import { Group, SimpleGrid, Stack, Text } from "@mantine/core";
import type { JSX } from "react";
import { isProblem } from "../../../client/src/index.ts";
import type { PredictReport } from "../../../client/src/made/schemas.ts";
import { useAsk } from "../../ui/api.ts";
import { CalibrationPlot, CalibrationTable } from "../../ui/calibration-plot.tsx";
import { fixed, moment, percent, whole } from "../../ui/format.ts";
import { Answered, Nothing, Sheet } from "../../ui/frame.tsx";
import { HeadChoice, USUAL_HEAD } from "../../ui/head-choice.tsx";
import { PageLink, useAddressState } from "../../ui/links.tsx";
import { HEADS, named } from "../../ui/scene-words.ts";
import { DataTable } from "../../ui/table.tsx";
import { useLanguage, useWords } from "../../ui/words.ts";
import { EVALUATE_WORDS } from "./evaluate.words.ts";

/** Whether the chances in service are right in size: those of predictions, for lists state none. */
export function Calibration(): JSX.Element {
  const words = useWords(EVALUATE_WORDS);
  const report = useAsk(["predict", "report"], (client) => client.predictions.predictReport());
  const isUntrained = isProblem(report.error) && report.error.code === "no-model";
  return (
    <Sheet title={words.calibration} about={words.calibrationNote}>
      {isUntrained ? (
        <Nothing title={words.noChances}>
          <p>{words.noChancesNote}</p>
          <PageLink to="/predict">{words.toPredict}</PageLink>
        </Nothing>
      ) : (
        <Answered of={report} height={480}>
          {(found) => <Heads report={found} />}
        </Answered>
      )}
    </Sheet>
  );
}

function Heads({ report }: { readonly report: PredictReport }): JSX.Element | null {
  const words = useWords(EVALUATE_WORDS);
  const language = useLanguage();
  const [head, setHead] = useAddressState("head", USUAL_HEAD);
  const { heads, protocol, model, asOf } = report;
  const chosen = heads.find((one) => one.head === head) ?? heads[0];
  if (chosen === undefined) return null;
  const shown = { head: chosen.head, bins: chosen.lift };
  const { judgeShare, bins } = protocol;
  return (
    <Stack>
      <Text size="sm" c="dimmed">
        {words.chancesOf(model, moment(asOf, language))}{" "}
        {words.chancesJudged(percent(judgeShare, language, 0), bins)}
      </Text>
      <Group justify="space-between" align="flex-end">
        <HeadChoice heads={heads.map((one) => one.head)} head={chosen.head} setHead={setHead} />
        <PageLink to="/predict" search={{ head: chosen.head }}>
          {words.toPredict}
        </PageLink>
      </Group>
      <SimpleGrid cols={{ base: 1, md: 2 }}>
        <CalibrationPlot {...shown} ece={chosen.judged.overall.ece} />
        <div>
          <CalibrationTable {...shown} />
        </div>
      </SimpleGrid>
      <AllHeads heads={heads} />
    </Stack>
  );
}

function AllHeads({ heads }: Pick<PredictReport, "heads">): JSX.Element {
  const words = useWords(EVALUATE_WORDS);
  const language = useLanguage();
  const names = useWords(HEADS);
  const rows = heads.map(({ head, judged }) => ({ head, ...judged.overall }));
  type Row = (typeof rows)[number];
  const number = (id: "said" | "rate" | "ece" | "logLoss", name: string) => ({
    id,
    head: name,
    value: (row: Row) => row[id],
    cell: (row: Row) =>
      id === "logLoss" ? fixed(row[id], language, 4) : percent(row[id], language),
  });
  return (
    <DataTable
      name="calibration"
      rows={rows}
      keyOf={({ head }) => head}
      columns={[
        { id: "head", head: words.chanceName, value: ({ head }) => named(names, head) },
        number("said", words.chanceSaid),
        number("rate", words.chanceHappened),
        number("ece", words.chanceEce),
        number("logLoss", words.chanceLoss),
        {
          id: "cases",
          head: words.chanceCases,
          value: ({ cases }) => cases,
          cell: ({ cases }) => whole(cases, language),
        },
      ]}
      empty={null}
    />
  );
}
