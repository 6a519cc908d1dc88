import type { Field, Sobject } from './sobjects.ts';
import { isFilterable } from './sobjects.ts';

const SOAP_TYPES: Readonly<Record<Field['type'], string>> = {
  id: 'tns:ID',
  reference: 'tns:ID',
  string: 'xsd:string',
  picklist: 'xsd:string',
  textarea: 'xsd:string',
  boolean: 'xsd:boolean',
  int: 'xsd:int',
  double: 'xsd:double',
  datetime: 'xsd:dateTime',
  base64: 'xsd:base64Binary',
};

const PICKLISTS: Readonly<Record<string, readonly string[]>> = {
  'EventLogFile.Interval': ['Daily', 'Hourly'],
  'EmailRelay.TlsSetting': ['Off', 'Preferred', 'Required', 'PreferredVerify', 'RequiredVerify'],
  'ContentVersion.PublishStatus': ['U', 'P', 'R'],
};

/** The answer of `/sobjects/{name}/describe`; the org's event types are the picklist of EventLogFile.EventType. */
export function describe(sobject: Sobject, eventTypes: readonly string[]): Record<string, unknown> {
  return {
    name: sobject.name,
    label: sobject.name,
    keyPrefix: sobject.keyPrefix,
    queryable: true,
    retrieveable: true,
    custom: false,
    fields: sobject.fields.map((field) => {
      const path = `${sobject.name}.${field.name}`;
      const values = path === 'EventLogFile.EventType' ? eventTypes : (PICKLISTS[path] ?? []);
      return {
        name: field.name,
        label: field.name,
        type: field.type,
        soapType: SOAP_TYPES[field.type],
        filterable: isFilterable(field),
        sortable: isFilterable(field),
        restrictedPicklist: field.type === 'picklist',
        picklistValues: values.map((value) => ({ active: true, defaultValue: false, label: value, value })),
        referenceTo: field.to === undefined ? [] : [field.to],
        relationshipName: field.to === undefined ? null : field.name.replace(/Id$/, ''),
      };
    }),
  };
}
