import { Box, Button, CloseButton, Group, Select, Stack } from "@mantine/core";
import type { JSX } from "react";
import { useWords } from "../../../../web/ui/words.ts";
import type { Condition } from "../schema.ts";
import { ComparisonEditor } from "./comparison-editor.tsx";
import {
  conditionOf,
  DEPTH_MOST,
  type GroupKind,
  groupOf,
  isComparison,
  levelsOf,
  PARTS_MOST,
} from "./conditions.ts";
import { CONDITION_WORDS } from "./rules.words.ts";

export interface ConditionProps {
  readonly condition: Condition;
  readonly change: (condition: Condition) => void;
  /** Of the shop's prices. */
  readonly currency: string | undefined;
}

const KINDS: readonly GroupKind[] = ["all", "any", "none"];
const FRAME = { border: "1px solid var(--line)", borderRadius: 8, minWidth: 0 };
const FIRST: Condition = { field: "brand", is: "eq", value: "" };

/** A group of tests and groups; `room` is how many levels may still stand in it. */
export function ConditionEditor({
  condition,
  change,
  currency,
  room = DEPTH_MOST,
  drop,
}: ConditionProps & {
  readonly room?: number;
  readonly drop?: () => void;
}): JSX.Element {
  const words = useWords(CONDITION_WORDS);
  const { kind, parts } = groupOf(condition);
  const rest = room - levelsOf(kind);
  const put = (next: readonly Condition[]): void => change(conditionOf({ kind, parts: next }));
  const isFull = parts.length >= PARTS_MOST || rest < 1;
  return (
    <Box component="fieldset" m={0} p="sm" style={FRAME}>
      <Group gap="xs" mb="xs" wrap="nowrap">
        <Select
          aria-label={words.group}
          data={KINDS.filter((one) => levelsOf(one) < room).map((value) => ({
            value,
            label: words.groups[value],
          }))}
          value={kind}
          allowDeselect={false}
          onChange={(next) => change(conditionOf({ kind: (next ?? kind) as GroupKind, parts }))}
          w={260}
        />
        {drop === undefined ? null : <CloseButton aria-label={words.dropGroup} onClick={drop} />}
      </Group>
      <Stack gap="xs">
        {parts.map((part, at) => (
          <Part
            // biome-ignore lint/suspicious/noArrayIndexKey: a part has no name but its place
            key={at}
            part={part}
            room={rest}
            currency={currency}
            change={(next) => put(parts.map((one, place) => (place === at ? next : one)))}
            drop={() => put(parts.filter((_, place) => place !== at))}
          />
        ))}
      </Stack>
      <Group gap="xs" mt="xs">
        <Button
          size="compact-sm"
          variant="default"
          disabled={isFull}
          onClick={() => put([...parts, FIRST])}
        >
          {words.add}
        </Button>
        {rest < 2 ? null : (
          <Button
            size="compact-sm"
            variant="default"
            disabled={isFull}
            onClick={() => put([...parts, { any: [FIRST] }])}
          >
            {words.addGroup}
          </Button>
        )}
      </Group>
    </Box>
  );
}

function Part({
  part,
  change,
  currency,
  room,
  drop,
}: {
  readonly part: Condition;
  readonly change: (condition: Condition) => void;
  readonly currency: string | undefined;
  readonly room: number;
  readonly drop: () => void;
}): JSX.Element {
  if (!isComparison(part)) {
    return (
      <ConditionEditor
        condition={part}
        change={change}
        currency={currency}
        room={room}
        drop={drop}
      />
    );
  }
  return <ComparisonEditor comparison={part} change={change} currency={currency} drop={drop} />;
}
