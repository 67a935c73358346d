import net, { type AddressInfo, type Socket } from 'node:net';

/**
 * What a step of the SMTP dialogue is answered with: a reply, or anything else to do with the connection. `undefined`
 * means the usual reply.
 */
export type SmtpStep = string | ((socket: Socket, line: string) => void) | undefined;

/** The step of a line: `greeting`, the verb, `credentials` after `AUTH LOGIN`, or `end` after the message. */
export type SmtpScript = Readonly<Partial<Record<string, SmtpStep>>>;

/** A mail server on the loopback interface that follows a script instead of the protocol. */
export interface SmtpTarget {
  readonly port: number;
  readonly host: string;
  /** Command lines of all connections, in order; message lines are in {@link SmtpTarget.messages}. */
  readonly commands: readonly string[];
  readonly messages: readonly string[];
  readonly connections: number;
  script: SmtpScript;
  forget(): void;
  close(): Promise<void>;
}

const USUAL: Readonly<Record<string, string>> = {
  greeting: '220 target ESMTP',
  EHLO: '250-target\r\n250-AUTH PLAIN LOGIN\r\n250 SIZE 10000000',
  HELO: '250 target',
  AUTH: '235 2.7.0 welcome',
  DATA: '354 go on',
  end: '250 2.0.0 queued as 1',
  QUIT: '221 bye',
};

/** Starts a mail server on a free port. */
export async function startSmtpTarget(): Promise<SmtpTarget> {
  const commands: string[] = [];
  const messages: string[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;

  const server = net.createServer((socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    let pending = '';
    let message: string[] | undefined;
    const answer = (step: string, line: string) => {
      const scripted = target.script[step];
      if (typeof scripted === 'function') return scripted(socket, line);
      const reply = scripted ?? USUAL[step] ?? '250 2.0.0 ok';
      if (step === 'DATA' && reply.startsWith('354')) message = [];
      socket.write(`${reply}\r\n`);
    };
    const take = (line: string) => {
      if (message === undefined) {
        commands.push(line);
        return answer(line.split(' ', 1)[0]!.toUpperCase(), line);
      }
      if (line !== '.') return void message.push(line);
      messages.push(message.join('\r\n'));
      message = undefined;
      answer('end', line);
    };
    socket.on('data', (chunk) => {
      const lines = (pending + chunk.toString('utf8')).split('\r\n');
      pending = lines.pop() ?? '';
      for (const line of lines) take(line);
    });
    answer('greeting', '');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  const target: SmtpTarget = {
    port: (server.address() as AddressInfo).port,
    host: '127.0.0.1',
    commands,
    messages,
    get connections() {
      return connections;
    },
    script: {},
    forget() {
      commands.length = 0;
      messages.length = 0;
      connections = 0;
      target.script = {};
    },
    close() {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
  return target;
}

/** What was sent, repeated in a refusal, as careless servers do; of `AUTH PLAIN` also what it says. */
export function echoing(code: number): SmtpStep {
  return (socket, line) => {
    const [, , encoded = ''] = line.split(' ');
    const decoded = Buffer.from(encoded, 'base64')
      .toString('utf8')
      .replaceAll(/[\0\r\n]/g, ' ');
    socket.write(`${code} 5.7.8 you said ${line} which is ${decoded}\r\n`);
  };
}
