import { findField, findSobject } from './sobjects.ts';

export type FieldValue = string | number | boolean | Date | null;

export type SobjectRecord = Readonly<Record<string, FieldValue>> & { readonly Id: string };

const SUFFIX_ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ012345';

/** An org's records and the bytes behind their base64 fields, in memory. */
export class Records {
  readonly #byType = new Map<string, Map<string, SobjectRecord>>();
  readonly #bytes = new Map<string, Buffer>();
  #inserted = 0;

  /** Gives the new record's 18-character id. Throws on fields the sObject does not have. */
  insert(type: string, fields: Readonly<Record<string, FieldValue>>): string {
    const sobject = findSobject(type);
    if (sobject === undefined) throw new Error(`the demo org has no sObject ${type}: see src/demo/org/sobjects.ts`);
    for (const name of Object.keys(fields)) {
      if (findField(sobject, name)?.name !== name) throw new Error(`${type} has no field ${name}`);
    }
    this.#inserted += 1;
    const id = withSuffix(`${sobject.keyPrefix}Hs${String(this.#inserted).padStart(10, '0')}`);
    const ofType = this.#byType.get(sobject.name) ?? new Map<string, SobjectRecord>();
    this.#byType.set(sobject.name, ofType);
    ofType.set(id, { ...fields, Id: id });
    return id;
  }

  update(type: string, id: string, changes: Readonly<Record<string, FieldValue>>): void {
    const record = this.find(type, id);
    if (record === undefined) throw new Error(`the demo org has no ${type} ${id}`);
    this.#byType.get(type)?.set(record.Id, { ...record, ...changes, Id: record.Id });
  }

  remove(type: string, id: string): void {
    const record = this.find(type, id);
    if (record !== undefined) this.#byType.get(type)?.delete(record.Id);
  }

  all(type: string): SobjectRecord[] {
    return [...(this.#byType.get(type)?.values() ?? [])];
  }

  /** By the 15- or the 18-character form of the id. */
  find(type: string, id: string): SobjectRecord | undefined {
    return this.#byType.get(type)?.get(id.length === 15 ? withSuffix(id) : id);
  }

  setBytes(id: string, content: Buffer): void {
    this.#bytes.set(id, content);
  }

  bytesOf(record: SobjectRecord): Buffer | undefined {
    return this.#bytes.get(record.Id);
  }
}

/** The 18-character form: each suffix character tells which of five characters are capitals. */
function withSuffix(id15: string): string {
  const suffix = [0, 5, 10].map((start) => {
    const capitals = [0, 1, 2, 3, 4].map((bit) => (/[A-Z]/.test(id15.charAt(start + bit)) ? 1 << bit : 0));
    return SUFFIX_ALPHABET.charAt(capitals.reduce((sum, bit) => sum + bit, 0));
  });
  return id15 + suffix.join('');
}
