const NUMBER = new Intl.NumberFormat('en-US');

/** `countOf(1, 'row')` is `1 row`, `countOf(1200, 'delivery', 'deliveries')` is `1,200 deliveries`. */
export function countOf(count: number, one: string, many = `${one}s`): string {
  return `${NUMBER.format(count)} ${count === 1 ? one : many}`;
}
