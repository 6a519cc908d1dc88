import { beforeAll, describe, expect, it } from '@jest/globals';

import { addFile } from '../../src/demo/org/files.ts';
import { Records } from '../../src/demo/org/records.ts';
import { SoqlError } from '../../src/demo/soql/errors.ts';
import { runSoql } from '../../src/demo/soql/query.ts';

const records = new Records();
const ids: string[] = [];

beforeAll(() => {
  const owner = records.insert('User', { Username: 'a@org.example', Name: 'Ann', IsActive: true });
  const files: [string, string, number][] = [
    ['EmailLog-1', 'csv', 10],
    ['emaillog-2', 'csv', 20],
    ['Email_Log%3', 'gz', 30],
    ["It's \\ fine", 'zip', 40],
  ];
  for (const [index, [title, extension, size]] of files.entries()) {
    const createdDate = new Date(Date.UTC(2026, 10, 20 + index));
    const { versionId } = addFile(records, owner, { title, extension, content: Buffer.alloc(size), createdDate });
    ids.push(versionId);
  }
  records.update('ContentVersion', ids[1]!, { IsLatest: false });
  records.update('ContentVersion', ids[3]!, { FileExtension: null });
});

function run(soql: string) {
  return runSoql(soql, records, '65.0');
}

/** Which of the four files the condition finds, by their sizes. */
function sizes(condition: string): unknown[] {
  return run(`SELECT ContentSize FROM ContentVersion ${condition}`).records.map((record) => record['ContentSize']);
}

describe('SOQL conditions', () => {
  it.each<[string, number[]]>([
    ['', [10, 20, 30, 40]],
    ["WHERE Title = 'EMAILLOG-1'", [10]],
    ["WHERE Title LIKE 'emaillog%'", [10, 20]],
    ["WHERE Title LIKE 'EmailLog-_'", [10, 20]],
    ["WHERE Title LIKE 'Email\\_Log\\%_'", [30]],
    ["WHERE Title LIKE '%.%'", []],
    ["WHERE Title = 'It\\'s \\\\ fine'", [40]],
    ['WHERE IsLatest = true', [10, 30, 40]],
    ['WHERE IsLatest != TRUE', [20]],
    ['WHERE ContentSize >= 20 AND ContentSize < 40', [20, 30]],
    ['WHERE ContentSize > 30 OR ContentSize <= 10', [10, 40]],
    ['WHERE ContentSize IN (10, 40, 50)', [10, 40]],
    ["WHERE FileExtension NOT IN ('csv')", [30, 40]],
    ['WHERE FileExtension = null', [40]],
    ['WHERE FileExtension != NULL', [10, 20, 30]],
    ["WHERE FileExtension != 'csv'", [30, 40]],
    ['WHERE NOT ContentSize = 10', [20, 30, 40]],
    ["WHERE (NOT Title LIKE 'EmailLog%') AND (ContentSize = 10 OR ContentSize = 30)", [30]],
    ['WHERE CreatedDate >= 2026-11-22T00:00:00Z', [30, 40]],
    ['WHERE CreatedDate > 2026-11-22T00:00:00.000Z', [40]],
    ['WHERE CreatedDate < 2026-11-21T01:00:00+01:00', [10]],
    ["WHERE CreatedBy.Username = 'A@ORG.EXAMPLE' LIMIT 2", [10, 20]],
    ['ORDER BY ContentSize DESC', [40, 30, 20, 10]],
    ['ORDER BY FileExtension, ContentSize DESC', [40, 20, 10, 30]],
    ['ORDER BY FileExtension DESC NULLS LAST, CreatedDate ASC', [30, 10, 20, 40]],
    ['ORDER BY CreatedDate LIMIT 2 OFFSET 1', [20, 30]],
  ])('%s', (condition, expected) => {
    expect(sizes(condition)).toEqual(expected);
  });

  it('compares ids by either form, and by order', () => {
    expect(sizes(`WHERE Id = '${ids[2]!.slice(0, 15)}'`)).toEqual([30]);
    expect(sizes(`WHERE Id > '${ids[1]!}' ORDER BY Id DESC`)).toEqual([40, 30]);
    expect(sizes(`WHERE Id IN ('${ids[0]!}', '${ids[3]!}')`)).toEqual([10, 40]);
  });

  it('joins through a subquery', () => {
    const sub = "SELECT LatestPublishedVersionId FROM ContentDocument WHERE FileExtension = 'gz'";
    expect(sizes(`WHERE Id IN (${sub})`)).toEqual([30]);
    expect(sizes(`WHERE Id NOT IN (${sub})`)).toEqual([10, 20, 40]);
  });
});

describe('SOQL results', () => {
  it('write records as the REST API does', () => {
    const { totalSize, records: rows } = run(
      'select id, title, CreatedDate, VersionData, CreatedBy.Name from contentversion where ContentSize = 10',
    );
    const id = ids[0]!;
    expect(totalSize).toBe(1);
    expect(rows).toEqual([
      {
        attributes: { type: 'ContentVersion', url: `/services/data/v65.0/sobjects/ContentVersion/${id}` },
        Id: id,
        Title: 'EmailLog-1',
        CreatedDate: '2026-11-20T00:00:00.000+0000',
        VersionData: `/services/data/v65.0/sobjects/ContentVersion/${id}/VersionData`,
        CreatedBy: {
          attributes: { type: 'User', url: expect.stringMatching(/^\/services\/data\/v65\.0\/sobjects\/User\/005/) },
          Name: 'Ann',
        },
      },
    ]);
  });

  it('count without records', () => {
    expect(run('SELECT COUNT() FROM ContentVersion WHERE IsLatest = true')).toEqual({ totalSize: 3, records: [] });
  });
});

describe('SOQL errors', () => {
  const noColumn = /\nERROR at Row:1:Column:\d+\nNo such column 'Nope' on entity '\w+'\. If you are attempting/;
  const notQuoted = "value of filter criterion for field 'CreatedDate' must be of type dateTime and should not be";

  it.each<[string, string, string | RegExp]>([
    ['SELECT Nope FROM ContentVersion', 'INVALID_FIELD', noColumn],
    ['SELECT Id FROM ContentVersion WHERE Nope = 1', 'INVALID_FIELD', noColumn],
    ['SELECT Id FROM ContentVersion ORDER BY Nope', 'INVALID_FIELD', noColumn],
    ['SELECT CreatedBy.Nope FROM ContentVersion', 'INVALID_FIELD', noColumn],
    ['SELECT Nobody.Name FROM ContentVersion', 'INVALID_FIELD', "Didn't understand relationship 'Nobody'"],
    ['SELECT Id FROM EmailLog', 'INVALID_TYPE', "sObject type 'EmailLog' is not supported."],
    ["SELECT Id FROM ContentVersion WHERE CreatedDate > '2026-11-22T00:00:00Z'", 'INVALID_FIELD', notQuoted],
    ['SELECT Id FROM ContentVersion WHERE CreatedDate > 2026-11-22', 'INVALID_FIELD', notQuoted],
    ["SELECT Id FROM ContentVersion WHERE IsLatest = 'true'", 'INVALID_FIELD', 'must be of type boolean'],
    ['SELECT Id FROM ContentVersion WHERE Title = 5', 'INVALID_FIELD', 'should be enclosed in quotes'],
    ["SELECT Id FROM ContentVersion WHERE ContentSize = '5'", 'INVALID_FIELD', 'must be of type int'],
    ["SELECT Id FROM ContentVersion WHERE VersionData = 'x'", 'INVALID_FIELD', 'can not be filtered'],
    ["SELECT Id FROM ContentVersion WHERE Description LIKE 'x'", 'INVALID_FIELD', 'can not be filtered'],
    ["SELECT Id FROM EmailMessage WHERE Headers LIKE 'x'", 'INVALID_FIELD', 'can not be filtered'],
    ['SELECT Id FROM ContentVersion ORDER BY VersionData', 'INVALID_FIELD', 'can not be sorted'],
    ["SELECT Id FROM ContentVersion WHERE Id LIKE '068%'", 'INVALID_QUERY_FILTER_OPERATOR', 'invalid operator'],
    ['SELECT Id FROM ContentVersion WHERE IsLatest > true', 'INVALID_QUERY_FILTER_OPERATOR', 'invalid operator'],
    ["SELECT Id FROM ContentVersion WHERE Id = 'x'", 'INVALID_QUERY_FILTER_OPERATOR', 'invalid ID field: x'],
    ['SELECT Id, Id FROM ContentVersion', 'MALFORMED_QUERY', 'duplicate field selected: Id'],
    ['SELECT * FROM ContentVersion', 'MALFORMED_QUERY', "unexpected token: '*'"],
    ['SELECT FROM ContentVersion', 'MALFORMED_QUERY', "unexpected token: 'FROM'"],
    ['SELECT Id FROM', 'MALFORMED_QUERY', "unexpected token: '<EOF>'"],
    ['SELECT Id FROM ContentVersion WHERE', 'MALFORMED_QUERY', "unexpected token: '<EOF>'"],
    ["SELECT Id FROM ContentVersion WHERE Title = 'it's'", 'MALFORMED_QUERY', 'unterminated string literal'],
    ["SELECT Id FROM ContentVersion WHERE Title = 'open", 'MALFORMED_QUERY', 'unterminated string literal'],
    ["SELECT Id FROM ContentVersion WHERE Title = 'a\\qb'", 'MALFORMED_QUERY', 'Illegal character sequence \\q'],
    ['SELECT Id FROM ContentVersion WHERE Title = "a"', 'MALFORMED_QUERY', "unexpected token: '\"'"],
    [
      'SELECT Id FROM ContentVersion WHERE IsLatest = true AND ContentSize = 1 OR ContentSize = 2',
      'MALFORMED_QUERY',
      "unexpected token: 'OR'",
    ],
    ['SELECT Id FROM ContentVersion WHERE (IsLatest = true', 'MALFORMED_QUERY', "unexpected token: '<EOF>'"],
    ['SELECT Id FROM ContentVersion LIMIT many', 'MALFORMED_QUERY', "unexpected token: 'many'"],
    ['SELECT Id FROM ContentVersion WHERE CreatedDate > 2026-13-22T00:00:00Z', 'MALFORMED_QUERY', 'Invalid date'],
    ['DELETE FROM ContentVersion', 'MALFORMED_QUERY', "unexpected token: 'DELETE'"],
  ])('%s', (soql, errorCode, message) => {
    expect(() => run(soql)).toThrow(SoqlError);
    expect(() => run(soql)).toThrow(message);
    expect(() => run(soql)).toThrow(expect.objectContaining({ errorCode }));
  });

  it('show the place, as Salesforce does', () => {
    expect(() => run('SELECT Id, Nope FROM ContentVersion')).toThrow(
      '\nSELECT Id, Nope FROM ContentVersion\n           ^\nERROR at Row:1:Column:12\nNo such column',
    );
  });
});
