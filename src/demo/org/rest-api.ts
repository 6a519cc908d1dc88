import { SoqlError } from '../soql/errors.ts';
import { runSoql } from '../soql/query.ts';
import type { Answer } from './answers.ts';
import { bytesAnswer, jsonAnswer, NOT_FOUND, restError } from './answers.ts';
import { describe } from './description.ts';
import type { Records } from './records.ts';
import { findField, findSobject } from './sobjects.ts';

const API_VERSIONS: readonly string[] = ['60.0', '61.0', '62.0', '63.0', '64.0', '65.0', '66.0', '67.0'];

/** One authenticated request to `/services/data/...`. */
export interface RestRequest {
  /** Without the query and without a slash at the end. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Of `Sforce-Query-Options: batchSize=n`; undefined where not asked for. */
  readonly batchSize: number | undefined;
  /** The identity URL of the user who asks. */
  readonly identityUrl: string;
}

interface Locator {
  readonly totalSize: number;
  readonly records: readonly Record<string, unknown>[];
  readonly batchSize: number;
}

/** The REST resources of the org, after the caller was let in. */
export class RestApi {
  readonly #records: Records;
  readonly #largestBatch: number;
  readonly #eventTypes: readonly string[];
  readonly #limits: () => Record<string, unknown>;
  readonly #locators = new Map<string, Locator>();

  constructor(options: {
    readonly records: Records;
    /** Salesforce pages at 2,000 rows unless fewer are asked for. */
    readonly largestBatch: number;
    readonly eventTypes: readonly string[];
    readonly limits: () => Record<string, unknown>;
  }) {
    this.#records = options.records;
    this.#largestBatch = options.largestBatch;
    this.#eventTypes = options.eventTypes;
    this.#limits = options.limits;
  }

  /** Undefined where the org has no such resource. */
  answer(request: RestRequest): Answer | undefined {
    const [, version = '', rest = ''] = /^\/services\/data\/v(\d+\.\d)(?:\/(.*))?$/.exec(request.path) ?? [];
    if (!API_VERSIONS.includes(version)) return undefined;
    if (rest === '') return jsonAnswer(200, resourceIndex(version, request.identityUrl));
    if (rest === 'limits') return jsonAnswer(200, this.#limits());
    if (rest === 'query') return this.#query(request, version);
    const [resource = '', type = '', idOrDescribe = '', field = ''] = rest.split('/');
    if (resource === 'query' && type !== '' && idOrDescribe === '') return this.#nextPage(type, version);
    if (resource !== 'sobjects') return undefined;
    const sobject = findSobject(type);
    if (sobject === undefined) return NOT_FOUND;
    if (idOrDescribe === 'describe') return jsonAnswer(200, describe(sobject, this.#eventTypes));
    if (findField(sobject, field)?.type !== 'base64') return undefined;
    const record = this.#records.find(sobject.name, idOrDescribe);
    const bytes = record && this.#records.bytesOf(record);
    return bytes === undefined ? NOT_FOUND : bytesAnswer(bytes);
  }

  #query(request: RestRequest, version: string): Answer {
    const soql = request.query.get('q');
    if (soql === null || soql === '') return restError(400, 'MALFORMED_QUERY', 'A query string has to be specified');
    try {
      const { totalSize, records } = runSoql(soql, this.#records, version);
      // Asked-for sizes are taken between 200 and 2,000 ("Query Options Header").
      const asked = request.batchSize === undefined ? Infinity : Math.max(200, request.batchSize);
      const batchSize = Math.min(asked, this.#largestBatch);
      const id = `0r8Hs${String(this.#locators.size + 1).padStart(10, '0')}AAA`;
      this.#locators.set(id, { totalSize, records, batchSize });
      return this.#page(id, 0, version);
    } catch (error) {
      if (error instanceof SoqlError) return restError(400, error.errorCode, error.message);
      throw error;
    }
  }

  #nextPage(locator: string, version: string): Answer {
    const [id = '', start = ''] = locator.split('-');
    if (!this.#locators.has(id) || !/^\d+$/.test(start)) {
      return restError(400, 'INVALID_QUERY_LOCATOR', 'invalid query locator');
    }
    return this.#page(id, Number(start), version);
  }

  #page(id: string, start: number, version: string): Answer {
    const { totalSize, records, batchSize } = this.#locators.get(id) ?? { totalSize: 0, records: [], batchSize: 1 };
    const end = start + batchSize;
    const done = end >= records.length;
    return jsonAnswer(200, {
      totalSize,
      done,
      ...(done ? {} : { nextRecordsUrl: `/services/data/v${version}/query/${id}-${end}` }),
      records: records.slice(start, end),
    });
  }
}

export function versionList(): Answer {
  return jsonAnswer(
    200,
    API_VERSIONS.map((version) => ({
      label: `API ${version}`,
      url: `/services/data/v${version}`,
      version,
    })),
  );
}

function resourceIndex(version: string, identity: string): Record<string, string> {
  const base = `/services/data/v${version}`;
  return { identity, limits: `${base}/limits`, query: `${base}/query`, sobjects: `${base}/sobjects` };
}
