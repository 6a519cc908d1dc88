export type FieldType =
  'id' | 'reference' | 'string' | 'picklist' | 'textarea' | 'boolean' | 'int' | 'double' | 'datetime' | 'base64';

export interface Field {
  readonly name: string;
  readonly type: FieldType;
  /** The sObject a reference points to, reachable in SOQL under the field's name without `Id`. */
  readonly to?: string;
}

export interface Sobject {
  readonly name: string;
  readonly keyPrefix: string;
  readonly fields: readonly Field[];
}

type FieldDeclaration = Exclude<FieldType, 'reference'> | { readonly to: string };

const AUDIT_FIELDS = {
  Id: 'id',
  CreatedDate: 'datetime',
  CreatedById: { to: 'User' },
  LastModifiedDate: 'datetime',
  SystemModstamp: 'datetime',
} as const satisfies Record<string, FieldDeclaration>;

/** The part of the Salesforce object reference that the worker meets, with the field types stated there. */
const SOBJECTS: readonly Sobject[] = [
  sobject('ContentVersion', '068', {
    ...AUDIT_FIELDS,
    ContentDocumentId: { to: 'ContentDocument' },
    IsLatest: 'boolean',
    IsDeleted: 'boolean',
    Title: 'string',
    PathOnClient: 'string',
    FileExtension: 'string',
    FileType: 'string',
    ContentSize: 'int',
    Checksum: 'string',
    VersionNumber: 'string',
    VersionData: 'base64',
    Description: 'textarea',
    ContentModifiedDate: 'datetime',
    FirstPublishLocationId: { to: 'ContentWorkspace' },
    PublishStatus: 'picklist',
    OwnerId: { to: 'User' },
  }),
  sobject('ContentDocument', '069', {
    ...AUDIT_FIELDS,
    Title: 'string',
    FileExtension: 'string',
    FileType: 'string',
    ContentSize: 'int',
    LatestPublishedVersionId: { to: 'ContentVersion' },
    ParentId: { to: 'ContentWorkspace' },
    OwnerId: { to: 'User' },
    IsArchived: 'boolean',
    IsDeleted: 'boolean',
  }),
  sobject('ContentWorkspace', '058', {
    ...AUDIT_FIELDS,
    Name: 'string',
    DeveloperName: 'string',
    Description: 'textarea',
    WorkspaceType: 'picklist',
  }),
  sobject('ContentWorkspaceDoc', '059', {
    Id: 'id',
    CreatedDate: 'datetime',
    SystemModstamp: 'datetime',
    IsDeleted: 'boolean',
    IsOwner: 'boolean',
    ContentDocumentId: { to: 'ContentDocument' },
    ContentWorkspaceId: { to: 'ContentWorkspace' },
  }),
  sobject('EmailMessage', '02s', {
    ...AUDIT_FIELDS,
    Incoming: 'boolean',
    FromAddress: 'string',
    FromName: 'string',
    ToAddress: 'string',
    Subject: 'string',
    Status: 'picklist',
    MessageDate: 'datetime',
    Headers: 'textarea',
    TextBody: 'textarea',
    HtmlBody: 'textarea',
    HasAttachment: 'boolean',
    IsDeleted: 'boolean',
  }),
  sobject('EventLogFile', '0AT', {
    ...AUDIT_FIELDS,
    EventType: 'picklist',
    LogDate: 'datetime',
    Interval: 'picklist',
    Sequence: 'int',
    ApiVersion: 'double',
    LogFile: 'base64',
    LogFileContentType: 'string',
    LogFileFieldNames: 'string',
    LogFileFieldTypes: 'string',
    LogFileLength: 'double',
    IsDeleted: 'boolean',
  }),
  sobject('Organization', '00D', {
    ...AUDIT_FIELDS,
    Name: 'string',
    InstanceName: 'string',
    IsSandbox: 'boolean',
    OrganizationType: 'picklist',
    TimeZoneSidKey: 'picklist',
  }),
  sobject('User', '005', {
    ...AUDIT_FIELDS,
    Username: 'string',
    Name: 'string',
    Email: 'string',
    IsActive: 'boolean',
    UserType: 'picklist',
    TimeZoneSidKey: 'picklist',
    LocaleSidKey: 'picklist',
  }),
  sobject('EmailRelay', '0FR', {
    ...AUDIT_FIELDS,
    Host: 'string',
    Port: 'string',
    TlsSetting: 'picklist',
    IsRequireAuth: 'boolean',
    Username: 'string',
  }),
  sobject('EmailDomainFilter', '0FS', {
    ...AUDIT_FIELDS,
    EmailRelayId: { to: 'EmailRelay' },
    FromDomain: 'textarea',
    ToDomain: 'textarea',
    PriorityNumber: 'int',
    IsActive: 'boolean',
  }),
];

function sobject(name: string, keyPrefix: string, declarations: Record<string, FieldDeclaration>): Sobject {
  const fields = Object.entries(declarations).map(([field, declaration]): Field =>
    typeof declaration === 'string'
      ? { name: field, type: declaration }
      : { name: field, type: 'reference', to: declaration.to },
  );
  return { name, keyPrefix, fields };
}

/** Names of sObjects and fields are case-insensitive in SOQL. */
export function findSobject(name: string): Sobject | undefined {
  return SOBJECTS.find((candidate) => candidate.name.toLowerCase() === name.toLowerCase());
}

export function findField(sobjectType: Sobject, name: string): Field | undefined {
  return sobjectType.fields.find((field) => field.name.toLowerCase() === name.toLowerCase());
}

export function isFilterable(field: Field): boolean {
  return field.type !== 'base64' && field.type !== 'textarea';
}
