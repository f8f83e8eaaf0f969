import { Badge, Box, Drawer, Group, Stack, Text, Title } from "@mantine/core";
import type { JSX } from "react";
import type { ItemExplanation, RecommendRequest } from "../../../../client/src/made/schemas.ts";
import { useAsk } from "../../../../web/ui/api.ts";
import { percent, whole } from "../../../../web/ui/format.ts";
import { Answered } from "../../../../web/ui/frame.tsx";
import { CatalogueLine } from "../../../../web/ui/item-picker.tsx";
import { PageLink } from "../../../../web/ui/links.tsx";
import { named, SOURCES } from "../../../../web/ui/scene-words.ts";
import { ShareBar } from "../../../../web/ui/share-bar.tsx";
import { useLanguage, useWords } from "../../../../web/ui/words.ts";
import { PLAYGROUND_WORDS } from "./playground.words.ts";

/** Why an item stands in the list that was asked for, or why it does not. */
export function Why({
  item,
  request,
  onClose,
}: {
  /** Empty: closed. */
  readonly item: string;
  readonly request: RecommendRequest;
  readonly onClose: () => void;
}): JSX.Element {
  const words = useWords(PLAYGROUND_WORDS);
  const isOpen = item !== "";
  // The reader reads it, not the shopper.
  const locale = useLanguage();
  const asked = { ...request, locale };
  const answer = useAsk(
    ["why", asked, item],
    (client) => client.recommendations.explainRecommendation({ request: asked, item }),
    { enabled: isOpen },
  );
  const known = useAsk(["items", item], (client) => client.items.getItem(item), {
    enabled: isOpen,
  });
  return (
    <Drawer.Root opened={isOpen} onClose={onClose} position="right" size="lg">
      <Drawer.Overlay />
      <Drawer.Content>
        <Drawer.Body pt="md">
          <Group justify="space-between" wrap="nowrap" mb="md">
            <Drawer.Title fw={600}>{words.pinned}</Drawer.Title>
            <Drawer.CloseButton aria-label={words.close} />
          </Group>
          {known.data === undefined ? null : <CatalogueLine item={known.data} />}
          <Answered of={answer}>{(found) => <Explained found={found} />}</Answered>
          <Box mt="md">
            <PageLink to={`/items/${encodeURIComponent(item)}`}>{words.openItem}</PageLink>
          </Box>
        </Drawer.Body>
      </Drawer.Content>
    </Drawer.Root>
  );
}

function Explained({ found }: { readonly found: ItemExplanation }): JSX.Element {
  const words = useWords(PLAYGROUND_WORDS);
  const language = useLanguage();
  const sources = useWords(SOURCES);
  const { shown, rank, because } = found;
  const parts = Object.entries(found.sources).map(([name, value]) => ({
    name: named(sources, name),
    value,
  }));
  return (
    <Stack mt="md" gap="md">
      <Group gap="sm">
        <Badge color={shown ? "teal" : "gray"} variant="light" tt="none">
          {shown ? words.inList : words.notShown}
        </Badge>
        <Text size="sm">
          {rank === null ? words.noRank : words.rank(whole(rank + 1, language))}
        </Text>
      </Group>
      {parts.length === 0 ? null : (
        <Box>
          <Title order={3} fz={16} mb={6}>
            {words.gives}
          </Title>
          <ShareBar parts={parts} most={parts.length} />
        </Box>
      )}
      {because.length === 0 ? null : (
        <Box>
          <Title order={3} fz={16}>
            {words.because}
          </Title>
          <Box component="ul" m={0} pl="md">
            {because.map(({ item, title, source, share }) => (
              <Text component="li" size="sm" key={`${item} ${source}`}>
                {words.becauseOf(percent(share, language, 0), title, named(sources, source))}
              </Text>
            ))}
          </Box>
        </Box>
      )}
      <Stages stages={found.stages} />
    </Stack>
  );
}

/** In the order in which they are walked; the first that says no is the reason why not. */
function Stages({ stages }: Pick<ItemExplanation, "stages">): JSX.Element {
  const words = useWords(PLAYGROUND_WORDS);
  return (
    <Box>
      <Title order={3} fz={16}>
        {words.stages}
      </Title>
      <Box component="ol" m={0} pl="lg">
        {stages.map(({ stage, verdict, passed }) => {
          const [kind = stage, rule] = stage.split(" ");
          return (
            <Text component="li" size="sm" key={stage} py={3} fw={passed ? 400 : 650}>
              {named(words.stageNames, kind)}
              {rule === undefined ? "" : ` “${rule}”`}: {verdict}
              {passed ? null : (
                <Badge ml="xs" color="seal" variant="light" tt="none">
                  {words.stopped}
                </Badge>
              )}
            </Text>
          );
        })}
      </Box>
    </Box>
  );
}
