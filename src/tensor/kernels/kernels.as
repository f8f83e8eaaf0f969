// What a trainer does to its memory between two runs of a graph, and what a server asks of a table of
// vectors, four numbers an instruction or more. Places are byte offsets into the imported memory; n counts
// float32 values. Compiled by scripts/kernels.mjs. Nothing here allocates.

/** PyTorch's Adam with decoupled decay: keep = 1 - lr decay, rate = lr / (1 - b1^t), root = 1 / sqrt(1 - b2^t), c = 1 - b. */
export function adam(
  p: usize, m: usize, v: usize, g: usize, n: i32,
  rate: f32, b1: f32, c1: f32, b2: f32, c2: f32, eps: f32, root: f32, keep: f32, scale: f32,
): void {
  const B1 = f32x4.splat(b1), C1 = f32x4.splat(c1), B2 = f32x4.splat(b2), C2 = f32x4.splat(c2);
  const E = f32x4.splat(eps), R = f32x4.splat(root), L = f32x4.splat(rate), K = f32x4.splat(keep), S = f32x4.splat(scale);
  let i: usize = 0;
  const whole: usize = (<usize>n & ~3) << 2;
  for (; i < whole; i += 16) {
    const G = f32x4.mul(v128.load(g + i), S);
    const M = f32x4.add(f32x4.mul(v128.load(m + i), B1), f32x4.mul(G, C1));
    const V = f32x4.add(f32x4.mul(v128.load(v + i), B2), f32x4.mul(f32x4.mul(G, G), C2));
    v128.store(m + i, M);
    v128.store(v + i, V);
    const below = f32x4.add(f32x4.mul(f32x4.sqrt(V), R), E);
    v128.store(p + i, f32x4.sub(f32x4.mul(v128.load(p + i), K), f32x4.mul(L, f32x4.div(M, below))));
  }
  for (; i < <usize>n << 2; i += 4) {
    const G = load<f32>(g + i) * scale;
    const M = load<f32>(m + i) * b1 + G * c1;
    const V = load<f32>(v + i) * b2 + G * G * c2;
    store<f32>(m + i, M);
    store<f32>(v + i, V);
    store<f32>(p + i, load<f32>(p + i) * keep - rate * (M / (Mathf.sqrt(V) * root + eps)));
  }
}

/** s += g^2, p -= rate g / (sqrt(s) + eps). */
export function adagrad(p: usize, s: usize, g: usize, n: i32, rate: f32, eps: f32, scale: f32): void {
  const E = f32x4.splat(eps), L = f32x4.splat(rate), S = f32x4.splat(scale);
  let i: usize = 0;
  const whole: usize = (<usize>n & ~3) << 2;
  for (; i < whole; i += 16) {
    const G = f32x4.mul(v128.load(g + i), S);
    const T = f32x4.add(v128.load(s + i), f32x4.mul(G, G));
    v128.store(s + i, T);
    const step = f32x4.mul(L, f32x4.div(G, f32x4.add(f32x4.sqrt(T), E)));
    v128.store(p + i, f32x4.sub(v128.load(p + i), step));
  }
  for (; i < <usize>n << 2; i += 4) {
    const G = load<f32>(g + i) * scale;
    const T = load<f32>(s + i) + G * G;
    store<f32>(s + i, T);
    store<f32>(p + i, load<f32>(p + i) - rate * (G / (Mathf.sqrt(T) + eps)));
  }
}

/** m = momentum m + g; p = keep p - rate (m, or g + momentum m where ahead is 1). */
export function descend(
  p: usize, m: usize, g: usize, n: i32, rate: f32, momentum: f32, ahead: f32, keep: f32, scale: f32,
): void {
  const L = f32x4.splat(rate), U = f32x4.splat(momentum), K = f32x4.splat(keep), S = f32x4.splat(scale);
  const own = f32x4.splat(ahead), past = f32x4.splat(ahead * momentum + (1 - ahead));
  let i: usize = 0;
  const whole: usize = (<usize>n & ~3) << 2;
  for (; i < whole; i += 16) {
    const G = f32x4.mul(v128.load(g + i), S);
    const M = f32x4.add(f32x4.mul(v128.load(m + i), U), G);
    v128.store(m + i, M);
    const step = f32x4.add(f32x4.mul(own, G), f32x4.mul(past, M));
    v128.store(p + i, f32x4.sub(f32x4.mul(v128.load(p + i), K), f32x4.mul(L, step)));
  }
  for (; i < <usize>n << 2; i += 4) {
    const G = load<f32>(g + i) * scale;
    const M = load<f32>(m + i) * momentum + G;
    store<f32>(m + i, M);
    const step = ahead * G + (ahead * momentum + (1 - ahead)) * M;
    store<f32>(p + i, load<f32>(p + i) * keep - rate * step);
  }
}

/** e = keep e + (1 - keep) p. */
export function average(e: usize, p: usize, n: i32, keep: f32): void {
  const K = f32x4.splat(keep), C = f32x4.splat(1 - keep);
  let i: usize = 0;
  const whole: usize = (<usize>n & ~3) << 2;
  for (; i < whole; i += 16) {
    v128.store(e + i, f32x4.add(f32x4.mul(v128.load(e + i), K), f32x4.mul(v128.load(p + i), C)));
  }
  for (; i < <usize>n << 2; i += 4) {
    store<f32>(e + i, load<f32>(e + i) * keep + load<f32>(p + i) * (1 - keep));
  }
}

/** table[indices[r]] += rows[r], for rows of `width` values. */
export function scatter(table: usize, indices: usize, rows: usize, count: i32, width: i32): void {
  const bytes = <usize>width << 2;
  const whole: usize = (<usize>width & ~3) << 2;
  for (let r = 0; r < count; r++) {
    const to = table + <usize>load<u32>(indices + (<usize>r << 2)) * bytes;
    const from = rows + <usize>r * bytes;
    let i: usize = 0;
    for (; i < whole; i += 16) {
      v128.store(to + i, f32x4.add(v128.load(to + i), v128.load(from + i)));
    }
    for (; i < bytes; i += 4) store<f32>(to + i, load<f32>(to + i) + load<f32>(from + i));
  }
}

/** Appends to `out` those indices whose `seen` is not `stamp` yet, and stamps them; the new count. */
export function distinct(indices: usize, n: i32, seen: usize, stamp: u32, out: usize, count: i32): i32 {
  for (let r = 0; r < n; r++) {
    const index = load<u32>(indices + (<usize>r << 2));
    const place = seen + (<usize>index << 2);
    if (load<u32>(place) != stamp) {
      store<u32>(place, stamp);
      store<u32>(out + (<usize>count << 2), index);
      count++;
    }
  }
  return count;
}

/** Sum of squares: of 2^12 values in float32, of those sums in float64. */
export function squaredNorm(g: usize, n: i32): f64 {
  let total: f64 = 0;
  let i: usize = 0;
  const whole: usize = (<usize>n & ~7) << 2;
  while (i < whole) {
    const until = min<usize>(i + 16384, whole);
    let a = f32x4.splat(0), b = f32x4.splat(0);
    for (; i < until; i += 32) {
      const x = v128.load(g + i), y = v128.load(g + i, 16);
      a = f32x4.add(a, f32x4.mul(x, x));
      b = f32x4.add(b, f32x4.mul(y, y));
    }
    a = f32x4.add(a, b);
    total += <f64>f32x4.extract_lane(a, 0) + <f64>f32x4.extract_lane(a, 1)
      + <f64>f32x4.extract_lane(a, 2) + <f64>f32x4.extract_lane(a, 3);
  }
  for (; i < <usize>n << 2; i += 4) {
    const x = <f64>load<f32>(g + i);
    total += x * x;
  }
  return total;
}

/** Place of the first value that is NaN or infinite, -1 if there is none. */
export function firstBad(g: usize, n: i32): i32 {
  for (let i = 0; i < n; i++) {
    const x = load<f32>(g + (<usize>i << 2));
    if (x - x != 0) return i;
  }
  return -1;
}

/** out[r] = <row r, state>, for `rows` a multiple of 4 and `width` one of 4. */
export function scoreFloats(table: usize, state: usize, out: usize, rows: i32, width: i32): void {
  const bytes = <usize>width << 2;
  const until = out + (<usize>rows << 2);
  for (; out < until; out += 16) {
    let a = f32x4.splat(0), b = f32x4.splat(0), c = f32x4.splat(0), d = f32x4.splat(0);
    const second = table + bytes, third = second + bytes, fourth = third + bytes;
    for (let i: usize = 0; i < bytes; i += 16) {
      const x = v128.load(state + i);
      a = f32x4.add(a, f32x4.mul(v128.load(table + i), x));
      b = f32x4.add(b, f32x4.mul(v128.load(second + i), x));
      c = f32x4.add(c, f32x4.mul(v128.load(third + i), x));
      d = f32x4.add(d, f32x4.mul(v128.load(fourth + i), x));
    }
    const ab = f32x4.add(
      v128.shuffle<f32>(a, b, 0, 4, 1, 5), v128.shuffle<f32>(a, b, 2, 6, 3, 7));
    const cd = f32x4.add(
      v128.shuffle<f32>(c, d, 0, 4, 1, 5), v128.shuffle<f32>(c, d, 2, 6, 3, 7));
    v128.store(out, f32x4.add(
      v128.shuffle<f32>(ab, cd, 0, 1, 4, 5), v128.shuffle<f32>(ab, cd, 2, 3, 6, 7)));
    table = fourth + bytes;
  }
}

/**
 * out[r] = scale scales[r] <row r, state>, for rows of int8 and a state of int16: the products are summed
 * as int32, exactly, where the caller keeps them below 2^31. `rows` a multiple of 4, `width` one of 16.
 */
export function scoreBytes(
  table: usize, scales: usize, state: usize, out: usize, rows: i32, width: i32, scale: f32,
): void {
  const bytes = <usize>width;
  const until = out + (<usize>rows << 2);
  const S = f32x4.splat(scale);
  for (; out < until; out += 16, scales += 16) {
    let a = i32x4.splat(0), b = i32x4.splat(0), c = i32x4.splat(0), d = i32x4.splat(0);
    const second = table + bytes, third = second + bytes, fourth = third + bytes;
    for (let i: usize = 0; i < bytes; i += 16) {
      const x = v128.load(state + (i << 1)), y = v128.load(state + (i << 1), 16);
      a = i32x4.add(a, i32x4.add(
        i32x4.dot_i16x8_s(v128.load_ext<i8>(table + i), x),
        i32x4.dot_i16x8_s(v128.load_ext<i8>(table + i, 8), y)));
      b = i32x4.add(b, i32x4.add(
        i32x4.dot_i16x8_s(v128.load_ext<i8>(second + i), x),
        i32x4.dot_i16x8_s(v128.load_ext<i8>(second + i, 8), y)));
      c = i32x4.add(c, i32x4.add(
        i32x4.dot_i16x8_s(v128.load_ext<i8>(third + i), x),
        i32x4.dot_i16x8_s(v128.load_ext<i8>(third + i, 8), y)));
      d = i32x4.add(d, i32x4.add(
        i32x4.dot_i16x8_s(v128.load_ext<i8>(fourth + i), x),
        i32x4.dot_i16x8_s(v128.load_ext<i8>(fourth + i, 8), y)));
    }
    const ab = i32x4.add(
      v128.shuffle<i32>(a, b, 0, 4, 1, 5), v128.shuffle<i32>(a, b, 2, 6, 3, 7));
    const cd = i32x4.add(
      v128.shuffle<i32>(c, d, 0, 4, 1, 5), v128.shuffle<i32>(c, d, 2, 6, 3, 7));
    const total = i32x4.add(
      v128.shuffle<i32>(ab, cd, 0, 1, 4, 5), v128.shuffle<i32>(ab, cd, 2, 3, 6, 7));
    v128.store(out, f32x4.mul(f32x4.convert_i32x4_s(total), f32x4.mul(v128.load(scales), S)));
    table = fourth + bytes;
  }
}

/** out[i] = <row rows[i], state>, to the bit as scoreFloats has it; `width` a multiple of 4. */
export function scoreSomeFloats(
  table: usize, state: usize, rows: usize, out: usize, count: i32, width: i32,
): void {
  const bytes = <usize>width << 2;
  for (let at: usize = 0; at < <usize>count << 2; at += 4) {
    const row = table + <usize>load<u32>(rows + at) * bytes;
    let a = f32x4.splat(0);
    for (let i: usize = 0; i < bytes; i += 16) {
      a = f32x4.add(a, f32x4.mul(v128.load(row + i), v128.load(state + i)));
    }
    store<f32>(out + at, (f32x4.extract_lane(a, 0) + f32x4.extract_lane(a, 2))
      + (f32x4.extract_lane(a, 1) + f32x4.extract_lane(a, 3)));
  }
}

/** The same of rows of int8, as scoreBytes has it; `width` a multiple of 16. */
export function scoreSomeBytes(
  table: usize, scales: usize, state: usize, rows: usize, out: usize, count: i32, width: i32, scale: f32,
): void {
  const bytes = <usize>width;
  for (let at: usize = 0; at < <usize>count << 2; at += 4) {
    const index = <usize>load<u32>(rows + at);
    const row = table + index * bytes;
    let a = i32x4.splat(0);
    for (let i: usize = 0; i < bytes; i += 16) {
      a = i32x4.add(a, i32x4.add(
        i32x4.dot_i16x8_s(v128.load_ext<i8>(row + i), v128.load(state + (i << 1))),
        i32x4.dot_i16x8_s(v128.load_ext<i8>(row + i, 8), v128.load(state + (i << 1), 16))));
    }
    const total = i32x4.extract_lane(a, 0) + i32x4.extract_lane(a, 1)
      + i32x4.extract_lane(a, 2) + i32x4.extract_lane(a, 3);
    store<f32>(out + at, <f32>total * (load<f32>(scales + (index << 2)) * scale));
  }
}

/**
 * out += the sum over `count` entries of value (constant + slope <x, v>) v, where v is the row of the
 * table that the entry's column names; `width` a multiple of 8.
 */
export function project(
  columns: usize, values: usize, count: i32, table: usize, width: i32,
  x: usize, out: usize, constant: f32, slope: f32,
): void {
  const bytes = <usize>width << 2;
  for (let e: usize = 0; e < <usize>count << 2; e += 4) {
    const row = table + <usize>load<u32>(columns + e) * bytes;
    let a = f32x4.splat(0), b = f32x4.splat(0);
    for (let i: usize = 0; i < bytes; i += 32) {
      a = f32x4.add(a, f32x4.mul(v128.load(x + i), v128.load(row + i)));
      b = f32x4.add(b, f32x4.mul(v128.load(x + i, 16), v128.load(row + i, 16)));
    }
    a = f32x4.add(a, b);
    const product = f32x4.extract_lane(a, 0) + f32x4.extract_lane(a, 1)
      + (f32x4.extract_lane(a, 2) + f32x4.extract_lane(a, 3));
    const S = f32x4.splat(load<f32>(values + e) * (constant + slope * product));
    for (let i: usize = 0; i < bytes; i += 16) {
      v128.store(out + i, f32x4.add(v128.load(out + i), f32x4.mul(v128.load(row + i), S)));
    }
  }
}
