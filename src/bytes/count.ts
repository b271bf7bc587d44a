/** Counts with their nouns: `1 tensor`, `2 tensors`. */

/** `1 tensor`, `2 tensors`. */
export function count(number: number, one: string): string {
  return `${number} ${one}${number === 1 ? '' : 's'}`
}
