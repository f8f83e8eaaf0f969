/**
 * The parts of Medusa v2 that this plug-in uses, declared by hand so that it can be checked without
 * installing Medusa. Delete this file in a real plug-in: the framework brings its own types.
 */
declare module "@medusajs/framework/utils" {
  export const Modules: { readonly PRODUCT: "product"; readonly ORDER: "order" };
  export const ContainerRegistrationKeys: { readonly QUERY: "query"; readonly LOGGER: "logger" };
  export function Module<Service>(
    name: string,
    definition: { readonly service: new (...given: never[]) => Service },
  ): { readonly service: new (...given: never[]) => Service };
}

declare module "@medusajs/framework/types" {
  export interface MedusaContainer {
    resolve<Service = unknown>(name: string): Service;
  }
  export interface Query {
    graph(asked: {
      readonly entity: string;
      readonly fields: readonly string[];
      readonly filters?: Readonly<Record<string, unknown>>;
      readonly pagination?: { readonly skip: number; readonly take: number };
    }): Promise<{ readonly data: readonly unknown[] }>;
  }
}

declare module "@medusajs/framework" {
  import type { MedusaContainer } from "@medusajs/framework/types";
  export interface SubscriberArgs<Data> {
    readonly event: { readonly name: string; readonly data: Data };
    readonly container: MedusaContainer;
  }
  export interface SubscriberConfig {
    readonly event: string | readonly string[];
  }
}

declare module "@medusajs/framework/http" {
  import type { MedusaContainer } from "@medusajs/framework/types";
  export interface MedusaRequest {
    readonly query: Readonly<Record<string, unknown>>;
    readonly scope: MedusaContainer;
    readonly auth_context?: { readonly actor_id?: string };
  }
  export interface MedusaResponse {
    status(code: number): MedusaResponse;
    json(body: unknown): void;
  }
}
