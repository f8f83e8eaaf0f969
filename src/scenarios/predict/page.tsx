import { Group, Stack, Text } from "@mantine/core";
import { type UseQueryResult, useQueryClient } from "@tanstack/react-query";
import type { JSX } from "react";
import { isProblem } from "../../../client/src/index.ts";
import type { PredictReport, SegmentForecasts } from "../../../client/src/made/schemas.ts";
import { useAsk, usePlace } from "../../../web/ui/api.ts";
import { moment } from "../../../web/ui/format.ts";
import { Answered, Nothing, Page, Sheet } from "../../../web/ui/frame.tsx";
import { HeadChoice, USUAL_HEAD } from "../../../web/ui/head-choice.tsx";
import { useAddressState } from "../../../web/ui/links.tsx";
import { LongWork } from "../../../web/ui/long-work.tsx";
import { useLanguage, useWords } from "../../../web/ui/words.ts";
import { Lists } from "./page/lists.tsx";
import { Outcomes } from "./page/outcomes.tsx";
import { PREDICT_WORDS } from "./page/predict.words.ts";
import { ProtocolSheet } from "./page/protocol.tsx";
import { Quality } from "./page/quality.tsx";
import { Segments } from "./page/segments.tsx";
import { ShopperCard } from "./page/shopper-card.tsx";

/** What shoppers will probably do, how far that can be relied on, and who to write to. */
export function PredictPage(): JSX.Element {
  const words = useWords(PREDICT_WORDS);
  const report = useAsk(["predict", "report"], (client) => client.predictions.predictReport());
  // Both at once: everybody is counted while the report is on its way.
  const forecasts = useAsk(["predict", "segments"], (client) =>
    client.predictions.predictSegments(),
  );
  const isUntrained = isProblem(report.error) && report.error.code === "no-model";
  return (
    <Page title={words.title} about={words.about}>
      {isUntrained ? (
        <Sheet>
          <Nothing title={words.none}>{words.noneNote}</Nothing>
          <Group justify="center">
            <Train label={words.train} />
          </Group>
        </Sheet>
      ) : (
        <Answered of={report} height={480}>
          {(found) => <Trained report={found} forecasts={forecasts} />}
        </Answered>
      )}
    </Page>
  );
}

function Train({ label }: { readonly label: string }): JSX.Element {
  const { shop } = usePlace();
  const queries = useQueryClient();
  return (
    <LongWork
      kind="train-predict"
      label={label}
      begin={(client) => client.predictions.trainPredictions({ seed: 1 })}
      onEnd={() => void queries.invalidateQueries({ queryKey: [shop.id, "predict"] })}
    />
  );
}

function Trained({
  report,
  forecasts,
}: {
  readonly report: PredictReport;
  readonly forecasts: UseQueryResult<SegmentForecasts, Error>;
}): JSX.Element {
  const words = useWords(PREDICT_WORDS);
  const language = useLanguage();
  const [head, setHead] = useAddressState("head", USUAL_HEAD);
  const heads = report.heads.map((one) => one.head as string);
  const chosen = report.heads.find((one) => one.head === head) ?? report.heads[0];
  if (chosen === undefined) return <Nothing title={words.none}>{words.noneNote}</Nothing>;
  return (
    <Stack gap="lg">
      <Group justify="space-between" align="flex-end">
        <HeadChoice heads={heads} head={chosen.head} setHead={setHead} />
        <Train label={words.trainAgain} />
      </Group>
      <Text size="sm" c="dimmed">
        {words.inService(report.model, moment(report.asOf, language))}
      </Text>
      <Answered of={forecasts} height={320}>
        {(found) => <Segments forecasts={found} head={askedOfAll(found, chosen.head)} />}
      </Answered>
      <Quality of={chosen} segmentCasesLeast={report.protocol.segmentCasesLeast} />
      <ProtocolSheet report={report} of={chosen} />
      <Outcomes />
      <Answered of={forecasts}>
        {(found) => <Asked forecasts={found} head={chosen.head} />}
      </Answered>
    </Stack>
  );
}

/** What is asked during a visit alone is known of nobody now: the usual one stands in its place. */
const askedOfAll = ({ segments }: SegmentForecasts, head: string): string =>
  segments.some(({ chances }) => head in chances) ? head : USUAL_HEAD;

function Asked({
  forecasts,
  head,
}: {
  readonly forecasts: SegmentForecasts;
  readonly head: string;
}): JSX.Element {
  const [shopper, setShopper] = useAddressState("shopper");
  return (
    <>
      <Lists head={askedOfAll(forecasts, head)} forecasts={forecasts} onShopper={setShopper} />
      <ShopperCard shopper={shopper} setShopper={setShopper} />
    </>
  );
}
