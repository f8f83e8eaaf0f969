/**
 * JSON Schema as a TypeScript type, for as much of it as our OpenAPI document uses. What it does
 * not know is `unknown`, never a guess. Limits of numbers and lengths have no place in a type.
 */
export interface Schema {
  readonly $ref?: string;
  readonly description?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly string[];
  readonly const?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
}

/** JSON of a list of words to the name of its type. */
export type NamedEnums = ReadonlyMap<string, string>;

export function typeOf(schema: Schema, enums: NamedEnums): string {
  if (schema.$ref !== undefined) return schema.$ref.slice(schema.$ref.lastIndexOf("/") + 1);
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum !== undefined) return wordsType(schema.enum, enums);
  const variants = schema.anyOf ?? schema.oneOf;
  if (variants !== undefined) return union(variants.map((variant) => typeOf(variant, enums)));
  if (typeof schema.type === "object") {
    return union(schema.type.map((type) => typeOf({ ...schema, type }, enums)));
  }
  return plainType(schema, enums);
}

const wordsType = (words: readonly string[], enums: NamedEnums): string =>
  enums.get(JSON.stringify(words)) ?? union(words.map((word) => JSON.stringify(word)));

const union = (types: readonly string[]): string => [...new Set(types)].join(" | ");

function plainType(schema: Schema, enums: NamedEnums): string {
  switch (schema.type) {
    case "string":
    case "boolean":
    case "null":
      return schema.type;
    case "integer":
    case "number":
      return "number";
    case "array":
      return `readonly ${memberType(schema.items ?? {}, enums)}[]`;
    case "object":
      return objectType(schema, enums);
    default:
      return "unknown";
  }
}

function memberType(schema: Schema, enums: NamedEnums): string {
  const type = typeOf(schema, enums);
  const isPlain = schema.$ref !== undefined || typeof schema.type === "string";
  return (isPlain && schema.enum === undefined) || /^\w+$/.test(type) ? type : `(${type})`;
}

function objectType(schema: Schema, enums: NamedEnums): string {
  const { properties = {}, required = [], additionalProperties } = schema;
  const others = typeof additionalProperties === "object" ? additionalProperties : undefined;
  const fields = Object.entries(properties).map(([name, property]) => {
    const about = property.description ? `/** ${property.description} */\n` : "";
    const type = typeOf(property, enums);
    const key = /^\w+$/.test(name) ? name : JSON.stringify(name);
    return required.includes(name)
      ? `${about}readonly ${key}: ${type};`
      : `${about}readonly ${key}?: ${type} | undefined;`;
  });
  if (others && fields.length === 0) return `Readonly<Record<string, ${typeOf(others, enums)}>>`;
  if (others) fields.push(`readonly [name: string]: ${typeOf(others, enums)};`);
  return `{\n${fields.join("\n")}\n}`;
}
