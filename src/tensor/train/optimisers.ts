import type { Kernels } from "../kernels/arena.ts";

/**
 * Rules by which a gradient moves parameters; each needs so many moments beside every parameter.
 * Adam: Kingma & Ba 2015, with decoupled decay as Loshchilov & Hutter 2019 (AdamW where decay > 0);
 * Adagrad: Duchi, Hazan & Singer 2011; descent with momentum: Sutskever et al. 2013. The numbers are
 * those PyTorch gets, but that decay is decoupled in descent too. On rows of a table that a step did not touch, "lazy" rows leave all as it is.
 */
export type Optimiser =
  | {
      readonly kind: "adam";
      readonly beta1: number;
      readonly beta2: number;
      readonly epsilon: number;
      /** @unit share of a parameter per unit of learning rate */
      readonly decay: number;
    }
  | { readonly kind: "adagrad"; readonly epsilon: number; readonly firstSum: number }
  | {
      readonly kind: "descent";
      readonly momentum: number;
      readonly nesterov: boolean;
      readonly decay: number;
    };

export const adam: Optimiser = {
  kind: "adam",
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  decay: 0,
};
export const adamW = (decay: number): Optimiser => ({ ...adam, decay }) as Optimiser;
export const adagrad: Optimiser = { kind: "adagrad", epsilon: 1e-10, firstSum: 0 };
export const descent = (momentum: number): Optimiser => ({
  kind: "descent",
  momentum,
  nesterov: false,
  decay: 0,
});

/** Moments beside each parameter. */
export const momentsOf = ({ kind }: Optimiser): number => (kind === "adam" ? 2 : 1);

/** What the moments begin with. */
export const firstMoment = (optimiser: Optimiser): number =>
  optimiser.kind === "adagrad" ? optimiser.firstSum : 0;

/** Places of a stretch of parameters, its gradient and its moments. @unit bytes */
export interface Stretch {
  values: number;
  gradient: number;
  readonly moments: number[];
  /** Values in the stretch. */
  readonly length: number;
}

/** Moves one stretch; `step` counts from 1, `scale` multiplies the gradient (clipping). O(length). */
export type Mover = (stretch: Stretch, rate: number, step: number, scale: number) => void;

export function moverOf(optimiser: Optimiser, kernels: Kernels): Mover {
  switch (optimiser.kind) {
    case "adam": {
      const { beta1, beta2, epsilon, decay } = optimiser;
      return ({ values, gradient, moments, length }, rate, step, scale) => {
        const first = rate / (1 - beta1 ** step);
        const root = 1 / Math.sqrt(1 - beta2 ** step);
        const keep = 1 - rate * decay;
        kernels.adam(
          ...([values, moments[0], moments[1], gradient, length] as const),
          ...([first, beta1, 1 - beta1, beta2, 1 - beta2, epsilon, root, keep, scale] as const),
        );
      };
    }
    case "adagrad": {
      const { epsilon } = optimiser;
      return ({ values, gradient, moments, length }, rate, _, scale) => {
        kernels.adagrad(values, moments[0], gradient, length, rate, epsilon, scale);
      };
    }
    case "descent": {
      const { momentum, nesterov, decay } = optimiser;
      return ({ values, gradient, moments, length }, rate, _, scale) => {
        const ahead = nesterov ? 1 : 0;
        const keep = 1 - rate * decay;
        kernels.descend(values, moments[0], gradient, length, rate, momentum, ahead, keep, scale);
      };
    }
  }
}
