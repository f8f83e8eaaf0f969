import { assert } from "../assert.ts";
import { encodeModel } from "./onnx/encode.ts";
import type { OnnxNode, OnnxValue } from "./onnx/format.ts";
import { openSessionHere } from "./runtime/providers.ts";
import type { Session, Slot } from "./runtime/session.ts";

/**
 * Dense float32 matrix products at the speed of the machine. Idea: one tiny graph of the runtime's
 * Gemm operator for each form of product (transposes, factors), free in its sizes, kept open, with
 * the result written into the caller's memory. About 240 GFLOP/s on 2 cores where plain loops
 * reach 1 to 2. Source: the BLAS routine of the same name.
 * Left out: batches of matrices, other element types. For a few rows by a few columns a plain
 * loop is faster: a call costs some 20 us.
 */
export interface Matmul {
  /**
   * c = alpha op(a) op(b) + beta c, where op transposes if asked. O(m n k).
   * @shape a [m, k] (or [k, m] if transposed), b [k, n] (or [n, k]), c [m, n]
   */
  multiplyInto(c: Float32Array, a: Float32Array, b: Float32Array, form: ProductForm): Promise<void>;
  close(): Promise<void>;
}

export interface ProductForm {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly transposeA: boolean;
  readonly transposeB: boolean;
  readonly alpha: number;
  /** 0 overwrites c, 1 adds to it. */
  readonly beta: 0 | 1;
}

export interface MatmulOptions {
  /** Threads of one product. The same number gives the same bytes. @unit 1 .. cores */
  readonly threads: number;
}

/** Forms kept open; each owns its threads, so there must be few. */
const maxForms = 16;

/** Opens the engine of products. Close it to give its threads back. */
export function openMatmul(options: MatmulOptions): Matmul {
  assert(Number.isInteger(options.threads) && options.threads > 0, "threads is a whole number");
  const sessions = new Map<string, Promise<Session>>();
  return {
    multiplyInto: async (c, a, b, form) => {
      checkSizes(c, a, b, form);
      if (form.m === 0 || form.n === 0) return;
      const session = await sessionOf(sessions, form, options.threads);
      const y = slot(c, [form.m, form.n]);
      const left = form.transposeA ? [form.k, form.m] : [form.m, form.k];
      const right = form.transposeB ? [form.n, form.k] : [form.k, form.n];
      const feeds = { a: slot(a, left), b: slot(b, right) };
      await session.run(form.beta === 1 ? { ...feeds, c: y } : feeds, { y });
    },
    close: async () => {
      const open = await Promise.all(sessions.values());
      sessions.clear();
      for (const session of open) await session.release();
    },
  };
}

const slot = (data: Float32Array, shape: readonly number[]): Slot => ({
  type: "float32",
  shape,
  data,
});

function checkSizes(c: Float32Array, a: Float32Array, b: Float32Array, form: ProductForm): void {
  assert(form.k > 0, "the inner size is positive");
  assert(a.length === form.m * form.k, "a has m k values");
  assert(b.length === form.k * form.n, "b has k n values");
  assert(c.length === form.m * form.n, "c has m n values");
}

function sessionOf(
  sessions: Map<string, Promise<Session>>,
  form: ProductForm,
  threads: number,
): Promise<Session> {
  const key = `${form.transposeA} ${form.transposeB} ${form.alpha} ${form.beta}`;
  const known = sessions.get(key);
  if (known !== undefined) return known;
  assert(sessions.size < maxForms, "the forms of product in use are few");
  // Waiting threads that spin would take the cores from whoever serves meanwhile.
  const session = openSessionHere(productGraph(form), { threads, spins: false });
  sessions.set(key, session);
  return session;
}

function productGraph(form: ProductForm): Uint8Array {
  const float32 = (name: string, shape: readonly string[]): OnnxValue => ({
    name,
    type: "float32",
    shape,
  });
  const inputs = [
    float32("a", form.transposeA ? ["k", "m"] : ["m", "k"]),
    float32("b", form.transposeB ? ["n", "k"] : ["k", "n"]),
    ...(form.beta === 1 ? [float32("c", ["m", "n"])] : []),
  ];
  const gemm: OnnxNode = {
    operator: "Gemm",
    domain: "",
    inputs: inputs.map(({ name }) => name),
    outputs: ["y"],
    attributes: {
      transA: { integer: Number(form.transposeA) },
      transB: { integer: Number(form.transposeB) },
      alpha: { real: form.alpha },
      beta: { real: form.beta },
    },
  };
  const outputs = [float32("y", ["m", "n"])];
  const graph = { name: "product", nodes: [gemm], inputs, outputs, constants: [] };
  return encodeModel({ graph, metadata: {} });
}
