import { Badge, Button, Group, Stack, Text } from "@mantine/core";
import type { JSX } from "react";
import type { Rule, RuleSet } from "../../../../client/src/made/schemas.ts";
import { useChange, usePlace } from "../../../../web/ui/api.ts";
import { ConfirmButton } from "../../../../web/ui/confirm-button.tsx";
import { decimal, moment } from "../../../../web/ui/format.ts";
import { Nothing, Sheet } from "../../../../web/ui/frame.tsx";
import { useAddress } from "../../../../web/ui/links.tsx";
import { useNow } from "../../../../web/ui/now.ts";
import { ProblemNote } from "../../../../web/ui/problem-note.tsx";
import { ReadersKeepOut } from "../../../../web/ui/readers-keep-out.tsx";
import { SURFACES } from "../../../../web/ui/scene-words.ts";
import { type Column, DataTable } from "../../../../web/ui/table.tsx";
import { type Language, useLanguage, useWords } from "../../../../web/ui/words.ts";
import { useSentence } from "./condition-words.ts";
import { useCurrency, useItemTitle } from "./item-facts.ts";
import { restingNow } from "./rule-draft.ts";
import { RuleEditor } from "./rule-editor.tsx";
import { RULE_WORDS } from "./rules.words.ts";
import { Versions } from "./versions.tsx";

/** In the address for a rule that is not there yet; no rule may be called so. */
const NEW = "+";

/** The rules of the shop: their list and their versions, or one of them in the editor. */
export function Rules({ rules }: { readonly rules: RuleSet }): JSX.Element {
  const [{ rule = "" }, set] = useAddress();
  const known = rules.rules.find(({ id }) => id === rule);
  if (rule === NEW || known !== undefined) {
    return <RuleEditor key={rule} rules={rules} rule={known} onBack={() => set({ rule: "" })} />;
  }
  return (
    <Stack gap="lg">
      <RuleList rules={rules} edit={(id) => set({ rule: id })} />
      <Versions newest={rules.version} />
    </Stack>
  );
}

function RuleList({
  rules,
  edit,
}: {
  readonly rules: RuleSet;
  readonly edit: (id: string) => void;
}): JSX.Element {
  const words = useWords(RULE_WORDS);
  return (
    <Sheet
      title={words.rules}
      about={words.rulesNote}
      actions={
        <ReadersKeepOut>
          <Button onClick={() => edit(NEW)}>{words.create}</Button>
        </ReadersKeepOut>
      }
    >
      <DataTable
        name="rules"
        rows={rules.rules}
        columns={useColumns(rules, edit)}
        keyOf={({ id }) => id}
        empty={<Nothing title={words.none}>{words.noneNote}</Nothing>}
      />
    </Sheet>
  );
}

function useColumns(rules: RuleSet, edit: (id: string) => void): readonly Column<Rule>[] {
  const words = useWords(RULE_WORDS);
  const surfaces = useWords(SURFACES);
  const language = useLanguage();
  const says = useSays();
  const now = useNow();
  const { user } = usePlace();
  const where = (rule: Rule): string =>
    rule.surfaces.length === 0
      ? words.everywhere
      : rule.surfaces.map((surface) => surfaces[surface] ?? surface).join(", ");
  return [
    {
      id: "rule",
      head: words.id,
      value: ({ id }) => id,
      cell: ({ id, note }) => (
        <>
          <Text size="sm" fw={600}>
            {id}
          </Text>
          <Text size="xs" c="dimmed">
            {note}
          </Text>
        </>
      ),
    },
    { id: "kind", head: words.kind, value: ({ kind }) => words.kinds[kind].name },
    {
      id: "does",
      head: words.does,
      value: says,
      cell: (rule) =>
        rule.kind === "pin" ? <PinSays item={rule.item} place={rule.position + 1} /> : says(rule),
    },
    { id: "where", head: words.where, value: where },
    { id: "when", head: words.when, value: (rule) => whenOf(rule, words, language) },
    {
      id: "state",
      head: words.state,
      value: (rule) => words.states[restingNow(rule, now) ?? "on"],
      cell: (rule) => <State state={restingNow(rule, now) ?? "on"} />,
    },
    ...(user.role === "viewer"
      ? []
      : [
          {
            id: "change",
            head: words.change,
            value: () => "",
            cell: (rule: Rule) => <RuleChanges rule={rule} rules={rules} edit={edit} />,
          },
        ]),
  ];
}

function useSays(): (rule: Rule) => string {
  const { says, by } = useWords(RULE_WORDS);
  const language = useLanguage();
  const sentence = useSentence(useCurrency());
  return (rule) => {
    switch (rule.kind) {
      case "filter":
        return says.filter(sentence(rule.where));
      case "boost":
      case "bury":
        return says[rule.kind](sentence(rule.where), decimal(rule.factor, language));
      case "pin":
        return says.pin(rule.item, rule.position + 1);
      case "cap":
        return says.cap(rule.most, by[rule.by]);
    }
  };
}

function PinSays({ item, place }: { readonly item: string; readonly place: number }): JSX.Element {
  const { says } = useWords(RULE_WORDS);
  return <>{says.pin(useItemTitle(item), place)}</>;
}

function whenOf(
  { from, until }: Rule,
  words: (typeof RULE_WORDS)["en"],
  language: Language,
): string {
  const parts = [
    ...(from === undefined ? [] : [words.from(moment(from, language))]),
    ...(until === undefined ? [] : [words.until(moment(until, language))]),
  ];
  return parts.length === 0 ? words.always : parts.join(" ");
}

const COLOURS = { on: "teal", off: "gray", early: "blue", over: "gray" } as const;

function State({ state }: { readonly state: keyof typeof COLOURS }): JSX.Element {
  const { states } = useWords(RULE_WORDS);
  return (
    <Badge color={COLOURS[state]} variant="light" tt="none">
      {states[state]}
    </Badge>
  );
}

function RuleChanges({
  rule,
  rules,
  edit,
}: {
  readonly rule: Rule;
  readonly rules: RuleSet;
  readonly edit: (id: string) => void;
}): JSX.Element {
  const words = useWords(RULE_WORDS);
  const remove = useChange(
    (client) => client.rules.removeRule(rule.id, { expect: rules.version }),
    [["rules"]],
  );
  return (
    <>
      <Group gap="xs" wrap="nowrap">
        <Button size="compact-sm" variant="default" onClick={() => edit(rule.id)}>
          {words.edit}
        </Button>
        <ConfirmButton
          size="compact-sm"
          variant="default"
          label={words.remove}
          title={words.removeTitle}
          onSure={() => remove.mutate(undefined as never)}
          loading={remove.isPending}
        >
          {words.removeNote(rule.id)}
        </ConfirmButton>
      </Group>
      {remove.error ? <ProblemNote error={remove.error} /> : null}
    </>
  );
}
