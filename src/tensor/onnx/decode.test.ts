import fc from "fast-check";
import protobuf from "protobufjs/minimal.js";
import { describe, expect, test } from "vitest";
import { isProblem } from "../../errors.ts";
import { decodeModel } from "./decode.ts";
import { encodeModel } from "./encode.ts";
import { elementCodes, elementWidths } from "./fields.ts";
import type {
  ElementType,
  OnnxAttribute,
  OnnxGraph,
  OnnxModel,
  OnnxNode,
  OnnxTensor,
  OnnxValue,
} from "./format.ts";

const types = Object.keys(elementCodes) as ElementType[];
const type = fc.constantFrom(...types);
const name = fc.string({ unit: "grapheme", minLength: 1, maxLength: 6 });
const whole = fc.maxSafeInteger();
const real = fc.float();

const constant: fc.Arbitrary<OnnxTensor> = fc
  .record({ name, type, shape: fc.array(fc.nat(3), { maxLength: 3 }) })
  .chain((spec) => {
    const length = spec.shape.reduce((product, size) => product * size, 1);
    const count = length * elementWidths[spec.type];
    return fc
      .uint8Array({ minLength: count, maxLength: count })
      .map((bytes) => ({ ...spec, bytes }));
  });
const value: fc.Arbitrary<OnnxValue> = fc.record({
  name,
  type,
  shape: fc.array(fc.oneof(fc.nat(), name), { maxLength: 3 }),
});
const unique = <T extends { readonly name: string }>(one: fc.Arbitrary<T>): fc.Arbitrary<T[]> =>
  fc.uniqueArray(one, { maxLength: 3, selector: (each) => each.name });

function graphOf(depth: number): fc.Arbitrary<OnnxGraph> {
  const plain: fc.Arbitrary<OnnxAttribute>[] = [
    fc.record({ integer: whole }),
    fc.record({ real }),
    fc.record({ text: fc.string({ unit: "grapheme" }) }),
    fc.record({ integers: fc.array(whole) }),
    fc.record({ reals: fc.array(real) }),
  ];
  const nested = depth > 0 ? [fc.record({ graph: graphOf(depth - 1) })] : [];
  const node: fc.Arbitrary<OnnxNode> = fc.record({
    operator: name,
    domain: fc.constantFrom("", "com.microsoft"),
    inputs: fc.array(fc.string({ maxLength: 3 }), { maxLength: 3 }),
    outputs: fc.array(name, { maxLength: 3 }),
    attributes: fc.dictionary(name, fc.oneof(...plain, ...nested), {
      maxKeys: 3,
      noNullPrototype: true,
    }),
  });
  return fc.record({
    name: fc.string(),
    nodes: fc.array(node, { maxLength: 3 }),
    inputs: unique(value),
    outputs: unique(value),
    constants: unique(constant),
  });
}

const model: fc.Arbitrary<OnnxModel> = fc.record({
  graph: graphOf(2),
  metadata: fc.dictionary(fc.string(), fc.string(), { maxKeys: 3, noNullPrototype: true }),
});

/** "read", or the code of the problem; anything else is thrown on. */
function outcome(bytes: Uint8Array): string {
  try {
    decodeModel(bytes);
    return "read";
  } catch (error) {
    if (isProblem(error)) return error.code;
    throw error;
  }
}

const small: OnnxModel = {
  graph: {
    name: "small",
    nodes: [
      {
        operator: "Gemm",
        domain: "",
        inputs: ["x", "w"],
        outputs: ["y"],
        attributes: { alpha: { real: 0.5 }, transB: { integer: 1 } },
      },
    ],
    inputs: [{ name: "x", type: "float32", shape: ["n", 2] }],
    outputs: [{ name: "y", type: "float32", shape: ["n", 1] }],
    constants: [
      {
        name: "w",
        type: "float32",
        shape: [1, 2],
        bytes: new Uint8Array(Float32Array.of(3, 4).buffer),
      },
    ],
  },
  metadata: {},
};

type Write = (writer: protobuf.Writer) => void;
const chunk =
  (field: number, write: Write): Write =>
  (writer) => {
    writer.uint32((field << 3) | 2).fork();
    write(writer);
    writer.ldelim();
  };
const integer =
  (field: number, whole: number): Write =>
  (writer) => {
    writer.uint32(field << 3).int64(whole);
  };
const text =
  (field: number, words: string): Write =>
  (writer) => {
    writer.uint32((field << 3) | 2).string(words);
  };
const all =
  (...writes: readonly Write[]): Write =>
  (writer) => {
    for (const write of writes) write(writer);
  };
const bytesBy = (...writes: readonly Write[]): Uint8Array => {
  const writer = new protobuf.Writer();
  all(...writes)(writer);
  return writer.finish();
};
const standard = chunk(8, all(text(1, "ai.onnx"), integer(2, 20)));
/** A model by another hand, whose graph holds this. */
const foreign = (...graph: readonly Write[]): Uint8Array =>
  bytesBy(integer(1, 8), text(2, "another"), standard, chunk(7, all(...graph)));

describe("reading ONNX files", () => {
  test("what was written is read", () => {
    fc.assert(
      fc.property(model, (one) => {
        expect(decodeModel(encodeModel(one))).toEqual(one);
      }),
      { seed: 3, numRuns: 300 },
    );
  });

  test("constants are views of the file", () => {
    const bytes = encodeModel(small);
    expect(decodeModel(bytes).graph.constants[0].bytes.buffer).toBe(bytes.buffer);
  });

  test("a file cut anywhere within is refused", () => {
    const bytes = encodeModel(small);
    const read = [];
    for (let length = 0; length < bytes.length; length++) {
      if (outcome(bytes.subarray(0, length)) === "read") read.push(bytes.length - length);
    }
    // The last field names the second operator set; a file may end before it.
    expect(read).toEqual([2 + 2 + "com.microsoft".length + 2]);
  });

  test("damage is read or is a problem, never a crash or a hang", () => {
    const bytes = encodeModel(small);
    const damaged = fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { minLength: 1 });
    const found = new Map<string, number>();
    const count = (some: Uint8Array): void => {
      const said = outcome(some);
      found.set(said, (found.get(said) ?? 0) + 1);
    };
    fc.assert(
      fc.property(damaged, (changes) => {
        const copy = bytes.slice();
        for (const [at, byte] of changes) copy[at] = byte;
        count(copy);
      }),
      { seed: 4, numRuns: 3000 },
    );
    fc.assert(fc.property(fc.uint8Array({ minLength: 1, maxLength: 200 }), count), {
      seed: 5,
      numRuns: 3000,
    });
    expect([...found.keys()].sort()).toEqual(["invalid-model-file", "read"]);
  });

  test("older ways to write values down are understood", () => {
    const reals = (writer: protobuf.Writer): void => {
      writer.float(1.5).float(-2);
    };
    const packed =
      (...values: readonly number[]): Write =>
      (writer) => {
        for (const one of values) writer.int64(one);
      };
    const { constants, nodes } = decodeModel(
      foreign(
        chunk(5, all(text(8, "a"), integer(1, 2), integer(2, 1), chunk(4, reals))),
        chunk(
          5,
          all(text(8, "b"), chunk(1, packed(2)), integer(2, 7), chunk(7, packed(-3, 2 ** 40))),
        ),
        chunk(5, all(text(8, "c"), integer(1, 2), integer(2, 3), integer(5, -1), integer(5, 7))),
        // A node that only holds a constant.
        chunk(
          1,
          all(
            text(2, "d"),
            text(4, "Constant"),
            chunk(
              5,
              all(text(1, "value"), integer(20, 4), chunk(5, all(integer(2, 6), integer(5, 9)))),
            ),
          ),
        ),
      ),
    ).graph;
    expect(nodes).toEqual([]);
    expect(constants.map((one) => [one.name, one.type, one.shape])).toEqual([
      ["a", "float32", [2]],
      ["b", "int64", [2]],
      ["c", "int8", [2]],
      ["d", "int32", []],
    ]);
    const [a, b, c, d] = constants.map(({ bytes }) => bytes.slice().buffer);
    expect([...new Float32Array(a)]).toEqual([1.5, -2]);
    expect([...new BigInt64Array(b)].map(Number)).toEqual([-3, 2 ** 40]);
    expect([...new Int8Array(c)]).toEqual([-1, 7]);
    expect([...new Int32Array(d)]).toEqual([9]);
  });

  test("each thing that is not understood is named", () => {
    const typed = (element: number, ...shape: readonly Write[]): Write =>
      chunk(2, chunk(1, all(integer(1, element), ...shape)));
    const input = (...parts: readonly Write[]): Uint8Array =>
      foreign(chunk(11, all(text(1, "x"), ...parts)));
    const constantOf = (...parts: readonly Write[]): Uint8Array =>
      foreign(chunk(5, all(text(8, "w"), ...parts)));
    const nodeOf = (...parts: readonly Write[]): Uint8Array =>
      foreign(chunk(1, all(text(4, "Op"), ...parts)));
    const set = (version: number): Uint8Array =>
      bytesBy(integer(1, 8), chunk(8, all(text(1, ""), integer(2, version))), chunk(7, all()));
    const forever = new Uint8Array(11).fill(0xff);
    const cases: readonly (readonly [Uint8Array, string])[] = [
      [new Uint8Array(), "the format's version is 0"],
      [bytesBy(integer(1, 3), standard, chunk(7, all())), "the format's version is 3"],
      [bytesBy(integer(1, 8), chunk(7, all())), "names no version"],
      [set(17), "the standard operators are of version 17, not 20"],
      [bytesBy(integer(1, 8), standard), "has no graph"],
      [bytesBy(integer(1, 8), standard, chunk(7, all()), chunk(7, all())), "two graphs"],
      [bytesBy(integer(1, 8), standard, chunk(25, all())), "field 25 of the model"],
      [bytesBy(text(1, "8")), "field 1 of the model is not a whole number"],
      [Buffer.from("<html>not found</html>"), "of a kind that no model has"],
      [forever, "does not end"],
      [bytesBy((writer) => writer.uint32(0x3a).uint32(0xffff_ffff)), "cut off within the model"],
      [foreign(chunk(15, all())), "field 15 of a graph"],
      [foreign(chunk(5, all())), "elements of type 0"],
      [input(typed(1)), "x is not an array with a shape"],
      [input(chunk(2, chunk(4, all()))), "field 4 of a type"],
      [input(typed(8, chunk(2, all()))), "x has elements of type 8"],
      [input(typed(1, chunk(2, chunk(1, all())))), "neither number nor name"],
      [input(typed(1, chunk(2, chunk(1, integer(1, -1))))), "neither number nor name"],
      [foreign(chunk(11, typed(1, chunk(2, all())))), "has no name"],
      [
        foreign(...[1, 2].map(() => chunk(5, all(text(8, "w"), integer(1, 0), integer(2, 1))))),
        "two inputs, outputs or constants are called w",
      ],
      [constantOf(integer(2, 1), integer(1, 2 ** 50), text(9, "abcd")), "w has 4 bytes"],
      [constantOf(integer(2, 1), integer(1, -1), text(9, "abcd")), "w has a negative size"],
      [constantOf(integer(2, 16), text(9, "ab")), "elements of type 16"],
      [constantOf(integer(2, 1), integer(14, 1)), "weights in another file"],
      [constantOf(integer(2, 1), chunk(13, text(1, "location"))), "weights in another file"],
      [foreign(chunk(1, text(2, "y"))), "names no operator"],
      [nodeOf(text(7, "ai.onnx.ml")), "no operator set is called ai.onnx.ml"],
      [nodeOf(chunk(5, all())), "an attribute has no name"],
      [nodeOf(chunk(5, all(text(1, "a"), integer(20, 8)))), "attribute a is of kind 8"],
      [nodeOf(chunk(5, all(text(1, "a"), integer(20, 5)))), "attribute a is of kind 5"],
      [nodeOf(chunk(5, all(text(1, "a"), integer(3, 2 ** 53)))), "beyond 2^53"],
      [
        nodeOf(
          chunk(
            5,
            all(text(1, "a"), integer(20, 4), chunk(5, all(integer(2, 1), text(9, "abcd")))),
          ),
        ),
        "attribute a of Op is an array",
      ],
      [
        nodeOf(...[1, 2].map(() => chunk(5, all(text(1, "a"), integer(20, 2))))),
        "two attributes a",
      ],
      [nodeOf((writer) => writer.uint32(0x0a).bytes(Uint8Array.of(0xff))), "is not UTF-8"],
    ];
    for (const [bytes, words] of cases) {
      expect(() => decodeModel(bytes), words).toThrow(words);
      expect(outcome(bytes)).toBe("invalid-model-file");
    }
  });

  test("graphs within graphs without end are refused before the stack ends", () => {
    let graph: Write = all();
    for (let depth = 0; depth < 60; depth++) {
      const attribute = all(text(1, "body"), integer(20, 5), chunk(6, graph));
      graph = chunk(1, all(text(4, "Loop"), chunk(5, attribute)));
    }
    expect(() => decodeModel(foreign(graph))).toThrow("nested deeper than 16");
  });

  test("a small file that asks for millions of objects is refused", () => {
    // Inputs of a node, each "" and two bytes long.
    const inputs = Buffer.from("0a00".repeat(1_000_001), "hex");
    const within = (field: number, bytes: Uint8Array): Uint8Array =>
      bytesBy((writer) => writer.uint32((field << 3) | 2).bytes(bytes));
    const file = Buffer.concat([bytesBy(integer(1, 8), standard), within(7, within(1, inputs))]);
    expect(() => decodeModel(file)).toThrow("more fields than a model needs");
  });
});
