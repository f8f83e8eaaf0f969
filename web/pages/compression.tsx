import { Alert, Badge, Button, Modal, Stack, Text, UnstyledButton } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { type JSX, useState } from "react";
import type { CompressionReport, ModelVersion } from "../../client/src/made/schemas.ts";
import { useAsk, useChange } from "../ui/api.ts";
import { bytes, decimal, fixed, percent, whole } from "../ui/format.ts";
import { JobProgress } from "../ui/job-progress.tsx";
import { withdrawalOf } from "../ui/job-words.ts";
import { DataTable } from "../ui/table.tsx";
import { useLanguage, useWords } from "../ui/words.ts";
import { COMPRESSION_WORDS } from "./compression.words.ts";
import { CompressionForm } from "./compression-form.tsx";

/** Makes a smaller version of one, and says what it cost or why there is none. */
export function CompressButton({
  version,
  scenario,
}: {
  readonly version: string;
  readonly scenario: string;
}): JSX.Element {
  const words = useWords(COMPRESSION_WORDS);
  const [isOpen, { open, close }] = useDisclosure(false);
  const [job, setJob] = useState<string | undefined>(undefined);
  return (
    <>
      <Button size="compact-sm" variant="default" onClick={open}>
        {words.compress}
      </Button>
      <Modal
        opened={isOpen}
        onClose={close}
        title={words.title(version)}
        size="lg"
        closeButtonProps={{ "aria-label": words.close }}
      >
        <Stack>
          <Text size="sm">{words.about}</Text>
          <CompressionForm version={version} onBegun={setJob} />
          {job === undefined ? null : <Outcome job={job} scenario={scenario} />}
        </Stack>
      </Modal>
    </>
  );
}

/** What the job of a compression ends with. */
interface Compressed {
  readonly version: ModelVersion | null;
  readonly report: CompressionReport;
}

function Outcome({
  job,
  scenario,
}: {
  readonly job: string;
  readonly scenario: string;
}): JSX.Element {
  const askAgain = useChange(async () => undefined, [["models", scenario]]);
  const [isOver, setIsOver] = useState(false);
  const ended = useAsk(["job", job, "ended"], (client) => client.jobs.getJob(job), {
    enabled: isOver,
  });
  const end = (): void => {
    setIsOver(true);
    askAgain.mutate(undefined);
  };
  const found = ended.data?.state === "done" ? (ended.data.result as Compressed) : undefined;
  return (
    <>
      <JobProgress job={job} onEnd={end} />
      {found === undefined ? null : (
        <>
          <Report report={found.report} />
          {found.version === null ? null : <Made version={found.version} />}
        </>
      )}
    </>
  );
}

function Made({
  version: { version, withdrawn },
}: {
  readonly version: ModelVersion;
}): JSX.Element {
  const words = useWords(COMPRESSION_WORDS);
  const language = useLanguage();
  return (
    <Text size="sm">
      {withdrawn === undefined
        ? words.made(version)
        : words.withdrawn(version, withdrawalOf(withdrawn, language))}
    </Text>
  );
}

/** By what a version was made smaller; opens what it cost. */
export function CompressedBadge({ report }: { readonly report: CompressionReport }): JSX.Element {
  const words = useWords(COMPRESSION_WORDS);
  const [isOpen, { open, close }] = useDisclosure(false);
  return (
    <>
      <UnstyledButton onClick={open} title={words.report}>
        <Badge color="teal" variant="light" miw="max-content">
          {report.method}
        </Badge>
      </UnstyledButton>
      <Modal
        opened={isOpen}
        onClose={close}
        title={words.report}
        size="lg"
        closeButtonProps={{ "aria-label": words.close }}
      >
        <Report report={report} />
      </Modal>
    </>
  );
}

interface Row {
  readonly what: string;
  readonly before: number;
  readonly after: number;
  readonly shown: (value: number) => string;
}

function Report({ report }: { readonly report: CompressionReport }): JSX.Element {
  const words = useWords(COMPRESSION_WORDS);
  const language = useLanguage();
  const { drop, dropMost, passed, cases, of } = report;
  const [lost, most] = [percent(drop, language), percent(dropMost, language)];
  const kept = drop > 0 ? words.passed(lost, most) : words.gains(most);
  const places = (count: number) => (value: number) => fixed(value, language, count);
  const rows: readonly Row[] = [
    { what: words.size, ...report.bytes, shown: (value) => bytes(value, language) },
    { what: words.latency, ...report.latencyMs, shown: places(2) },
    { what: words.ndcg, ...report.ndcg10, shown: places(4) },
    { what: words.hitRate, ...report.hitRate10, shown: places(4) },
  ];
  const ratio = ({ before, after }: Row): number | undefined =>
    before === 0 ? undefined : after / before;
  return (
    <Stack gap="xs">
      <Alert color={passed ? "teal" : "seal"} variant="light">
        {passed ? kept : words.refused(lost, most)}
      </Alert>
      <DataTable
        name={`compression-${of}`}
        rows={rows}
        keyOf={({ what }) => what}
        columns={[
          { id: "what", head: words.what, value: ({ what }) => what },
          {
            id: "before",
            head: words.before,
            value: (row) => row.before,
            cell: (row) => row.shown(row.before),
          },
          {
            id: "after",
            head: words.after,
            value: (row) => row.after,
            cell: (row) => row.shown(row.after),
          },
          {
            id: "ratio",
            head: words.ratio,
            value: ratio,
            cell: (row) => decimal(ratio(row), language),
          },
        ]}
        empty={null}
      />
      <Text size="sm" c="dimmed">
        {words.asked(whole(cases, language), of)}
      </Text>
    </Stack>
  );
}
