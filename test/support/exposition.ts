export interface Family {
  readonly type: string;
  /** By what stands before the value: name and labels. */
  readonly samples: Map<string, number>;
}

const SUFFIXES: Readonly<Record<string, readonly string[]>> = {
  gauge: [''],
  counter: [''],
  summary: ['_sum', '_count'],
};

/**
 * Reads Prometheus text format 0.0.4 as strictly as it is specified
 * (https://prometheus.io/docs/instrumenting/exposition_formats/), for summaries without quantiles: all lines of a metric
 * stand together, HELP and TYPE once and before its samples, no sample twice, and the last line ends.
 */
export function parseExposition(text: string): Map<string, Family> {
  if (!text.endsWith('\n')) throw new Error('the last line does not end');
  const families = new Map<string, Family>();
  let helped: string | undefined;
  let current: { name: string; family: Family } | undefined;
  for (const line of text.slice(0, -1).split('\n')) {
    const [, keyword, name = '', rest = ''] = /^# (HELP|TYPE) ([a-zA-Z_:][\w:]*) (.+)$/.exec(line) ?? [];
    if (keyword === 'HELP') {
      if (families.has(name)) throw new Error(`${name} comes twice`);
      helped = name;
    } else if (keyword === 'TYPE') {
      if (helped !== name || families.has(name) || SUFFIXES[rest] === undefined) throw new Error(`unexpected: ${line}`);
      if ((rest === 'counter') !== name.endsWith('_total'))
        throw new Error(`${rest} ${name}: only counters end in _total`);
      current = { name, family: { type: rest, samples: new Map() } };
      families.set(name, current.family);
    } else {
      const [, sample = '', own = '', labels = '', value = ''] =
        /^(([a-zA-Z_:][\w:]*)(?:\{((?:[a-zA-Z_]\w*="(?:[^"\\\n]|\\[\\"n])*",?)*)\})?) (\S+)$/.exec(line) ?? [];
      const isOwn =
        SUFFIXES[current?.family.type ?? '']?.some((end) => own === `${current?.name ?? ''}${end}`) === true;
      if (!isOwn || Number.isNaN(Number(value))) throw new Error(`no sample of ${current?.name}: ${line}`);
      const names = [...labels.matchAll(/([a-zA-Z_]\w*)="/g)].map(([, label]) => label);
      if (new Set(names).size < names.length || current?.family.samples.has(sample) !== false) {
        throw new Error(`twice: ${line}`);
      }
      current.family.samples.set(sample, Number(value));
    }
  }
  return families;
}
