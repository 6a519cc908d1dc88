/** A whole HTTP answer, before a fault is done to it. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

const NO_STORE = { 'Cache-Control': 'no-cache,must-revalidate,max-age=0,no-store,private' };

export function jsonAnswer(status: number, value: unknown): Answer {
  return {
    status,
    headers: { ...NO_STORE, 'Content-Type': 'application/json;charset=UTF-8' },
    body: Buffer.from(JSON.stringify(value)),
  };
}

/** The shape of every error of the REST API: an array with one entry. */
export function restError(status: number, errorCode: string, message: string): Answer {
  return jsonAnswer(status, [{ message, errorCode }]);
}

/** RFC 6749 section 5.2; Salesforce answers 400 for nearly all of them. */
export function oauthError(error: string, description: string, status = 400): Answer {
  return jsonAnswer(status, { error, error_description: description });
}

export function bytesAnswer(body: Buffer): Answer {
  return { status: 200, headers: { ...NO_STORE, 'Content-Type': 'application/octet-stream' }, body };
}

export function textAnswer(status: number, text: string): Answer {
  return { status, headers: { ...NO_STORE, 'Content-Type': 'text/html;charset=UTF-8' }, body: Buffer.from(text) };
}

export const NOT_FOUND: Answer = restError(404, 'NOT_FOUND', 'The requested resource does not exist');
