export const PASSWORD = 'benchmark-password';
export const AUTHORIZATION = `Basic ${Buffer.from(`admin:${PASSWORD}`).toString('base64')}`;
export const HEADERS = { authorization: AUTHORIZATION, 'kbn-xsrf': 'bench', 'content-type': 'application/json' };

/** A call of the API that must succeed. */
// biome-ignore lint/suspicious/noExplicitAny: answers of every shape
export async function call(url: string, method: string, path: string, body?: unknown): Promise<any> {
  const response = await fetch(url + path, {
    method,
    headers: HEADERS,
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return JSON.parse(text);
}
