import { Button, Group, SimpleGrid, Stack, Text, TextInput, Title } from "@mantine/core";
import { type FormEvent, type JSX, useState } from "react";
import type { PredictDecision } from "../../../../client/src/made/schemas.ts";
import { useAsk } from "../../../../web/ui/api.ts";
import { inDays, moment, money, percent } from "../../../../web/ui/format.ts";
import { Answered, Figure, Nothing, Sheet } from "../../../../web/ui/frame.tsx";
import { PageLink } from "../../../../web/ui/links.tsx";
import { EVENTS, HEADS, named, SEGMENTS } from "../../../../web/ui/scene-words.ts";
import { inLanguage, useLanguage, useWords } from "../../../../web/ui/words.ts";
import { PREDICT_WORDS } from "./predict.words.ts";
import { SignedBars } from "./signed-bars.tsx";

type Chance = PredictDecision["chances"][number];

/** What one shopper will probably do, and which events say so. */
export function ShopperCard({
  shopper,
  setShopper,
}: {
  readonly shopper: string;
  readonly setShopper: (shopper: string) => void;
}): JSX.Element {
  const words = useWords(PREDICT_WORDS);
  const locale = useLanguage();
  const ask = { shopper, explain: true, locale };
  const answer = useAsk(["predict", "shopper", ask], (client) => client.predictions.predict(ask), {
    enabled: shopper !== "",
  });
  return (
    <Sheet title={words.card} about={words.cardNote}>
      <Stack>
        <Whose key={shopper} shopper={shopper} setShopper={setShopper} />
        {shopper === "" ? (
          <Nothing title={words.noCard}>{words.noCardNote}</Nothing>
        ) : (
          <Answered of={answer} height={320}>
            {(decision) => <Card decision={decision} shopper={shopper} />}
          </Answered>
        )}
      </Stack>
    </Sheet>
  );
}

function Whose({
  shopper,
  setShopper,
}: {
  readonly shopper: string;
  readonly setShopper: (shopper: string) => void;
}): JSX.Element {
  const words = useWords(PREDICT_WORDS);
  const [text, setText] = useState(shopper);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    setShopper(text.trim());
  };
  return (
    <form onSubmit={submit}>
      <Group align="flex-end">
        <TextInput
          label={words.id}
          value={text}
          onChange={({ currentTarget }) => setText(currentTarget.value)}
        />
        <Button type="submit" variant="default">
          {words.show}
        </Button>
      </Group>
    </form>
  );
}

function Card({
  decision: { segment, value, returns, chances, next, notices, asOf },
  shopper,
}: {
  readonly decision: PredictDecision;
  readonly shopper: string;
}): JSX.Element {
  const words = useWords(PREDICT_WORDS);
  const language = useLanguage();
  const segments = useWords(SEGMENTS);
  const events = useWords(EVENTS);
  const [likely] = next;
  return (
    <Stack>
      <SimpleGrid cols={{ base: 1, xs: 2, md: 4 }}>
        <Figure
          name={words.segment}
          value={named(segments, segment)}
          note={words.asOf(moment(asOf, language))}
        />
        {value === null ? null : (
          <Figure
            name={words.valueName}
            value={money(value.expectedMinor, value.currency, language)}
            note={words.within(value.days)}
          />
        )}
        {returns === null ? null : <Back returns={returns} />}
        {likely === undefined ? null : (
          <Figure
            name={words.next}
            value={named(events, likely.action)}
            note={percent(likely.probability, language)}
          />
        )}
      </SimpleGrid>
      {notices.length === 0 ? null : (
        <Text size="sm" c="dimmed">
          {notices.join(" · ")}
        </Text>
      )}
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="xl">
        {chances.map((chance) => (
          <OneChance key={chance.head} chance={chance} />
        ))}
      </SimpleGrid>
      <PageLink to={`/shoppers/${encodeURIComponent(shopper)}`}>{words.openShopper}</PageLink>
    </Stack>
  );
}

function Back({
  returns: { medianDays, horizonDays },
}: {
  readonly returns: NonNullable<PredictDecision["returns"]>;
}): JSX.Element {
  const words = useWords(PREDICT_WORDS);
  const language = useLanguage();
  return (
    <Figure
      name={words.back}
      value={
        medianDays === null
          ? words.backLater(horizonDays)
          : words.backWithin(inDays(medianDays, language))
      }
      note={words.backNote}
    />
  );
}

function OneChance({ chance }: { readonly chance: Chance }): JSX.Element {
  const words = useWords(PREDICT_WORDS);
  const heads = useWords(HEADS);
  const labelOf = useReasonLabels(chance);
  const { head, days, usual, probability, reasons } = chance;
  return (
    <section>
      <Title order={3} fz={16} mb={4}>
        {named(heads, head)}
        {head === "churn" && days !== null ? `, ${words.within(days)}` : ""}
      </Title>
      <SignedBars
        usual={usual}
        whole={probability}
        parts={reasons.map((reason, at) => ({
          key: String(at),
          label: labelOf(reason),
          part: reason.part,
        }))}
      />
    </section>
  );
}

/** "Looked at Tea pot", with what the catalogue calls the group now. */
function useReasonLabels({ reasons }: Chance): (reason: Chance["reasons"][number]) => string {
  const events = useWords(EVENTS);
  const language = useLanguage();
  const groups = [...new Set(reasons.flatMap(({ group }) => (group === undefined ? [] : [group])))];
  const titles = useAsk(["group titles", groups], async (client) => {
    const found = await Promise.all(
      groups.map((group) => client.items.listItems({ q: group, limit: 5 })),
    );
    return found.map(({ rows }, at) => rows.find(({ group }) => group === groups[at])?.title);
  });
  return ({ event, group }) => {
    const name = named(events, event);
    if (group === undefined) return name;
    return `${name}: ${inLanguage(titles.data?.[groups.indexOf(group)], language) ?? group}`;
  };
}
