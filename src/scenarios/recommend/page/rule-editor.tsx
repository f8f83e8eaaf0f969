import { Button, Group, Stack } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { type JSX, useState } from "react";
import type { Rule, RuleSet } from "../../../../client/src/made/schemas.ts";
import { useChange } from "../../../../web/ui/api.ts";
import { Nothing, Sheet } from "../../../../web/ui/frame.tsx";
import { ProblemNote } from "../../../../web/ui/problem-note.tsx";
import { ReadersKeepOut } from "../../../../web/ui/readers-keep-out.tsx";
import { useWords } from "../../../../web/ui/words.ts";
import { isWritten } from "./conditions.ts";
import { type Draft, draftOf, emptyDraft, ruleOf } from "./rule-draft.ts";
import { RuleFields } from "./rule-fields.tsx";
import { RulePreview } from "./rule-preview.tsx";
import { RULE_WORDS } from "./rules.words.ts";

type Texts = (typeof RULE_WORDS)["en"];

/** One rule, written and seen before it is saved. */
export function RuleEditor({
  rules,
  rule,
  onBack,
}: {
  readonly rules: RuleSet;
  /** Undefined: a new one. */
  readonly rule: Rule | undefined;
  readonly onBack: () => void;
}): JSX.Element {
  const words = useWords(RULE_WORDS);
  const [draft, setDraft] = useState<Draft>(() =>
    rule === undefined ? emptyDraft(rules.rules) : draftOf(rule),
  );
  const save = useChange(
    (client) => client.rules.putRule(ruleOf(draft), { expect: rules.version }),
    [["rules"]],
  );
  const lacks = lacking(draft, words);
  const keep = (): void =>
    save.mutate(undefined as never, {
      onSuccess: ({ version }) => {
        notifications.show({ message: words.saved(version), color: "teal" });
        onBack();
      },
    });
  return (
    <Stack gap="lg">
      <Sheet
        title={rule === undefined ? words.newRule : words.oneRule(rule.id)}
        actions={
          <Button variant="subtle" size="compact-sm" onClick={onBack}>
            {words.back}
          </Button>
        }
      >
        <RuleFields
          draft={draft}
          change={(changed) => setDraft({ ...draft, ...changed })}
          isNew={rule === undefined}
          rules={rules.rules}
        />
        {save.error ? <ProblemNote error={save.error} /> : null}
        <Group mt="lg">
          <ReadersKeepOut>
            <Button onClick={keep} loading={save.isPending} disabled={lacks !== undefined}>
              {words.save}
            </Button>
          </ReadersKeepOut>
        </Group>
      </Sheet>
      {lacks === undefined ? (
        <RulePreview rules={rules} own={ruleOf(draft)} />
      ) : (
        <Sheet title={words.preview}>
          <Nothing title={words.incomplete}>{lacks}</Nothing>
        </Sheet>
      )}
    </Stack>
  );
}

/** What the rule still lacks; undefined where it can be tried. */
function lacking(draft: Draft, words: Texts): string | undefined {
  if (draft.kind === "pin") return draft.item === "" ? words.incompletePin : undefined;
  if (draft.kind === "cap") return undefined;
  return isWritten(draft.where) ? undefined : words.incompleteWhere;
}
