import { Badge } from "@mantine/core";
import type { JSX } from "react";
import type { RuleSet } from "../../../../client/src/made/schemas.ts";
import { useAsk, useChange, usePlace } from "../../../../web/ui/api.ts";
import { ConfirmButton } from "../../../../web/ui/confirm-button.tsx";
import { moment } from "../../../../web/ui/format.ts";
import { Answered, Nothing, Sheet } from "../../../../web/ui/frame.tsx";
import { ProblemNote } from "../../../../web/ui/problem-note.tsx";
import { DataTable } from "../../../../web/ui/table.tsx";
import { useLanguage, useWords } from "../../../../web/ui/words.ts";
import { RULE_WORDS } from "./rules.words.ts";

const SHOWN = 50;

/** Who changed which rule and when, and the way back. */
export function Versions({ newest }: { readonly newest: number }): JSX.Element {
  const words = useWords(RULE_WORDS);
  const language = useLanguage();
  const { user } = usePlace();
  const versions = useAsk(["rules", "versions", newest], (client) =>
    client.rules.listRuleVersions({ limit: SHOWN }),
  );
  return (
    <Sheet title={words.versions} about={words.versionsNote}>
      <Answered of={versions}>
        {({ rows }) => (
          <DataTable
            name="rule-versions"
            rows={rows}
            keyOf={({ version }) => String(version)}
            columns={[
              { id: "version", head: words.version, value: ({ version }) => version },
              {
                id: "at",
                head: words.at,
                value: ({ at }) => new Date(at).toISOString(),
                cell: ({ at }) => moment(at, language),
              },
              { id: "who", head: words.who, value: ({ by }) => by },
              {
                id: "what",
                head: words.what,
                value: ({ change }) => saidOf(change, words.changes),
              },
              { id: "count", head: words.count, value: ({ rules }) => rules.length },
              ...(user.role === "viewer"
                ? []
                : [
                    {
                      id: "change",
                      head: words.change,
                      value: () => "",
                      cell: (set: RuleSet) => <Restore set={set} newest={newest} />,
                    },
                  ]),
            ]}
            empty={<Nothing title={words.noVersions} />}
          />
        )}
      </Answered>
    </Sheet>
  );
}

/** What the server says of a change, in the reader's language; what is not known stays as it is. */
function saidOf(change: string, words: (typeof RULE_WORDS)["en"]["changes"]): string {
  if (change === "no rules yet") return words.none;
  const [, verb, what = ""] =
    /^(added|changed|removed|restored)(?: version)? (.+)$/.exec(change) ?? [];
  return verb === undefined ? change : words[verb as "added"](what);
}

function Restore({
  set: { version, rules },
  newest,
}: {
  readonly set: RuleSet;
  readonly newest: number;
}): JSX.Element {
  const words = useWords(RULE_WORDS);
  const restore = useChange((client) => client.rules.restoreRuleVersion(version), [["rules"]]);
  if (version === newest) {
    return (
      <Badge color="teal" variant="light" tt="none">
        {words.current}
      </Badge>
    );
  }
  return (
    <>
      <ConfirmButton
        size="compact-sm"
        variant="default"
        label={words.restore}
        title={words.restoreTitle}
        onSure={() => restore.mutate(undefined as never)}
        loading={restore.isPending}
      >
        {words.restoreNote(version, rules.length)}
      </ConfirmButton>
      {restore.error ? <ProblemNote error={restore.error} /> : null}
    </>
  );
}
