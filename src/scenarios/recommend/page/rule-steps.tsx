import { Badge, Box, Group, Stack, Text } from "@mantine/core";
import type { JSX } from "react";
import type { RecommendPreview } from "../../../../client/src/made/schemas.ts";
import { whole } from "../../../../web/ui/format.ts";
import { Nothing, Sheet } from "../../../../web/ui/frame.tsx";
import { useLanguage, useWords } from "../../../../web/ui/words.ts";
import { PLAYGROUND_WORDS } from "./playground.words.ts";

type Step = RecommendPreview["steps"][number];
type Change = Step["changes"][number];

/** Changes that are named, of a step. */
const NAMED_MOST = 6;

/** What each rule in force removed, brought in or moved, from the list without rules on. */
export function RuleSteps({ preview }: { readonly preview: RecommendPreview }): JSX.Element {
  const words = useWords(PLAYGROUND_WORDS);
  const { steps, resting, effects } = preview;
  return (
    <Sheet title={words.steps} about={words.stepsNote}>
      {steps.length === 0 ? <Nothing title={words.noRules}>{words.noRulesNote}</Nothing> : null}
      <Stack component="ol" gap="md" m={0} pl="lg">
        {steps.map((step) => (
          <li key={step.rules.join()}>
            <StepShown step={step} effects={effects} />
          </li>
        ))}
      </Stack>
      {resting.length === 0 ? null : (
        <Text size="sm" c="dimmed" mt="md">
          {words.resting}:{" "}
          {resting.map(({ rule, why }) => `${rule} (${words.restingWhy[why]})`).join(" · ")}
        </Text>
      )}
    </Sheet>
  );
}

function StepShown({
  step: { rules, changes },
  effects,
}: {
  readonly step: Step;
  readonly effects: RecommendPreview["effects"];
}): JSX.Element {
  const words = useWords(PLAYGROUND_WORDS);
  const language = useLanguage();
  const touched = rules.reduce((sum, rule) => sum + (effects[rule] ?? 0), 0);
  const own = changes.filter((change) => change.touched || change.from === null);
  const named = own.slice(0, NAMED_MOST);
  const others = changes.length - named.length;
  return (
    <Box>
      <Group gap="sm">
        <Text fw={600} size="sm">
          {rules.length === 1 ? rules[0] : words.many(rules.length)}
        </Text>
        <Text size="xs" c="dimmed">
          {words.stepOf(whole(touched, language))}
        </Text>
      </Group>
      {changes.length === 0 ? (
        <Text size="sm" c="dimmed">
          {words.noChange}
        </Text>
      ) : null}
      {named.map((change) => (
        <Group key={change.item} gap="xs" wrap="nowrap">
          <ChangeMark change={change} />
          <Text size="sm" lineClamp={1}>
            {change.title}
          </Text>
        </Group>
      ))}
      {others === 0 ? null : (
        <Text size="xs" c="dimmed">
          {words.shifted(others)}
        </Text>
      )}
    </Box>
  );
}

function ChangeMark({ change: { from, to } }: { readonly change: Change }): JSX.Element {
  const words = useWords(PLAYGROUND_WORDS);
  if (to === null) return <Mark colour="seal">{words.went}</Mark>;
  if (from === null) return <Mark colour="teal">{`${words.came} ${to + 1}`}</Mark>;
  return <Mark colour="gray">{words.moved(from + 1, to + 1)}</Mark>;
}

const Mark = ({
  colour,
  children,
}: {
  readonly colour: string;
  readonly children: string;
}): JSX.Element => (
  <Badge color={colour} variant="light" tt="none" style={{ flex: "none" }}>
    {children}
  </Badge>
);
