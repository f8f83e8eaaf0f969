import { Group, Select, Stack, Text } from "@mantine/core";
import type { JSX } from "react";
import type { Experiment as Found, Trial } from "../../../../client/src/made/schemas.ts";
import { useAsk, useChange } from "../../../../web/ui/api.ts";
import { ConfirmButton } from "../../../../web/ui/confirm-button.tsx";
import { moment, percent } from "../../../../web/ui/format.ts";
import { Answered, Nothing, Sheet } from "../../../../web/ui/frame.tsx";
import { useAddressState } from "../../../../web/ui/links.tsx";
import { ProblemNote } from "../../../../web/ui/problem-note.tsx";
import { ReadersKeepOut } from "../../../../web/ui/readers-keep-out.tsx";
import { useLanguage, useWords } from "../../../../web/ui/words.ts";
import { EXPERIMENT_WORDS } from "./experiment.words.ts";
import { BeginExperiment } from "./experiment-begin.tsx";
import { ExperimentReport } from "./experiment-report.tsx";

const EVERY_MS = 30_000;
const EFFECTS = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5];
/** What a change of the versions makes stale. */
const TOUCHED = [["experiments"], ["models"], ["status"]];

/** The version on trial beside the one in service: what each does to sales, and whether they differ. */
export function Experiment(): JSX.Element {
  const words = useWords(EXPERIMENT_WORDS);
  const trials = useAsk(["experiments"], (client) => client.experiments.listExperiments());
  const [chosen, choose] = useAddressState("trial");
  return (
    <Answered of={trials}>
      {({ rows }) => {
        const trial = rows.find(({ id }) => id === chosen) ?? rows[0];
        return trial === undefined ? (
          <Sheet>
            <Nothing title={words.none}>{words.noneNote}</Nothing>
            <BeginExperiment isFirst={true} />
          </Sheet>
        ) : (
          <Stack gap="lg">
            <OneTrial trial={trial} rows={rows} choose={choose} />
            <BeginExperiment isFirst={false} />
          </Stack>
        );
      }}
    </Answered>
  );
}

function OneTrial({
  trial,
  rows,
  choose,
}: {
  readonly trial: Trial;
  readonly rows: readonly Trial[];
  readonly choose: (id: string) => void;
}): JSX.Element {
  const words = useWords(EXPERIMENT_WORDS);
  const language = useLanguage();
  const [effect, setEffect] = useAddressState("effect", "0.1");
  const runs = trial.until === null;
  const found = useAsk(
    ["experiments", trial.id, effect],
    (client) => client.experiments.getExperiment(trial.id, { effect: Number(effect) }),
    runs ? { everyMs: EVERY_MS } : {},
  );
  return (
    <Sheet
      title={words.title}
      about={words.about}
      actions={runs ? <EndOrPromote trial={trial} /> : undefined}
    >
      <Group gap="md" mb="md" align="flex-start">
        <Select
          label={words.trial}
          data={rows.map(({ id, until }) => ({
            value: id,
            label: until === null ? words.running(id) : id,
          }))}
          value={trial.id}
          allowDeselect={false}
          onChange={(next) => choose(next ?? "")}
          w={220}
        />
        <Select
          label={words.effect}
          description={words.effectNote}
          inputWrapperOrder={["label", "input", "description"]}
          data={EFFECTS.map((share) => ({
            value: String(share),
            label: percent(share, language, 0),
          }))}
          value={effect}
          allowDeselect={false}
          onChange={(next) => setEffect(next ?? "0.1")}
          w={220}
        />
      </Group>
      <Text size="sm" mb="sm">
        {trial.until === null
          ? words.since(moment(trial.since, language))
          : words.span(moment(trial.since, language), moment(trial.until, language))}
      </Text>
      <Answered of={found} height={360}>
        {(report: Found) => <ExperimentReport of={report} />}
      </Answered>
    </Sheet>
  );
}

function EndOrPromote({ trial: { version } }: { readonly trial: Trial }): JSX.Element {
  const words = useWords(EXPERIMENT_WORDS);
  const end = useChange((client) => client.models.tryModel(version, { share: 0 }), TOUCHED);
  const promote = useChange((client) => client.models.promoteModel(version), TOUCHED);
  const error = end.error ?? promote.error;
  return (
    <ReadersKeepOut>
      <Group gap="xs">
        <ConfirmButton
          label={words.promote}
          title={words.promoteTitle}
          onSure={() => promote.mutate(undefined)}
          loading={promote.isPending}
        >
          {words.promoteNote(version)}
        </ConfirmButton>
        <ConfirmButton
          variant="default"
          label={words.end}
          title={words.endTitle}
          onSure={() => end.mutate(undefined)}
          loading={end.isPending}
        >
          {words.endNote}
        </ConfirmButton>
        {error ? <ProblemNote error={error} /> : null}
      </Group>
    </ReadersKeepOut>
  );
}
