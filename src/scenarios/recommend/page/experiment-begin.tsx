import { Group, NumberInput, Select, Stack, Text } from "@mantine/core";
import { type JSX, useState } from "react";
import type { ModelVersion } from "../../../../client/src/made/schemas.ts";
import { useAsk, useChange } from "../../../../web/ui/api.ts";
import { ConfirmButton } from "../../../../web/ui/confirm-button.tsx";
import { moment, percent } from "../../../../web/ui/format.ts";
import { Answered, Sheet } from "../../../../web/ui/frame.tsx";
import { PageLink } from "../../../../web/ui/links.tsx";
import { ProblemNote } from "../../../../web/ui/problem-note.tsx";
import { ReadersKeepOut } from "../../../../web/ui/readers-keep-out.tsx";
import { useLanguage, useWords } from "../../../../web/ui/words.ts";
import { EXPERIMENT_WORDS } from "./experiment.words.ts";

const SCENARIO = "recommend";
/** Of the shoppers, in percent. */
const SHARE = { least: 1, most: 50, usual: 50 };

/** Chooses a version and the share of shoppers to try it on. */
export function BeginExperiment({ isFirst }: { readonly isFirst: boolean }): JSX.Element {
  const words = useWords(EXPERIMENT_WORDS);
  const versions = useAsk(["models", SCENARIO], (client) =>
    client.models.listModels({ scenario: SCENARIO }),
  );
  const serving = useAsk(["models", SCENARIO, "serving"], (client) =>
    client.models.getServing({ scenario: SCENARIO }),
  );
  const form = (
    <Answered of={versions}>
      {({ rows }) => {
        const { inService, canary } = serving.data ?? {};
        const used = [inService?.version, canary?.version.version];
        const free = rows.filter((row) => !row.withdrawn && !used.includes(row.version));
        return inService && free.length > 0 ? (
          <Form key={free[0]?.version} versions={free} />
        ) : (
          <Stack gap={4} align={isFirst ? "center" : "flex-start"} fz="sm">
            <Text size="sm">{isFirst ? words.noVersion : words.noOther}</Text>
            <PageLink to="/models">{words.toModels}</PageLink>
          </Stack>
        );
      }}
    </Answered>
  );
  return (
    <ReadersKeepOut>
      {isFirst ? (
        form
      ) : (
        <Sheet title={words.another} about={words.anotherNote}>
          {form}
        </Sheet>
      )}
    </ReadersKeepOut>
  );
}

function Form({ versions }: { readonly versions: readonly ModelVersion[] }): JSX.Element {
  const words = useWords(EXPERIMENT_WORDS);
  const language = useLanguage();
  const [version, setVersion] = useState(versions[0]?.version ?? "");
  const [share, setShare] = useState(SHARE.usual);
  const begin = useChange(
    (client) => client.models.tryModel(version, { share: share / 100 }),
    [["experiments"], ["models"], ["status"]],
  );
  return (
    <>
      <Group gap="md" align="flex-end" justify="flex-start">
        <Select
          label={words.version}
          data={versions.map((row) => ({
            value: row.version,
            label: `${row.version} · ${moment(row.createdAt, language)}`,
          }))}
          value={version}
          allowDeselect={false}
          onChange={(next) => setVersion(next ?? version)}
          w={{ base: "100%", sm: 340 }}
        />
        <NumberInput
          label={words.share}
          suffix=" %"
          min={SHARE.least}
          max={SHARE.most}
          clampBehavior="strict"
          value={share}
          onChange={(value) => setShare(Number(value) || SHARE.least)}
          w={170}
        />
        <ConfirmButton
          label={words.begin}
          title={words.beginTitle}
          onSure={() => begin.mutate(undefined)}
          loading={begin.isPending}
        >
          {words.beginNote(version, percent(share / 100, language))}
        </ConfirmButton>
      </Group>
      <Text size="xs" c="dimmed" mt="xs">
        {words.shareNote}
      </Text>
      {begin.error ? <ProblemNote error={begin.error} /> : null}
    </>
  );
}
