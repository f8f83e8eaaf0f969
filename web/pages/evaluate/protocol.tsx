import { Alert, SimpleGrid, Text } from "@mantine/core";
import type { JSX } from "react";
import type { Report } from "../../../client/src/made/schemas.ts";
import { moment, percent, whole } from "../../ui/format.ts";
import { Notes, Sheet } from "../../ui/frame.tsx";
import { noteSaid } from "../../ui/note-words.ts";
import { type Language, useLanguage, useWords } from "../../ui/words.ts";
import { EVALUATE_WORDS } from "./evaluate.words.ts";
import type { Protocol, RankingReport } from "./ranking-report.ts";

type Texts = (typeof EVALUATE_WORDS)["en"];

/** Share of the hidden from which on the protocol itself is worth a remark. */
const MANY_LOST = 0.3;

/** Under which rules the numbers came about. */
export function ProtocolSheet({
  of: { protocol, notes },
  report,
}: {
  readonly of: RankingReport;
  readonly report: Pick<Report, "createdAt" | "options">;
}): JSX.Element {
  const words = useWords(EVALUATE_WORDS);
  const language = useLanguage();
  const lost = protocol.unreachableTargets / Math.max(1, protocol.targets);
  const lines = [
    ...linesOf(protocol, report, words, language),
    { name: words.made, value: moment(report.createdAt, language) },
  ];
  return (
    <Sheet title={words.protocol} about={words.protocolNote}>
      <SimpleGrid cols={{ base: 1, xs: 2, md: 3 }} spacing="md" component="dl" m={0}>
        {lines.map(({ name, value }) => (
          <div key={name}>
            <Text component="dt" size="xs" c="dimmed">
              {name}
            </Text>
            <Text component="dd" size="sm" m={0}>
              {value}
            </Text>
          </div>
        ))}
      </SimpleGrid>
      {protocol.filterSeen && lost >= MANY_LOST ? (
        <Alert color="yellow" variant="light" mt="md">
          {words.lost(percent(lost, language, 0))}
        </Alert>
      ) : null}
      <Notes title={words.notes} notes={(notes ?? []).map((note) => noteSaid(note, language))} />
    </Sheet>
  );
}

interface Asked {
  readonly folds?: { readonly by: string; readonly count: number };
  readonly split?: string;
  readonly testDays?: number;
}

function linesOf(
  protocol: Protocol,
  { options }: Pick<Report, "options">,
  words: Texts,
  language: Language,
): readonly { readonly name: string; readonly value: string }[] {
  const asked = saidOf((options ?? {}) as Asked, words) ?? protocol.split;
  const number = (value: number): string => whole(value, language);
  const { confidence, bootstrapRounds, seed } = protocol;
  return [
    { name: words.asked, value: asked },
    {
      name: words.casesMeasured,
      value: `${number(protocol.cases)} · ${words.targets(number(protocol.targets), number(protocol.unreachableTargets))}`,
    },
    {
      name: words.catalogue,
      value: words.ofItems(number(protocol.candidates), number(protocol.vocabulary)),
    },
    { name: words.seenName, value: protocol.filterSeen ? words.seenLeft : words.seenKept },
    {
      name: words.certainty,
      value: `${words.resampled(percent(confidence, language, 1), number(bootstrapRounds))} ${seed}`,
    },
  ];
}

/** What was hidden, in words; undefined where it is not known here. */
function saidOf({ folds, split, testDays }: Asked, words: Texts): string | undefined {
  if (folds !== undefined) return words.foldsAsked(folds.by, folds.count);
  const chosen = words.splits.find(({ value }) => value === split);
  const days =
    split === "leave_one_out" || testDays === undefined ? "" : ` (${testDays}${words.days})`;
  return chosen && `${chosen.label}${days}`;
}
