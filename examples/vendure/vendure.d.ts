/**
 * The parts of Vendure 3 that this plug-in uses, declared by hand so that it can be checked without
 * installing Vendure. Delete this file in a real plug-in: Vendure brings its own types.
 */
declare module "@vendure/core" {
  type Class<Instance = object> = abstract new (...given: never[]) => Instance;
  export class RequestContext {
    readonly activeUserId?: string | number;
    readonly languageCode: string;
  }
  export class ProductVariant {
    readonly id: string | number;
    readonly productId: string | number;
    readonly name: string;
    readonly priceWithTax: number;
    readonly currencyCode: string;
    readonly enabled: boolean;
  }
  export class Order {
    readonly id: string | number;
    readonly code: string;
    readonly currencyCode: string;
    readonly totalWithTax: number;
    readonly orderPlacedAt?: Date;
    readonly customer?: { readonly id: string | number };
    readonly lines: readonly {
      readonly productVariantId: string | number;
      readonly quantity: number;
      readonly unitPriceWithTax: number;
    }[];
  }
  export class ProductVariantEvent {
    readonly entity: readonly ProductVariant[];
    readonly type: "created" | "updated" | "deleted";
  }
  export class OrderPlacedEvent {
    readonly order: Order;
  }
  export class EventBus {
    ofType<Event>(type: Class<Event>): { subscribe(hear: (event: Event) => void): void };
  }
  export interface JobQueue<Data> {
    add(data: Data, options?: { readonly retries?: number }): Promise<unknown>;
  }
  export class JobQueueService {
    createQueue<Data>(options: {
      readonly name: string;
      process(job: { readonly data: Data }): Promise<unknown>;
    }): Promise<JobQueue<Data>>;
  }
  export const PluginCommonModule: Class;
  export function VendurePlugin(metadata: {
    readonly imports: readonly Class[];
    readonly compatibility: string;
  }): (plugin: Class) => void;
}
