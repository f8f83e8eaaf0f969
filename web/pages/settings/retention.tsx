import { Alert, Button, Group, NumberInput, SimpleGrid, Stack, Switch, Text } from "@mantine/core";
import { type JSX, useState } from "react";
import type {
  RetentionCertificate,
  RetentionChange,
  RetentionPreview,
  Retention as Rules,
} from "../../../client/src/made/schemas.ts";
import { useAsk, useChange } from "../../ui/api.ts";
import { ConfirmButton } from "../../ui/confirm-button.tsx";
import { moment, whole } from "../../ui/format.ts";
import { Answered, Figure, Nothing, Sheet } from "../../ui/frame.tsx";
import { JobProgress } from "../../ui/job-progress.tsx";
import { ProblemNote } from "../../ui/problem-note.tsx";
import { DataTable, saveFile } from "../../ui/table.tsx";
import { useLanguage, useWords } from "../../ui/words.ts";
import { RETENTION_WORDS } from "./retention.words.ts";

/** How long events are kept, and what is allowed to who was not asked. */
export function Retention(): JSX.Element {
  const words = useWords(RETENTION_WORDS);
  const rules = useAsk(["retention"], (client) => client.retention.getRetention());
  return (
    <Stack>
      <Sheet title={words.title} about={words.about}>
        <Answered of={rules}>
          {(found) => (
            <Stack>
              <RulesForm rules={found} />
              <ApplyNow rules={found} />
            </Stack>
          )}
        </Answered>
      </Sheet>
      <Certificates />
    </Stack>
  );
}

const DAYS_MOST = 36_500;
type Days = number | string;
const daysOf = (value: Days): number | null => (value === "" ? null : Number(value));

function RulesForm({ rules }: { readonly rules: Rules }): JSX.Element {
  const words = useWords(RETENTION_WORDS);
  const [shopperDays, setShopperDays] = useState<Days>(rules.shopperDays ?? "");
  const [anonymousDays, setAnonymousDays] = useState<Days>(rules.anonymousDays ?? "");
  const [consent, setConsent] = useState(rules.consent);
  const given: RetentionChange = {
    shopperDays: daysOf(shopperDays),
    anonymousDays: daysOf(anonymousDays),
    consent,
  };
  const preview = useChange((client) => client.retention.previewRetention(given));
  const save = useChange((client) => client.retention.changeRetention(given), [["retention"]]);
  const days = { min: 1, max: DAYS_MOST, allowDecimal: false, placeholder: words.forEver };
  const failed = preview.error ?? save.error;
  return (
    <Stack align="flex-start">
      <SimpleGrid cols={{ base: 1, sm: 2 }} w="100%" maw={640}>
        <NumberInput
          {...days}
          label={words.shopperDays}
          value={shopperDays}
          onChange={setShopperDays}
        />
        <NumberInput
          {...days}
          label={words.anonymousDays}
          value={anonymousDays}
          onChange={setAnonymousDays}
        />
      </SimpleGrid>
      <Text size="sm" c="dimmed">
        {words.daysNote}
      </Text>
      <Switch
        label={words.personalise}
        description={words.personaliseNote}
        checked={consent.personalise}
        onChange={({ currentTarget: { checked: personalise } }) =>
          setConsent({ ...consent, personalise })
        }
      />
      <Switch
        label={words.measure}
        description={words.measureNote}
        checked={consent.measure}
        onChange={({ currentTarget: { checked: measure } }) => setConsent({ ...consent, measure })}
      />
      <Group>
        <Button
          variant="default"
          loading={preview.isPending}
          onClick={() => preview.mutate(undefined)}
        >
          {words.preview}
        </Button>
        <ConfirmButton
          label={words.save}
          title={words.saveTitle}
          loading={save.isPending}
          onSure={() => save.mutate(undefined)}
        >
          {words.saveNote}
        </ConfirmButton>
      </Group>
      {failed ? <ProblemNote error={failed} /> : null}
      {save.isSuccess ? (
        <Alert color="teal" variant="light" role="status" title={words.saved} />
      ) : null}
      {preview.data === undefined ? null : <Preview found={preview.data} />}
    </Stack>
  );
}

function Preview({ found }: { readonly found: RetentionPreview }): JSX.Element {
  const words = useWords(RETENTION_WORDS);
  const language = useLanguage();
  return (
    <Stack gap="xs" w="100%" maw={640} aria-live="polite">
      <Text fw={600}>{words.previewTitle}</Text>
      <SimpleGrid cols={{ base: 1, sm: 3 }}>
        {(["shoppers", "anonymous", "quarantine"] as const).map((whose) => {
          const { events, goes, oldestAt } = found[whose];
          const ofAll = whose === "quarantine" ? words.ofRows : words.ofAll;
          const oldest =
            oldestAt === null ? words.nothingGoes : words.oldest(moment(oldestAt, language));
          return (
            <Figure
              key={whose}
              name={words[whose]}
              value={whole(goes, language)}
              note={`${ofAll(whole(events, language))} · ${oldest}`}
            />
          );
        })}
      </SimpleGrid>
    </Stack>
  );
}

function ApplyNow({ rules }: { readonly rules: Rules }): JSX.Element {
  const words = useWords(RETENTION_WORDS);
  const language = useLanguage();
  const isForEver = rules.shopperDays === null && rules.anonymousDays === null;
  const apply = useChange((client) => client.retention.applyRetention());
  // What has gone is seen once the job has ended.
  const ended = useChange(() => Promise.resolve(), [["retention"], ["retention-certificates"]]);
  return (
    <Stack align="flex-start" gap="xs">
      <Text size="sm">{words.appliedAt(moment(rules.appliedAt, language))}</Text>
      <ConfirmButton
        variant="default"
        label={words.apply}
        title={words.applyTitle}
        disabled={isForEver}
        loading={apply.isPending}
        onSure={() => apply.mutate(undefined)}
      >
        {words.applyNote}
      </ConfirmButton>
      {apply.error ? <ProblemNote error={apply.error} /> : null}
      {apply.data === undefined ? null : (
        <JobProgress
          key={apply.data.id}
          job={apply.data.id}
          onEnd={() => ended.mutate(undefined)}
        />
      )}
    </Stack>
  );
}

function Certificates(): JSX.Element {
  const words = useWords(RETENTION_WORDS);
  const language = useLanguage();
  const found = useAsk(["retention-certificates"], (client) =>
    client.retention.listRetentionCertificates(),
  );
  return (
    <Sheet title={words.certificates} about={words.certificatesNote}>
      <Answered of={found}>
        {({ rows }) => (
          <DataTable
            name="retention-certificates"
            rows={rows}
            keyOf={({ id }) => id}
            columns={[
              { id: "at", head: words.when, value: ({ at }) => moment(at, language) },
              { id: "known", head: words.shopperEvents, value: (one) => one.shopperEvents },
              { id: "nobody", head: words.anonymousEvents, value: (one) => one.anonymousEvents },
              { id: "persons", head: words.persons, value: ({ persons }) => persons },
              {
                id: "quarantined",
                head: words.quarantined,
                value: ({ quarantined = 0 }) => quarantined,
              },
              {
                id: "span",
                head: words.span,
                value: ({ oldestAt, newestAt }) =>
                  `${moment(oldestAt, language)} – ${moment(newestAt, language)}`,
              },
              {
                id: "complete",
                head: words.complete,
                value: ({ complete }) => (complete ? words.yes : words.no),
              },
              {
                id: "file",
                head: words.file,
                value: ({ id }) => id,
                cell: (certificate) => <Download certificate={certificate} />,
              },
            ]}
            empty={<Nothing title={words.noneYet}>{words.noneYetNote}</Nothing>}
          />
        )}
      </Answered>
    </Sheet>
  );
}

function Download({ certificate }: { readonly certificate: RetentionCertificate }): JSX.Element {
  const words = useWords(RETENTION_WORDS);
  const text = JSON.stringify(certificate, null, 2);
  return (
    <Button
      size="compact-sm"
      variant="default"
      onClick={() => saveFile(`retention-${certificate.id}.json`, text, "application/json")}
    >
      {words.download}
    </Button>
  );
}
