import { z } from "zod";
import { jobSchema } from "../answers.ts";
import { type Route, route } from "../http/route.ts";
import { exportModelWorkSchema, importModelWorkSchema } from "../jobs.ts";
import { startJob } from "../work.ts";

/** The way out and back of a version that is trained elsewhere; folders are of the server's machine. */
const versionPath = z.object({ version: z.string().min(1).max(128) });
const AS_JOB = "Answers as every job does: 202, or 200 when it ends within `Prefer: wait=seconds`.";

export const modelExchangeRoutes: readonly Route[] = [
  route({
    method: "POST",
    path: "/v1/models/:version/export",
    id: "exportModel",
    tag: "models",
    summary: "Write a version and what it learned from into a new folder",
    about: `Safetensors, ONNX, a model card and Parquet. ${AS_JOB}`,
    scope: "owner",
    shop: "required",
    status: 202,
    slow: true,
    params: versionPath,
    body: exportModelWorkSchema,
    answer: jobSchema,
    problems: ["already-running", "limit-reached"],
    run: ({ platform, shop, path, body, ...http }) => {
      const payload = { ...path, ...body };
      return startJob(platform, { shop, kind: "export-model", payload }, http);
    },
  }),
  route({
    method: "POST",
    path: "/v1/models/import",
    id: "importModel",
    tag: "models",
    summary: "Take weights that were trained in such a folder as a new version",
    about:
      "They are held against the network and the log, then judged on what is held out; a version that " +
      `does not pass is withdrawn, and \`promote\` puts a better one in service. ${AS_JOB}`,
    scope: "owner",
    shop: "required",
    status: 202,
    slow: true,
    body: importModelWorkSchema,
    answer: jobSchema,
    problems: ["already-running", "limit-reached"],
    run: ({ platform, shop, body, ...http }) =>
      startJob(platform, { shop, kind: "import-model", payload: body }, http),
  }),
];
