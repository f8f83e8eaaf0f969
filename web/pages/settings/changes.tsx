import { Badge, Button, Group, Text, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { type JSX, useState } from "react";
import type { AuditEntry } from "../../../client/src/made/schemas.ts";
import { useAsk } from "../../ui/api.ts";
import { moment } from "../../ui/format.ts";
import { Answered, Nothing, Sheet } from "../../ui/frame.tsx";
import { useAddressState } from "../../ui/links.tsx";
import { type Column, DataTable } from "../../ui/table.tsx";
import { useLanguage, useWords } from "../../ui/words.ts";
import { SETTINGS_WORDS } from "./words.ts";

const PAGE = 100;
/** As many as the server gives at once. */
const PAGE_MOST = 1_000;
const TYPING_MS = 300;

/** Who changed what in the shop, newest first. */
export function Changes(): JSX.Element {
  const words = useWords(SETTINGS_WORDS);
  const [who, setWho] = useAddressState("who");
  const [limit, setLimit] = useState(PAGE);
  const search = useDebouncedCallback(setWho, TYPING_MS);
  const query = { limit, ...(who === "" ? {} : { who }) };
  const entries = useAsk(["audit", query], (client) => client.audit.listAudit(query));
  const columns = useColumns();
  return (
    <Sheet title={words.tabs.changes} about={words.changesNote}>
      <TextInput
        label={words.who}
        description={words.whoNote}
        defaultValue={who}
        onChange={({ currentTarget }) => search(currentTarget.value.trim())}
        maw={360}
        mb="md"
      />
      <Answered of={entries} height={420}>
        {({ rows, next }) => (
          <>
            <DataTable
              name="changes"
              rows={rows}
              keyOf={({ id }) => id}
              columns={columns}
              shownMost={PAGE_MOST}
              empty={<Nothing title={words.noChanges}>{words.noChangesNote}</Nothing>}
            />
            {next === null || limit >= PAGE_MOST ? null : (
              <Button variant="default" onClick={() => setLimit(Math.min(PAGE_MOST, 3 * limit))}>
                {words.more}
              </Button>
            )}
          </>
        )}
      </Answered>
    </Sheet>
  );
}

function useColumns(): readonly Column<AuditEntry>[] {
  const words = useWords(SETTINGS_WORDS);
  const language = useLanguage();
  return [
    { id: "at", head: words.at, value: ({ at }) => moment(at, language) },
    { id: "who", head: words.who, value: ({ who }) => who.replace(/^user:/, "") },
    {
      id: "what",
      head: words.what,
      value: ({ route }) => route,
      cell: ({ route, outcome }) => (
        <Group gap="xs" wrap="nowrap">
          <Text span size="sm" ff="monospace">
            {route}
          </Text>
          {outcome === "refused" ? (
            <Badge color="orange" miw="max-content">
              {words.refusedOutcome}
            </Badge>
          ) : null}
        </Group>
      ),
    },
    { id: "target", head: words.target, value: ({ target }) => target ?? "" },
    {
      id: "detail",
      head: words.detail,
      value: ({ detail }) => detail,
      cell: ({ detail }) => (
        <Text
          size="sm"
          lineClamp={2}
          maw="36ch"
          title={detail}
          style={{ overflowWrap: "anywhere" }}
        >
          {detail}
        </Text>
      ),
    },
    { id: "address", head: words.address, value: ({ address }) => address },
  ];
}
