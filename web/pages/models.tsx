import { Badge, Button, Group, NumberInput, Select, Stack, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { type JSX, useState } from "react";
import type { ModelVersion, Serving } from "../../client/src/made/schemas.ts";
import { useAsk, useChange, usePlace } from "../ui/api.ts";
import { ConfirmButton } from "../ui/confirm-button.tsx";
import { decimal, duration, moment, percent, whole } from "../ui/format.ts";
import { Answered, Nothing, Page, Sheet } from "../ui/frame.tsx";
import { JobProgress } from "../ui/job-progress.tsx";
import { withdrawalOf } from "../ui/job-words.ts";
import { PageLink, useAddressState } from "../ui/links.tsx";
import { ProblemNote } from "../ui/problem-note.tsx";
import { problemLine } from "../ui/problem-words.ts";
import { ReadersKeepOut } from "../ui/readers-keep-out.tsx";
import { type Column, DataTable } from "../ui/table.tsx";
import { type Language, useLanguage, useWords } from "../ui/words.ts";
import { CompressButton, CompressedBadge } from "./compression.tsx";
import { metricName } from "./metric-name.ts";
import { MODEL_WORDS } from "./models.words.ts";
import { TwoVersions } from "./two-versions.tsx";

/** The registry: what was trained, what serves, what is tried out, and the way back. */
export function Models(): JSX.Element {
  const words = useWords(MODEL_WORDS);
  const [scenario, setScenario] = useAddressState("scenario", "recommend");
  const versions = useAsk(["models", scenario], (client) => client.models.listModels({ scenario }));
  const serving = useAsk(["models", scenario, "serving"], (client) =>
    client.models.getServing({ scenario }),
  );
  return (
    <Page
      title={words.title}
      about={words.about}
      actions={
        <>
          <Select
            aria-label={words.scenario}
            data={[...words.scenarios]}
            value={scenario}
            allowDeselect={false}
            onChange={(next) => setScenario(next ?? "recommend")}
            w={180}
          />
          <TrainButton scenario={scenario} />
        </>
      }
    >
      <Answered of={serving}>
        {(now) => (
          <InService
            scenario={scenario}
            serving={now}
            hasOthers={(versions.data?.rows.length ?? 0) > 1}
          />
        )}
      </Answered>
      <Sheet title={words.versions} about={words.versionsNote}>
        <Answered of={versions}>
          {({ rows }) => <Versions rows={rows} serving={serving.data} scenario={scenario} />}
        </Answered>
      </Sheet>
      {versions.data === undefined || versions.data.rows.length < 2 ? null : (
        <TwoVersions versions={versions.data.rows} serving={serving.data} />
      )}
    </Page>
  );
}

function TrainButton({ scenario }: { readonly scenario: string }): JSX.Element {
  const words = useWords(MODEL_WORDS);
  const language = useLanguage();
  const [job, setJob] = useState<string | undefined>(undefined);
  const train = useChange((client) =>
    scenario === "predict"
      ? client.predictions.trainPredictions({ seed: 1 })
      : client.models.train({ seed: 1 }),
  );
  const begin = (): void =>
    train.mutate(undefined, {
      onSuccess: ({ id }) => setJob(id),
      onError: (error) =>
        notifications.show({ color: "seal", message: problemLine(error, language) }),
    });
  return (
    <Stack gap="xs">
      <ReadersKeepOut>
        <Button onClick={begin} loading={train.isPending}>
          {words.train}
        </Button>
      </ReadersKeepOut>
      {job === undefined ? null : <JobProgress job={job} />}
    </Stack>
  );
}

function InService({
  scenario,
  serving,
  hasOthers,
}: {
  readonly scenario: string;
  readonly serving: Serving;
  /** Without another version there is none to go back to. */
  readonly hasOthers: boolean;
}): JSX.Element {
  const words = useWords(MODEL_WORDS);
  const language = useLanguage();
  const { inService, canary } = serving;
  const back = useChange(
    (client) => client.models.rollbackModel({ scenario }),
    [["models", scenario]],
  );
  const end = useChange(
    (client, version: string) => client.models.tryModel(version, { share: 0 }),
    [["models", scenario], ["experiments"]],
  );
  if (!inService) {
    return (
      <Sheet>
        <Nothing title={words.none}>
          {words.noneNotes[scenario === "predict" ? "predict" : "recommend"]}
        </Nothing>
      </Sheet>
    );
  }
  return (
    <Sheet
      title={words.serving}
      actions={
        <ReadersKeepOut>
          <ConfirmButton
            variant="default"
            label={words.rollback}
            title={words.rollbackTitle}
            onSure={() => back.mutate(undefined)}
            disabled={!hasOthers}
            loading={back.isPending}
          >
            {words.rollbackNote}
          </ConfirmButton>
        </ReadersKeepOut>
      }
    >
      <Text ff="monospace">{inService.version}</Text>
      <Text size="sm" c="dimmed">
        {words.trained(moment(inService.createdAt, language), moment(inService.asOf, language))}
      </Text>
      {canary === null ? null : (
        <Group mt="sm">
          <Text size="sm">
            {words.trying(canary.version.version, percent(canary.share, language))}
          </Text>
          {scenario === "recommend" ? (
            <Text size="sm" component="span">
              <PageLink to="/recommend" search={{ tab: "experiment" }}>
                {words.experiment}
              </PageLink>
            </Text>
          ) : null}
          <ReadersKeepOut>
            <Button
              size="compact-sm"
              variant="default"
              onClick={() => end.mutate(canary.version.version)}
            >
              {words.endTrial}
            </Button>
          </ReadersKeepOut>
        </Group>
      )}
      {back.error || end.error ? <ProblemNote error={(back.error ?? end.error) as Error} /> : null}
    </Sheet>
  );
}

function Versions({
  rows,
  serving,
  scenario,
}: {
  readonly rows: readonly ModelVersion[];
  readonly serving: Serving | undefined;
  readonly scenario: string;
}): JSX.Element {
  const words = useWords(MODEL_WORDS);
  const language = useLanguage();
  const metric = mainMetric(rows);
  const columns: readonly Column<ModelVersion>[] = [
    {
      id: "version",
      head: words.version,
      value: ({ version }) => version,
      cell: (row) => <VersionName row={row} serving={serving} />,
    },
    {
      id: "createdAt",
      head: words.createdAt,
      value: ({ createdAt }) => new Date(createdAt).toISOString(),
      cell: ({ createdAt }) => moment(createdAt, language),
    },
    ...(metric === undefined ? [] : [metricColumn(metric, language)]),
    {
      id: "fitSeconds",
      head: words.fit,
      value: ({ fitSeconds }) => fitSeconds,
      cell: ({ fitSeconds }) => duration(fitSeconds * 1_000, language),
    },
    {
      id: "bytes",
      head: words.size,
      value: ({ bytes }) => bytes,
      cell: ({ bytes }) => whole(bytes / 1_024, language),
    },
    {
      id: "do",
      head: words.change,
      value: () => "",
      cell: (row) => <VersionChanges row={row} serving={serving} scenario={scenario} />,
    },
  ];
  return (
    <DataTable
      name={`models-${scenario}`}
      rows={rows}
      columns={columns}
      keyOf={({ version }) => version}
      empty={
        <Nothing title={words.none}>
          {words.noneNotes[scenario === "predict" ? "predict" : "recommend"]}{" "}
          <PageLink to="/pipeline">{words.pipeline}</PageLink>
        </Nothing>
      }
    />
  );
}

const metricColumn = (metric: string, language: Language): Column<ModelVersion> => ({
  id: metric,
  head: metricName(metric, language),
  value: ({ metrics }) => metrics[metric],
  cell: ({ metrics }) => decimal(metrics[metric], language, 4),
});

/** The metric that most versions have: nDCG where there is one. */
export function mainMetric(rows: readonly ModelVersion[]): string | undefined {
  const names = new Set(rows.flatMap(({ metrics }) => Object.keys(metrics)));
  return [...names].find((name) => /ndcg/i.test(name)) ?? [...names][0];
}

function VersionName({
  row,
  serving,
}: {
  readonly row: ModelVersion;
  readonly serving: Serving | undefined;
}): JSX.Element {
  const words = useWords(MODEL_WORDS);
  const language = useLanguage();
  const isServing = serving?.inService?.version === row.version;
  const isTried = serving?.canary?.version.version === row.version;
  return (
    <Group gap="xs" wrap="nowrap">
      <Text ff="monospace" size="sm" style={{ whiteSpace: "nowrap" }}>
        {row.version}
      </Text>
      {isServing ? <Badge miw="max-content">{words.inService}</Badge> : null}
      {isTried ? (
        <Badge color="blue" miw="max-content">
          {words.canary}
        </Badge>
      ) : null}
      {row.compression === undefined ? null : <CompressedBadge report={row.compression} />}
      {row.withdrawn === undefined ? null : (
        <Badge variant="default" miw="max-content" title={withdrawalOf(row.withdrawn, language)}>
          {words.withdrawn}
        </Badge>
      )}
    </Group>
  );
}

function VersionChanges({
  row,
  serving,
  scenario,
}: {
  readonly row: ModelVersion;
  readonly serving: Serving | undefined;
  readonly scenario: string;
}): JSX.Element | null {
  const words = useWords(MODEL_WORDS);
  const [share, setShare] = useState<number>(5);
  const touched = [["models", scenario], ["status"], ["experiments"]];
  const promote = useChange((client) => client.models.promoteModel(row.version), touched);
  const attempt = useChange(
    (client) => client.models.tryModel(row.version, { share: share / 100 }),
    touched,
  );
  const { user } = usePlace();
  const isServing = serving?.inService?.version === row.version;
  if (row.withdrawn !== undefined || user.role === "viewer") return null;
  const compress =
    scenario === "recommend" && row.compression === undefined ? (
      <CompressButton version={row.version} scenario={scenario} />
    ) : null;
  if (isServing) return compress;
  return (
    <>
      <Group gap="xs" wrap="nowrap">
        {compress}
        <ConfirmButton
          size="compact-sm"
          label={words.promote}
          title={words.promoteTitle}
          onSure={() => promote.mutate(undefined)}
          loading={promote.isPending}
        >
          {words.promoteNote(row.version)}
        </ConfirmButton>
        <ConfirmButton
          size="compact-sm"
          variant="default"
          label={words.try}
          title={words.tryTitle}
          onSure={() => attempt.mutate(undefined)}
          loading={attempt.isPending}
        >
          <NumberInput
            label={words.share}
            suffix=" %"
            min={1}
            max={50}
            value={share}
            onChange={(value) => setShare(Number(value))}
          />
        </ConfirmButton>
      </Group>
      {promote.error || attempt.error ? (
        <ProblemNote error={(promote.error ?? attempt.error) as Error} />
      ) : null}
    </>
  );
}
