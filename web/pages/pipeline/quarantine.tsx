import { Button, Code, Group, Text } from "@mantine/core";
import type { JSX } from "react";
import type { Quarantined } from "../../../client/src/made/schemas.ts";
import { useAsk, useChange } from "../../ui/api.ts";
import { ConfirmButton } from "../../ui/confirm-button.tsx";
import { moment } from "../../ui/format.ts";
import { Answered, Nothing } from "../../ui/frame.tsx";
import { ProblemNote } from "../../ui/problem-note.tsx";
import { ReadersKeepOut } from "../../ui/readers-keep-out.tsx";
import { type Column, DataTable } from "../../ui/table.tsx";
import { useLanguage, useWords } from "../../ui/words.ts";
import { PIPELINE_WORDS } from "./words.ts";

const ROWS_MOST = 100;
const TOUCHED = [["quarantine"], ["pipeline"], ["overview"]];

/** What was refused, with its reason: tried again or given up. */
export function Quarantine(): JSX.Element {
  const words = useWords(PIPELINE_WORDS);
  const refused = useAsk(["quarantine"], (client) =>
    client.quarantine.listQuarantine({ limit: ROWS_MOST }),
  );
  const replay = useChange((client) => client.quarantine.replayQuarantine({}), TOUCHED);
  return (
    <>
      <Answered of={refused}>
        {({ rows, next }) => (
          <>
            {rows.length === 0 ? null : (
              <ReadersKeepOut>
                <Group mb="sm">
                  <Button onClick={() => replay.mutate(undefined)} loading={replay.isPending}>
                    {words.replayAll}
                  </Button>
                </Group>
              </ReadersKeepOut>
            )}
            <Refused rows={rows} />
            {next === null ? null : <Text size="sm">{words.first(rows.length)}</Text>}
          </>
        )}
      </Answered>
      {replay.data ? (
        <Text role="status">{words.replayed(replay.data.taken, replay.data.refused)}</Text>
      ) : null}
      {replay.error ? <ProblemNote error={replay.error} /> : null}
    </>
  );
}

function Refused({ rows }: { readonly rows: readonly Quarantined[] }): JSX.Element {
  const words = useWords(PIPELINE_WORDS);
  const language = useLanguage();
  const columns: readonly Column<Quarantined>[] = [
    { id: "source", head: words.source, value: ({ source, part }) => `${source} ${part}` },
    { id: "line", head: words.line, value: ({ line }) => line },
    { id: "kind", head: words.kind, value: ({ kind }) => kind },
    { id: "reason", head: words.reason, value: ({ reason }) => reason, cell: Reason },
    {
      id: "at",
      head: words.at,
      value: ({ at }) => new Date(at).toISOString(),
      cell: ({ at }) => moment(at, language),
    },
    {
      id: "change",
      head: words.change,
      value: () => "",
      cell: ({ id }) => <GiveUp id={id} />,
    },
  ];
  return (
    <DataTable
      name="quarantine"
      rows={rows}
      columns={columns}
      keyOf={({ id }) => id}
      empty={<Nothing title={words.noQuarantine}>{words.noQuarantineNote}</Nothing>}
    />
  );
}

const INPUT_SHOWN = 120;

function Reason({ reason, input }: Quarantined): JSX.Element {
  return (
    <>
      <Text size="sm">{reason}</Text>
      <Code>{JSON.stringify(input ?? null).slice(0, INPUT_SHOWN)}</Code>
    </>
  );
}

function GiveUp({ id }: { readonly id: string }): JSX.Element {
  const words = useWords(PIPELINE_WORDS);
  const discard = useChange(
    (client) => client.quarantine.discardQuarantine({ ids: [id] }),
    TOUCHED,
  );
  return (
    <ReadersKeepOut>
      <ConfirmButton
        size="compact-sm"
        variant="default"
        label={words.discard}
        title={words.discardTitle}
        onSure={() => discard.mutate(undefined)}
        loading={discard.isPending}
      >
        {words.discardNote}
      </ConfirmButton>
    </ReadersKeepOut>
  );
}
