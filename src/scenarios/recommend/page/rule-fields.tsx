import {
  Box,
  InputLabel,
  MultiSelect,
  NumberInput,
  Select,
  SimpleGrid,
  Stack,
  Switch,
  Text,
  TextInput,
} from "@mantine/core";
import type { JSX } from "react";
import type { Rule } from "../../../../client/src/made/schemas.ts";
import { useAsk } from "../../../../web/ui/api.ts";
import { CatalogueLine, ItemPicker } from "../../../../web/ui/item-picker.tsx";
import { asLocalTime, fromLocalTime } from "../../../../web/ui/now.ts";
import { SURFACES } from "../../../../web/ui/scene-words.ts";
import { useWords } from "../../../../web/ui/words.ts";
import type { RecommendSurface } from "../schema.ts";
import { ConditionEditor } from "./condition-editor.tsx";
import { useCurrency } from "./item-facts.ts";
import { type Draft, freeId } from "./rule-draft.ts";
import { RULE_WORDS } from "./rules.words.ts";

interface FieldsProps {
  readonly draft: Draft;
  readonly change: (changed: Partial<Draft>) => void;
}

const below = ["label", "input", "description", "error"] as const;
const kindNames = ["pin", "boost", "bury", "filter", "cap"] as const;

/** What every rule says, then what its kind asks for. */
export function RuleFields({
  draft,
  change,
  isNew,
  rules,
}: FieldsProps & { readonly isNew: boolean; readonly rules: readonly Rule[] }): JSX.Element {
  const words = useWords(RULE_WORDS);
  const turn = (kind: Rule["kind"]): void => {
    const isFresh = isNew && draft.id === freeId(draft.kind, rules);
    change({ kind, ...(isFresh ? { id: freeId(kind, rules) } : {}) });
  };
  return (
    <Stack>
      <SimpleGrid cols={{ base: 1, sm: 3 }}>
        <Select
          label={words.kind}
          description={words.kinds[draft.kind].about}
          inputWrapperOrder={[...below]}
          data={kindNames.map((value) => ({ value, label: words.kinds[value].name }))}
          value={draft.kind}
          allowDeselect={false}
          onChange={(next) => turn((next ?? draft.kind) as Rule["kind"])}
        />
        <TextInput
          label={words.name}
          description={words.nameNote}
          inputWrapperOrder={[...below]}
          value={draft.id}
          disabled={!isNew}
          onChange={({ currentTarget }) => change({ id: currentTarget.value })}
        />
        <TextInput
          label={words.note}
          description={words.noteNote}
          inputWrapperOrder={[...below]}
          value={draft.note}
          onChange={({ currentTarget }) => change({ note: currentTarget.value })}
        />
      </SimpleGrid>
      <KindFields draft={draft} change={change} />
      <WhereAndWhen draft={draft} change={change} />
      <Switch
        label={words.enabled}
        checked={draft.enabled}
        onChange={({ currentTarget }) => change({ enabled: currentTarget.checked })}
      />
    </Stack>
  );
}

function WhereAndWhen({ draft, change }: FieldsProps): JSX.Element {
  const words = useWords(RULE_WORDS);
  const surfaces = useWords(SURFACES);
  return (
    <SimpleGrid cols={{ base: 1, sm: 3 }}>
      <MultiSelect
        label={words.surfaces}
        description={words.surfacesNote}
        inputWrapperOrder={[...below]}
        data={Object.entries(surfaces).map(([value, label]) => ({ value, label }))}
        value={[...draft.surfaces]}
        onChange={(next) => change({ surfaces: next as RecommendSurface[] })}
        clearable={false}
      />
      {(["from", "until"] as const).map((end) => (
        <TextInput
          key={end}
          type="datetime-local"
          label={end === "from" ? words.fromField : words.untilField}
          description={words.timeNote}
          inputWrapperOrder={[...below]}
          value={asLocalTime(draft[end])}
          onChange={({ currentTarget }) => change({ [end]: fromLocalTime(currentTarget.value) })}
        />
      ))}
    </SimpleGrid>
  );
}

function KindFields({ draft, change }: FieldsProps): JSX.Element {
  if (draft.kind === "pin") return <PinFields draft={draft} change={change} />;
  if (draft.kind === "cap") return <CapFields draft={draft} change={change} />;
  return <WhereFields draft={draft} change={change} />;
}

function PinFields({ draft: { item, position }, change }: FieldsProps): JSX.Element {
  const words = useWords(RULE_WORDS);
  const known = useAsk(["items", item], (client) => client.items.getItem(item), {
    enabled: item !== "",
  });
  return (
    <SimpleGrid cols={{ base: 1, sm: 3 }}>
      <ItemPicker label={words.item} onPick={(chosen) => change({ item: chosen.item })} />
      <Box>
        <InputLabel component="div">{words.chosen}</InputLabel>
        {known.data === undefined ? (
          <Text size="sm" c="dimmed" mt={6}>
            {item === "" ? words.nothingChosen : item}
          </Text>
        ) : (
          <CatalogueLine item={known.data} />
        )}
      </Box>
      <NumberInput
        label={words.place}
        description={words.placeNote}
        inputWrapperOrder={[...below]}
        min={1}
        max={1_000}
        value={position + 1}
        onChange={(next) => change({ position: Math.max(0, Number(next) - 1) })}
      />
    </SimpleGrid>
  );
}

function CapFields({ draft: { by, most }, change }: FieldsProps): JSX.Element {
  const words = useWords(RULE_WORDS);
  return (
    <SimpleGrid cols={{ base: 1, sm: 3 }}>
      <NumberInput
        label={words.most}
        min={1}
        max={1_000}
        value={most}
        onChange={(next) => change({ most: Number(next) || 1 })}
      />
      <Select
        label={words.byField}
        data={Object.entries(words.by).map(([value, label]) => ({ value, label }))}
        value={by}
        allowDeselect={false}
        onChange={(next) => change({ by: (next ?? by) as Draft["by"] })}
      />
    </SimpleGrid>
  );
}

function WhereFields({ draft, change }: FieldsProps): JSX.Element {
  const words = useWords(RULE_WORDS);
  const currency = useCurrency();
  const { kind, raise, lower, where } = draft;
  return (
    <>
      {kind === "filter" ? null : (
        <NumberInput
          label={words.factor}
          min={kind === "boost" ? 1.1 : 0}
          max={kind === "boost" ? 100 : 0.9}
          step={0.1}
          value={kind === "boost" ? raise : lower}
          onChange={(next) =>
            change(kind === "boost" ? { raise: Number(next) } : { lower: Number(next) })
          }
          maw={240}
        />
      )}
      <ConditionEditor
        condition={where}
        change={(next) => change({ where: next })}
        currency={currency}
      />
    </>
  );
}
