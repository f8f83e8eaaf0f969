import { dirname, join, normalize } from "node:path/posix";
import { isCode, type Rule, type Tree } from "./tree.ts";

const documents = (tree: Tree): readonly [string, string][] =>
  [...tree.files].filter(([path]) => path.endsWith(".md"));

const LINK = /\[[^\]]*\]\(([^)\s]+)(?:\s+"[^"]*")?\)/g;

export const linksResolve: Rule = {
  says: "a link in a document leads to a file of the project, and to a heading that is there",
  find: (tree) =>
    documents(tree).flatMap(([path, text]) =>
      [...withoutCode(text).matchAll(LINK)]
        .map(([, target = ""]) => target)
        .filter((target) => !/^[a-z]+:/.test(target) && !leadsSomewhere(tree, path, target))
        .map((target) => `${path}: ${target}`),
    ),
};

function leadsSomewhere(tree: Tree, from: string, target: string): boolean {
  const [file = "", heading = ""] = decodeURI(target).split("#");
  const path = file === "" ? from : normalize(join(dirname(from), file)).replace(/\/$/, "");
  const isFolder = [...tree.files.keys(), ...tree.others.keys()].some((known) =>
    known.startsWith(`${path}/`),
  );
  if (!tree.files.has(path) && !tree.others.has(path)) return isFolder && heading === "";
  return heading === "" || headings(tree.files.get(path) ?? "").includes(heading);
}

/** The anchors that a page of ours has, as the usual sites make them. */
const headings = (text: string): readonly string[] =>
  [...withoutCode(text).matchAll(/^#+ (.+)$/gm)].map(([, title = ""]) =>
    title
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
      .trim()
      .replaceAll(" ", "-"),
  );

const withoutCode = (text: string): string =>
  text.replaceAll(/^```[\s\S]*?^```/gm, "").replaceAll(/`[^`\n]*`/g, "");

/**
 * A number that is read from a bench carries its place, e.g. in a table cell:
 * `<!-- bench/recommend.json#/results/amazon-beauty/blend/HR@10 -->.0719`
 */
const MARKED = /<!-- (bench\/[a-z0-9-]+\.json)#(\/[^ ]+) -->\s*([-\d.,]+)( ?%)?/g;

export const numbersComeFromBenches: Rule = {
  says: "a number marked with its place in bench/ is the number recorded there",
  find: (tree) =>
    documents(tree).flatMap(([path, text]) =>
      [...withoutCode(text).matchAll(MARKED)].flatMap(
        ([, file = "", pointer = "", written = "", percent]) => {
          const recorded = valueAt(tree.files.get(file), pointer);
          const said = `${path}: ${file}#${pointer} is ${recorded}, not ${written}${percent ?? ""}`;
          return agrees(recorded, written, percent !== undefined) ? [] : [said];
        },
      ),
    ),
};

function valueAt(json: string | undefined, pointer: string): unknown {
  let value: unknown = json === undefined ? undefined : JSON.parse(json);
  for (const part of pointer.slice(1).split("/")) {
    const key = decodeURIComponent(part).replaceAll("~1", "/").replaceAll("~0", "~");
    value = (value as Record<string, unknown> | null | undefined)?.[key];
  }
  return value;
}

/** Equal when the recorded number, rounded to the written number of places, reads the same. */
function agrees(recorded: unknown, written: string, isPercent: boolean): boolean {
  if (typeof recorded !== "number") return false;
  const plain = written.replaceAll(",", "").replace(/\.$/, "");
  const places = plain.includes(".") ? plain.length - plain.indexOf(".") - 1 : 0;
  const value = isPercent ? recorded * 100 : recorded;
  return Number(value.toFixed(places)) === Number(plain);
}

const SET_ASKED_FOR = /\b(?:dataFolder|describeWithData|realData|dataSet)\(\s*"([a-z0-9-]+)"/g;

export const dataSetsAreDescribed: Rule = {
  says: "a real data set named in code is described in docs/guide/data-sets.md",
  find(tree) {
    const page = tree.files.get("docs/guide/data-sets.md") ?? "";
    const described = new Set([...page.matchAll(/^\| `([a-z0-9-]+)` \|/gm)].map((row) => row[1]));
    return [...tree.files].flatMap(([path, text]) =>
      isCode(path)
        ? [...text.matchAll(SET_ASKED_FOR)]
            .map(([, name = ""]) => name)
            .filter((name) => !described.has(name))
            .map((name) => `${path}: ${name}`)
        : [],
    );
  },
};

const TABLE_FILE = /\.(csv|tsv|parquet|jsonl|ndjson|gz|zip|xlsx|npz|dat|txt)$/;
const TABLE_BYTES_MOST = 16_384;

export const noDataSetIsCommitted: Rule = {
  says: `no data set is in the repository: table files stay under ${TABLE_BYTES_MOST} bytes`,
  find: (tree) =>
    [...tree.others].flatMap(([path, bytes]) =>
      TABLE_FILE.test(path) && !path.startsWith("test/golden/") && bytes > TABLE_BYTES_MOST
        ? [`${path}: ${bytes} bytes`]
        : [],
    ),
};
