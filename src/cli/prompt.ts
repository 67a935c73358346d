import type { Readable, Writable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { PatchbayError } from '../errors.ts';

/** The streams of a command. Those of the process, or others in tests. */
export interface Terminal {
  readonly stdin: Readable & { readonly isTTY?: boolean; setRawMode?(raw: boolean): unknown };
  readonly stdout: Writable;
  readonly stderr: Writable;
}

/** Asks on standard error, so that what a command prints can be piped; reads answers from standard input. */
export interface Prompt {
  /** A person is at the keyboard. */
  readonly isInteractive: boolean;
  /** Yes or no; no when the input ends. */
  confirm(question: string): Promise<boolean>;
  /** One line, shown as `*`. Undefined when the input ends first, or on Ctrl+C. */
  secret(question: string): Promise<string | undefined>;
  /** Everything up to the end of the input. @throws {PatchbayError} `bad_request` above 1 MB */
  everything(): Promise<string>;
}

const INPUT_MAX = 1_024 * 1_024;

export function createPrompt({ stdin, stderr }: Terminal): Prompt {
  const isInteractive = stdin.isTTY === true;
  const decoder = new StringDecoder('utf8');
  let buffered = '';
  let ended = false;

  async function line(question: string, echo: (character: string) => string): Promise<string | undefined> {
    // Raw mode hands over each key, so that a password never appears on the screen; before the question, because what
    // is typed until then is shown by the terminal itself.
    stdin.setRawMode?.(true);
    stderr.write(`${question}: `);
    let text = '';
    try {
      for (;;) {
        for (let at = 0; at < buffered.length; at += 1) {
          const key = buffered[at]!;
          if (key === '\r' || key === '\n' || key === '\x03' || key === '\x04') {
            buffered = buffered.slice(at + (buffered.startsWith('\r\n', at) ? 2 : 1));
            const isDone = key === '\r' || key === '\n' || (key === '\x04' && text !== '');
            return isDone ? text : undefined;
          }
          if (key === '\x7f' || key === '\b') {
            if (text !== '' && isInteractive) stderr.write('\b \b');
            text = text.slice(0, -1);
          } else if (key >= ' ' || key === '\t') {
            text += key;
            if (isInteractive) stderr.write(echo(key));
          }
        }
        buffered = '';
        if (text.length > INPUT_MAX) throw tooLong();
        if (ended) return text === '' ? undefined : text;
        await more();
      }
    } finally {
      stdin.setRawMode?.(false);
      stderr.write('\n');
    }
  }

  /** Waits for the next piece of input; the stream rests in between, so that the process can end. */
  async function more(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const onData = (chunk: Buffer | string) => {
      buffered += typeof chunk === 'string' ? chunk : decoder.write(chunk);
      resolve();
    };
    const onEnd = () => {
      ended = true;
      resolve();
    };
    if (stdin.readableEnded || stdin.destroyed) return onEnd();
    stdin.on('data', onData).once('end', onEnd).once('close', onEnd).once('error', reject);
    stdin.resume();
    await promise.finally(() => {
      stdin.pause();
      stdin.off('data', onData).off('end', onEnd).off('close', onEnd).off('error', reject);
    });
  }

  return {
    isInteractive,
    async confirm(question) {
      const answer = await line(`${question} [y/N]`, (key) => key);
      return answer !== undefined && /^y(es)?$/i.test(answer.trim());
    },
    secret: (question) => line(question, () => '*'),
    async everything() {
      while (!ended) {
        await more();
        if (buffered.length > INPUT_MAX) throw tooLong();
      }
      const text = buffered;
      buffered = '';
      return text;
    },
  };
}

function tooLong(): PatchbayError {
  return new PatchbayError('bad_request', 'The input is longer than 1 MB. Give a shorter value.');
}

/** What `loadSettings` takes as `askPassword`; undefined when there is nobody to ask. */
export function keystorePasswordPrompt(prompt: Prompt): (() => Promise<string>) | undefined {
  if (!prompt.isInteractive) return undefined;
  return async () => (await prompt.secret('Enter password for the Patchbay keystore')) ?? '';
}
