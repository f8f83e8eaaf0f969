/**
 * Symmetric positive definite systems. Idea: A = L L' with L lower triangular, made row by row; then two
 * substitutions for each right side. Four columns of a row are summed at once: each sum waits for its
 * last term, four of them do not wait for each other. Source: Golub & Van Loan 2013, chapter 4. Left out:
 * pivots; who may meet a matrix that is barely definite adds a ridge. When not: for one product of a large
 * sparse system, where conjugate gradients need no factor.
 */

/** Lower triangle of A to L, in place. O(n^3 / 6). @shape matrix [n, n], of which the lower triangle is read */
export function factorInPlace(matrix: Float64Array, n: number): void {
  for (let i = 0; i < n; i++) {
    const row = i * n;
    let j = 0;
    for (; j + 4 <= i; j += 4) fourColumns(matrix, n, row, j);
    for (; j <= i; j++) {
      let sum = matrix[row + j];
      for (let k = 0; k < j; k++) sum -= matrix[row + k] * matrix[j * n + k];
      matrix[row + j] = i === j ? Math.sqrt(Math.max(sum, TINY)) : sum / matrix[j * n + j];
    }
  }
}

/** What rounding leaves of a diagonal that is 0: no root of a negative number, and no division by 0. */
const TINY = 1e-300;

function fourColumns(matrix: Float64Array, n: number, row: number, j: number): void {
  const a = j * n;
  const b = a + n;
  const c = b + n;
  const d = c + n;
  let sumA = matrix[row + j];
  let sumB = matrix[row + j + 1];
  let sumC = matrix[row + j + 2];
  let sumD = matrix[row + j + 3];
  for (let k = 0; k < j; k++) {
    const left = matrix[row + k];
    sumA -= left * matrix[a + k];
    sumB -= left * matrix[b + k];
    sumC -= left * matrix[c + k];
    sumD -= left * matrix[d + k];
  }
  const first = sumA / matrix[a + j];
  const second = (sumB - first * matrix[b + j]) / matrix[b + j + 1];
  const third = (sumC - first * matrix[c + j] - second * matrix[c + j + 1]) / matrix[c + j + 2];
  const rest = sumD - first * matrix[d + j] - second * matrix[d + j + 1];
  matrix[row + j] = first;
  matrix[row + j + 1] = second;
  matrix[row + j + 2] = third;
  matrix[row + j + 3] = (rest - third * matrix[d + j + 2]) / matrix[d + j + 3];
}

/** x = (L L')^-1 x. O(n^2). @shape lower [n, n], x [n] */
export function solveInPlace(lower: Float64Array, x: Float64Array): void {
  const n = x.length;
  for (let i = 0; i < n; i++) {
    let sum = x[i];
    for (let k = 0; k < i; k++) sum -= lower[i * n + k] * x[k];
    x[i] = sum / lower[i * n + i];
  }
  for (let i = n - 1; i >= 0; i--) {
    x[i] /= lower[i * n + i];
    for (let k = 0; k < i; k++) x[k] -= lower[i * n + k] * x[i];
  }
}
