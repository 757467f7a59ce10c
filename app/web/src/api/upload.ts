/** Sending files with a progress, which only XMLHttpRequest tells. */

import type { Reply } from './client.ts';
import { readProblem } from './problem.ts';

/**
 * Send a body and read the JSON of the answer.
 *
 * @throws ApiProblem where the service refuses it; AbortError where `signal` stopped it
 */
export function sendFile<T>(
  url: string,
  method: string,
  body: FormData | Blob,
  headers: Record<string, string>,
  onProgress: (share: number) => void,
  signal: AbortSignal | undefined,
): Promise<Reply<T>> {
  const request = new XMLHttpRequest();
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(new DOMException('The upload was stopped.', 'AbortError'));
    signal?.addEventListener('abort', () => request.abort());
    request.open(method, url);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.upload.onprogress = ({ loaded, total, lengthComputable }) => {
      if (lengthComputable && total > 0) onProgress(loaded / total);
    };
    request.onabort = () => reject(new DOMException('The upload was stopped.', 'AbortError'));
    request.onerror = () => reject(new TypeError('The connection was lost during the upload.'));
    request.onload = () => {
      const { status, statusText, responseText } = request;
      const answered = new Headers();
      for (const line of request.getAllResponseHeaders().trim().split('\r\n')) {
        const colon = line.indexOf(':');
        if (colon > 0) answered.append(line.slice(0, colon), line.slice(colon + 1).trim());
      }
      if (status >= 200 && status < 300) {
        resolve({ status, headers: answered, body: (responseText ? JSON.parse(responseText) : undefined) as T });
      } else {
        const text = () => Promise.resolve(responseText);
        readProblem(url, status, statusText, answered.get('content-type'), text).then(reject, reject);
      }
    };
    request.send(body);
  });
}
