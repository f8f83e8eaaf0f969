import { SimpleGrid } from "@mantine/core";
import type { JSX } from "react";
import type { Freshness } from "../../../client/src/made/schemas.ts";
import { duration, whole } from "../../ui/format.ts";
import { Figure, Sheet } from "../../ui/frame.tsx";
import { useLanguage, useWords } from "../../ui/words.ts";
import { OVERVIEW_WORDS } from "./overview.words.ts";

/** How soon what comes in shows, as this server measured it, beside what is promised. */
export function FreshnessFigures({ freshness }: { readonly freshness: Freshness }): JSX.Element {
  const words = useWords(OVERVIEW_WORDS);
  const { events, eventsGoalMs, newcomers, newcomersGoalMs } = freshness;
  const { pictures, picturesGoalMs } = freshness;
  return (
    <Sheet title={words.freshness} about={words.freshnessNote}>
      <SimpleGrid cols={{ base: 1, sm: 2, lg: 4 }}>
        <Taken name={words.eventFresh} lately={events} goalMs={eventsGoalMs} none={words.noEvent} />
        <Taken
          name={words.newcomerFresh}
          lately={newcomers}
          goalMs={newcomersGoalMs}
          none={words.noNewcomer}
        />
        <Taken
          name={words.pictureFresh}
          lately={pictures}
          goalMs={picturesGoalMs}
          none={words.noPicture}
        />
        <Kept held={freshness.held} />
      </SimpleGrid>
    </Sheet>
  );
}

/** What no list may break: what was acknowledged. */
function Kept({ held }: Pick<Freshness, "held">): JSX.Element {
  const words = useWords(OVERVIEW_WORDS);
  const language = useLanguage();
  const lists = whole(held.lists, language);
  if (held.places === 0) return <Figure name={words.held} value="–" note={words.noChange(lists)} />;
  const { wrong, places } = held;
  return (
    <Figure
      name={words.held}
      value={wrong === 0 ? words.neverWrong : words.wrong(wrong, whole(wrong, language))}
      note={words.compared(whole(places, language), lists)}
    />
  );
}

function Taken({
  name,
  lately,
  goalMs,
  none,
}: {
  readonly name: string;
  readonly lately: Freshness["events"];
  readonly goalMs: number;
  readonly none: string;
}): JSX.Element {
  const words = useWords(OVERVIEW_WORDS);
  const language = useLanguage();
  const goal = duration(goalMs, language);
  if (lately === null) return <Figure name={name} value="–" note={`${none} ${words.goal(goal)}`} />;
  const { count, p50Ms, p99Ms } = lately;
  const kept = p99Ms <= goalMs ? words.goalKept(goal) : words.goalMissed(goal);
  const p99 = words.p99(duration(p99Ms, language), whole(count, language));
  return <Figure name={name} value={duration(p50Ms, language)} note={`${p99} ${kept}`} />;
}
