import { Group, Stack, Text } from "@mantine/core";
import type { JSX } from "react";
import type { PipelineStage, Pipeline as Seen } from "../../../client/src/made/schemas.ts";
import { useAsk } from "../../ui/api.ts";
import { Answered, Page, Sheet } from "../../ui/frame.tsx";
import { PageLink, useAddressState } from "../../ui/links.tsx";
import { useWords } from "../../ui/words.ts";
import { LongWorks } from "./long-works.tsx";
import { Quarantine } from "./quarantine.tsx";
import { Schedule } from "./schedule.tsx";
import { Search } from "./search.tsx";
import { StageCards } from "./stage-cards.tsx";
import { Training } from "./training.tsx";
import { PIPELINE_WORDS } from "./words.ts";

const EVERY_MS = 5_000;
/** While something runs. */
const SOON_MS = 1_500;

/** The way of the data as a living picture, and what can be done at each stage. */
export function Pipeline(): JSX.Element {
  const words = useWords(PIPELINE_WORDS);
  const [stage, setStage] = useAddressState("stage", "train");
  const [job] = useAddressState("job");
  const seen = usePipeline();
  return (
    <Page title={words.title} about={words.about}>
      <Answered of={seen} height={500}>
        {(pipeline) => (
          <Stack gap="lg">
            <StageCards stages={pipeline.stages} chosen={stage} choose={setStage} />
            <StageSheet pipeline={pipeline} chosen={stage} />
            <LongWorks marked={job} />
          </Stack>
        )}
      </Answered>
    </Page>
  );
}

function usePipeline(): ReturnType<typeof useAsk<Seen>> {
  const isRunning = ({ state }: PipelineStage): boolean => state === "running";
  const first = useAsk(["pipeline"], (client) => client.shops.getPipeline());
  const everyMs = first.data?.stages.some(isRunning) ? SOON_MS : EVERY_MS;
  return useAsk(["pipeline"], (client) => client.shops.getPipeline(), { everyMs });
}

function StageSheet({
  pipeline,
  chosen,
}: {
  readonly pipeline: Seen;
  readonly chosen: string;
}): JSX.Element | null {
  const words = useWords(PIPELINE_WORDS);
  const found = pipeline.stages.find(({ stage }) => stage === chosen);
  if (!found) return null;
  const { stage } = found;
  return (
    <Sheet title={words.stages[stage]} about={words.abouts[stage]}>
      {stage === "train" ? (
        <Stack gap="xl">
          <Training pipeline={pipeline} />
          <Search />
          <Schedule />
        </Stack>
      ) : null}
      {stage === "clean" ? <Quarantine /> : null}
      {found.job?.error ? <Text size="sm">{found.job.error.detail}</Text> : null}
      <Ways stage={stage} />
    </Sheet>
  );
}

/** Where more of a stage is. */
function Ways({ stage }: Pick<PipelineStage, "stage">): JSX.Element {
  const words = useWords(PIPELINE_WORDS);
  const ways: Partial<Record<PipelineStage["stage"], readonly (readonly [string, string])[]>> = {
    collect: [
      ["/items", words.toItems],
      ["/settings", words.toKeys],
    ],
    design: [["/models", words.toModels]],
    train: [["/models", words.toModels]],
    evaluate: [["/evaluate", words.toEvaluate]],
    deploy: [["/models", words.toModels]],
    optimise: [["/recommend", words.toRecommend]],
  };
  return (
    <Group mt="sm" gap="md">
      {(ways[stage] ?? []).map(([to, name]) => (
        <PageLink key={to} to={to}>
          {name}
        </PageLink>
      ))}
    </Group>
  );
}
