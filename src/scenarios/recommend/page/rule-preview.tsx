import { Badge, Box, Group, SimpleGrid, Stack, Text, Title } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { type JSX, useState } from "react";
import type {
  RecommendDecision,
  RecommendPreview,
  RuleInput,
  RuleSet,
} from "../../../../client/src/made/schemas.ts";
import { useAsk } from "../../../../web/ui/api.ts";
import { whole } from "../../../../web/ui/format.ts";
import { Answered, Nothing, Sheet } from "../../../../web/ui/frame.tsx";
import { ItemLine } from "../../../../web/ui/item-card.tsx";
import { useLanguage, useWords } from "../../../../web/ui/words.ts";
import { BesideItems, SurfaceChoice, WhoLooks } from "./ask-form.tsx";
import { type ListAsked, lacksItems, requestOf } from "./list-request.ts";
import { PLAYGROUND_WORDS } from "./playground.words.ts";
import { rulesWith } from "./rule-draft.ts";
import { RULE_WORDS } from "./rules.words.ts";

const PAUSE_MS = 400;

/** The list without and with a rule that is not saved yet, side by side. */
export function RulePreview({
  rules,
  own,
}: {
  readonly rules: RuleSet;
  readonly own: RuleInput;
}): JSX.Element {
  const words = useWords(RULE_WORDS);
  const ask = useWords(PLAYGROUND_WORDS);
  const locale = useLanguage();
  const [asked, setAsked] = useState<ListAsked>({
    surface: own.surfaces?.[0] ?? "home",
    ...{ who: "", id: "", items: [], limit: 10, locale, diversity: 0 },
  });
  const change = (changes: Partial<ListAsked>): void => setAsked({ ...asked, ...changes });
  const [settled] = useDebouncedValue(own, PAUSE_MS);
  const request = requestOf({ ...asked, locale });
  const lacks = lacksItems(asked);
  const answer = useAsk(
    ["list", request, rules.version, settled],
    (client) =>
      client.recommendations.previewRules({ request, rules: rulesWith(rules.rules, settled) }),
    { enabled: !lacks },
  );
  return (
    <Sheet title={words.preview} about={words.previewNote}>
      <Stack>
        <SimpleGrid cols={{ base: 1, md: 2 }}>
          <SurfaceChoice asked={asked} change={change} />
          <WhoLooks asked={asked} change={change} />
          <BesideItems asked={asked} change={change} />
        </SimpleGrid>
        {lacks ? (
          <Nothing title={ask.needsItems}>{ask.needsItemsNote}</Nothing>
        ) : (
          <Answered of={answer} height={420}>
            {(preview) => <SideBySide preview={preview} own={settled} />}
          </Answered>
        )}
      </Stack>
    </Sheet>
  );
}

function SideBySide({
  preview: { now, then, effects, resting },
  own,
}: {
  readonly preview: RecommendPreview;
  readonly own: RuleInput;
}): JSX.Element {
  const words = useWords(RULE_WORDS);
  const language = useLanguage();
  const isResting = resting.some(({ rule }) => rule === own.id);
  const isSame = orderOf(now) === orderOf(then);
  return (
    <>
      <Text size="sm" aria-live="polite">
        {isResting ? words.sleeping : words.touches(whole(effects[own.id] ?? 0, language))}
        {isSame && !isResting ? ` ${words.unchanged}` : ""}
      </Text>
      <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="xl">
        <Side title={words.asIs} items={now.items} beside={undefined} />
        <Side title={words.withRule} items={then.items} beside={now.items} />
      </SimpleGrid>
    </>
  );
}

const orderOf = ({ items }: RecommendDecision): string => items.map(({ item }) => item).join();

type Items = RecommendDecision["items"];

function Side({
  title,
  items,
  beside,
}: {
  readonly title: string;
  readonly items: Items;
  /** The list to compare with, if this is the new one. */
  readonly beside: Items | undefined;
}): JSX.Element {
  const words = useWords(PLAYGROUND_WORDS);
  return (
    <Box>
      <Title order={3} fz={16} mb="xs">
        {title}
      </Title>
      {items.length === 0 ? <Nothing title={words.empty} /> : null}
      <Stack component="ol" gap="xs" m={0} p={0} style={{ listStyle: "none" }}>
        {items.map((shown) => (
          <Group component="li" key={shown.item} gap="sm" wrap="nowrap" justify="space-between">
            <Group gap="sm" wrap="nowrap" miw={0}>
              <Text size="sm" w={20} ta="right" style={{ flex: "none" }}>
                {shown.position + 1}
              </Text>
              <ItemLine shown={shown} />
            </Group>
            {beside === undefined ? null : (
              <Moved
                from={beside.findIndex(({ item }) => item === shown.item)}
                to={shown.position}
              />
            )}
          </Group>
        ))}
      </Stack>
    </Box>
  );
}

/** How an item came to its place; nothing where it stayed. */
function Moved({ from, to }: { readonly from: number; readonly to: number }): JSX.Element | null {
  const words = useWords(PLAYGROUND_WORDS);
  if (from === to) return null;
  return (
    <Badge color={from < 0 ? "teal" : "gray"} variant="light" tt="none" style={{ flex: "none" }}>
      {from < 0 ? words.came : words.moved(from + 1, to + 1)}
    </Badge>
  );
}
