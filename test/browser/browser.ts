import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const CACHE_FOLDER = join(ROOT, 'node_modules/.cache/patchbay');
/** Names a Chromium or Chrome to use instead of the one from npm, which is built for Linux on x64 only. */
const EXECUTABLE_VARIABLE = 'PATCHBAY_TEST_BROWSER';

/** Why browser tests cannot run here; undefined where they can. */
export const browserMissing: string | undefined =
  process.env[EXECUTABLE_VARIABLE] !== undefined || (process.platform === 'linux' && process.arch === 'x64')
    ? undefined
    : `no Chromium from npm for ${process.platform} ${process.arch}: set ${EXECUTABLE_VARIABLE} to the path of one`;

/**
 * Starts a headless Chromium that reaches loopback addresses only and needs nothing but npm: executable, fonts and the
 * libraries that small systems lack (NSS, NSPR) come from `@sparticuz/chromium`. Close it after use.
 */
export async function launchBrowser(): Promise<Browser> {
  const own = process.env[EXECUTABLE_VARIABLE];
  const folder = own === undefined ? await unpackChromium() : undefined;
  if (folder !== undefined) await writeFontsConfiguration(folder);
  return chromium.launch({
    executablePath: own ?? join(folder!, 'chromium'),
    headless: true,
    args: [
      // Chromium's sandbox refuses to start as root, which is who runs tests in most containers. The pages are ours.
      '--no-sandbox',
      '--no-zygote',
      '--disable-gpu',
      '--font-render-hinting=none',
      // The browser's own services look up names too; without an address nothing of theirs leaves.
      '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost, EXCLUDE [::1]',
    ],
    env:
      folder === undefined
        ? undefined
        : {
            ...process.env,
            HOME: folder,
            FONTCONFIG_FILE: join(folder, 'fonts.conf'),
            LD_LIBRARY_PATH: join(folder, 'al2023/lib'),
          },
  });
}

/** A page with a log of what it asked for and what went wrong on it. */
export interface ObservedPage {
  readonly context: BrowserContext;
  readonly page: Page;
  /** URLs of all requests, also of those that were refused. */
  readonly requests: string[];
  /** Uncaught errors, console errors and breaches of the Content-Security-Policy; HTTP statuses are left out. */
  readonly problems: string[];
}

/** Opens a page in a context (cookies, storage) of its own. Requests to anything but loopback are refused and noted. */
export async function openPage(browser: Browser, options: BrowserContextOptions = {}): Promise<ObservedPage> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  // Below the limit of a test, so that a failure names what was waited for.
  context.setDefaultTimeout(20_000);
  const requests: string[] = [];
  const problems: string[] = [];
  context.on('request', (request) => requests.push(request.url()));
  await context.route(
    (url) => !isLoopback(url),
    (route) => route.abort('blockedbyclient'),
  );
  await context.exposeFunction('noteBreach', (breach: string) => problems.push(breach));
  await context.addInitScript(
    `addEventListener('securitypolicyviolation', (e) => noteBreach('CSP ' + e.effectiveDirective + ': ' + e.blockedURI))`,
  );
  const page = await context.newPage();
  page.on('pageerror', (error) => problems.push(String(error)));
  page.on('console', (message) => {
    // Chromium reports each answer of 4xx, each call while offline, and each that a test aborts as an error; those are what
    // the tests provoke. What the policy or the route above stops has other words.
    const isProvoked = /^Failed to load resource: (the server responded|net::ERR_(INTERNET_DISCONNECTED|FAILED)$)/;
    if (message.type() === 'error' && !isProvoked.test(message.text())) {
      problems.push(message.text());
    }
  });
  return { context, page, requests, problems };
}

function isLoopback(url: URL): boolean {
  return (
    ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname) || ['data:', 'blob:', 'about:'].includes(url.protocol)
  );
}

/**
 * Unpacks the npm package once per version and returns the folder. The package itself unpacks to the system's temporary
 * folder and trusts whatever it finds there under its name: half a file of a run that was killed, another version, or
 * another user's program. Hence a folder of our own, which appears under its final name only when it is complete.
 */
async function unpackChromium(): Promise<string> {
  const manifest = await readFile(join(ROOT, 'node_modules/@sparticuz/chromium/package.json'), 'utf8');
  const { version } = JSON.parse(manifest) as { version: string };
  const folder = join(CACHE_FOLDER, `chromium-${version}`);
  if (await exists(folder)) return folder;

  await mkdir(CACHE_FOLDER, { recursive: true });
  const unfinished = await mkdtemp(join(CACHE_FOLDER, 'unpacking-'));
  try {
    // In a process of its own, because both switches are environment variables: where to, and (by claiming to be the
    // service it was made for) to unpack the libraries as well.
    await promisify(execFile)(
      process.execPath,
      ['--input-type=module', '--eval', "import chromium from '@sparticuz/chromium'; await chromium.executablePath();"],
      { cwd: ROOT, env: { ...process.env, TMPDIR: unfinished, AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x' } },
    );
    await rename(unfinished, folder);
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    // Another test process was faster: its copy is as good.
    if (!(await exists(folder))) throw error;
  }
  return folder;
}

/** It names its fonts by their full path, which changes when the checkout is moved or reached through a link. */
async function writeFontsConfiguration(folder: string): Promise<void> {
  const file = join(folder, 'fonts.conf');
  const escaped = folder.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  const wanted = `<?xml version="1.0"?><fontconfig><dir>${escaped}/fonts</dir><cachedir>${escaped}/fonts-cache</cachedir></fontconfig>\n`;
  if ((await readFile(file, 'utf8').catch(() => undefined)) === wanted) return;
  // Whole at once: another browser may be starting.
  const unfinished = `${file}.${process.pid}`;
  await writeFile(unfinished, wanted);
  await rename(unfinished, file);
}

async function exists(path: string): Promise<boolean> {
  return access(path, constants.F_OK).then(
    () => true,
    () => false,
  );
}
