import { Select } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import type { JSX } from "react";
import type { ReportSummary } from "../../client/src/made/schemas.ts";
import { useAsk, usePlace } from "../ui/api.ts";
import { moment } from "../ui/format.ts";
import { Answered, Nothing, Page, Sheet } from "../ui/frame.tsx";
import { useAddressState } from "../ui/links.tsx";
import { useLanguage, useWords } from "../ui/words.ts";
import { Calibration } from "./evaluate/calibration.tsx";
import { Comparisons } from "./evaluate/comparisons.tsx";
import { EVALUATE_WORDS } from "./evaluate/evaluate.words.ts";
import { Folds } from "./evaluate/folds.tsx";
import { Lists, Methods, MetricChoice, Segments } from "./evaluate/methods.tsx";
import { ProtocolSheet } from "./evaluate/protocol.tsx";
import { mainMetric, metricsOf, rankingOf } from "./evaluate/ranking-report.ts";
import { RunEvaluation } from "./evaluate/run-evaluation.tsx";
import { TwoReports } from "./evaluate/two-reports.tsx";

/** How good the lists are, by which rules that was measured, and whether a difference is real. */
export function Evaluate(): JSX.Element {
  const words = useWords(EVALUATE_WORDS);
  const language = useLanguage();
  const { shop } = usePlace();
  const queries = useQueryClient();
  const reports = useAsk(["reports"], (client) => client.reports.listReports());
  const newest = reports.data?.rows[0]?.id ?? "";
  const [report, setReport] = useAddressState("report", newest);
  const seen = (id: string): void => {
    void queries.invalidateQueries({ queryKey: [shop.id, "reports"] });
    setReport(id);
  };
  const rows = reports.data?.rows ?? [];
  return (
    <Page
      title={words.title}
      about={words.about}
      actions={
        rows.length === 0 ? undefined : (
          <Select
            aria-label={words.report}
            data={rows.map(({ id, createdAt }) => ({
              value: id,
              label: `${id} · ${moment(createdAt, language)}`,
            }))}
            value={report}
            allowDeselect={false}
            onChange={(next) => setReport(next ?? newest)}
            w={300}
          />
        )
      }
    >
      <Answered of={reports}>
        {() =>
          report === "" ? (
            <Sheet>
              <Nothing title={words.none}>{words.noneNote}</Nothing>
            </Sheet>
          ) : (
            <OneReport id={report} reports={rows} />
          )
        }
      </Answered>
      <Calibration />
      <RunEvaluation onReport={seen} />
    </Page>
  );
}

function OneReport({
  id,
  reports,
}: {
  readonly id: string;
  readonly reports: readonly ReportSummary[];
}): JSX.Element {
  const asked = useAsk(["reports", id], (client) => client.reports.getReport(id));
  const [chosen, setMetric] = useAddressState("metric");
  return (
    <Answered of={asked} height={480}>
      {(answer) => {
        const ranking = rankingOf(answer);
        if (ranking === undefined) return null;
        const metric = metricsOf(ranking).includes(chosen) ? chosen : mainMetric(ranking);
        const shown = { report: ranking, metric, id };
        return (
          <>
            <ProtocolSheet of={ranking} report={answer} />
            <MetricChoice report={ranking} metric={metric} setMetric={setMetric} />
            <Methods {...shown} />
            <Folds {...shown} />
            {ranking.folds === undefined ? <Comparisons {...shown} /> : null}
            <Lists {...shown} />
            <Segments {...shown} />
            {reports.length < 2 ? null : (
              <TwoReports reports={reports} second={id} metric={metric} />
            )}
          </>
        );
      }}
    </Answered>
  );
}
