import { Badge, Box, Group, Text, UnstyledButton } from "@mantine/core";
import type { JSX } from "react";
import type { RecommendDecision } from "../../../../client/src/made/schemas.ts";
import { decimal, percent } from "../../../../web/ui/format.ts";
import { Nothing } from "../../../../web/ui/frame.tsx";
import { ItemLine } from "../../../../web/ui/item-card.tsx";
import { named, SOURCES } from "../../../../web/ui/scene-words.ts";
import { ShareBar } from "../../../../web/ui/share-bar.tsx";
import { useLanguage, useWords } from "../../../../web/ui/words.ts";
import { PLAYGROUND_WORDS } from "./playground.words.ts";

export type ShownItem = RecommendDecision["items"][number];

/** The items of a list with what a merchandiser asks of each; a click asks why. */
export function ListShown({
  items,
  onWhy,
}: {
  readonly items: readonly ShownItem[];
  readonly onWhy: (item: string) => void;
}): JSX.Element {
  const words = useWords(PLAYGROUND_WORDS);
  if (items.length === 0) return <Nothing title={words.empty}>{words.emptyNote}</Nothing>;
  return (
    <Box component="ol" m={0} p={0} style={{ listStyle: "none" }}>
      {items.map((shown) => (
        <Box component="li" key={shown.item} style={{ borderTop: "1px solid var(--line)" }}>
          <UnstyledButton
            w="100%"
            py="sm"
            onClick={() => onWhy(shown.item)}
            aria-label={words.whyOpen(shown.title)}
          >
            <ShownLine shown={shown} />
          </UnstyledButton>
        </Box>
      ))}
    </Box>
  );
}

function ShownLine({ shown }: { readonly shown: ShownItem }): JSX.Element {
  const words = useWords(PLAYGROUND_WORDS);
  const language = useLanguage();
  const sources = useWords(SOURCES);
  const { position, reasons, rules, score, propensity } = shown;
  const parts = Object.entries(shown.sources).map(([name, value]) => ({
    name: named(sources, name),
    value,
  }));
  return (
    <Group gap="md" align="flex-start">
      <Text fw={600} w={22} ta="right" style={{ fontVariantNumeric: "tabular-nums" }}>
        {position + 1}
      </Text>
      <Box style={{ flex: "1 1 240px" }} miw={0}>
        <ItemLine shown={shown}>
          <Text size="xs">{reasons.map(({ text }) => text).join(" · ")}</Text>
        </ItemLine>
        <Group gap={6} mt={4}>
          {rules.map((rule) => (
            <Badge key={rule} variant="light" color="grape" tt="none">
              {rule}
            </Badge>
          ))}
          {propensity === 1 ? null : (
            <Text size="xs" c="dimmed">
              {words.tried(percent(propensity, language))}
            </Text>
          )}
        </Group>
      </Box>
      <Box style={{ flex: "1 1 220px" }}>
        <ShareBar parts={parts} most={2} />
        <Text size="xs" c="dimmed">
          {words.score} {decimal(score, language)}
        </Text>
      </Box>
    </Group>
  );
}
