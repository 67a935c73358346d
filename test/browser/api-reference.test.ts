import { expect, test } from 'vitest';
import { addUser } from '../api/support.ts';
import { startTestApp } from '../support/app.ts';
import { describeInBrowser, expectToFit, screenshot, testConsole } from './console.ts';

const app = await startTestApp();
const { onPage, signIn } = testConsole(app);

describeInBrowser('the API reference in a browser', () => {
  test('shows every operation and every schema of openapi.json', async () => {
    const { body: document } = await app.call('GET', '/api/openapi.json');
    const operations = Object.entries<Record<string, { summary: string }>>(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { summary: title }]) => ({
        id: `${method.toUpperCase()} ${path}`,
        title,
      })),
    );
    await onPage({}, async (page) => {
      await page.goto('/docs/api');
      await page.locator('article').first().waitFor();
      const shown = await page.locator('[data-operation]').evaluateAll((articles) =>
        articles.map((article) => ({
          id: article.getAttribute('data-operation'),
          title: article.querySelector('.lead')?.textContent,
        })),
      );
      expect(new Set(shown)).toEqual(new Set(operations));
      const schemas = await page
        .locator('[data-schema]')
        .evaluateAll((articles) => articles.map((a) => a.getAttribute('data-schema')));
      expect(new Set(schemas)).toEqual(new Set(Object.keys(document.components.schemas)));
      const ids = await page.locator('[id]').evaluateAll((elements) => elements.map(({ id }) => id));
      expect(ids.length).toBe(new Set(ids).size);
      await screenshot(page, 'api-reference-light');
    });
  });

  test('shows parameters, bodies and schemas with types and descriptions', async () => {
    await onPage({}, async (page) => {
      await page.goto('/docs/api');
      const replace = page.locator('[data-operation="PUT /api/actions/connector/{id}"]');
      expect(await replace.locator('.parameters').innerText()).toMatch(
        /id required\s+path\s+string, length at least 1\s+The identifier/,
      );
      expect(await replace.locator('.schema').first().innerText()).toMatch(/name string required\s+Shown to people/);
      expect(await replace.innerText()).toMatch(/200 The connector\.[\s\S]*404 No such connector/);
      // A mark in the description: `PATCH` stands in backticks there.
      expect(await replace.locator('p code').first().innerText()).toBe('PATCH');
      expect(await page.locator('[data-operation="GET /api/actions/executions"] .parameters').innerText()).toMatch(
        /per_page\s+query\s+integer, at least 1, at most 1000, default 20/,
      );
      expect(await page.locator('[data-schema="webhook_config"]').innerText()).toMatch(/url string/);
    });
  });

  test('shows the fields of an upload, and what is in them', async () => {
    await onPage({}, async (page) => {
      await page.goto('/docs/api');
      const resolve = page.locator('[data-operation="POST /api/saved_objects/_resolve_import_errors"]');
      const body = await resolve.locator('.schema').first().innerText();
      expect(body).toMatch(/file string, binary, holds application\/x-ndjson required/);
      expect(body).toMatch(/retries string, holds application\/json required[\s\S]*destinationId string/);
      expect(await resolve.innerText()).toContain('multipart/form-data');
    });
  });

  test.each([320, 720])('fits into %i pixels, with every answer open', async (width) => {
    await onPage({ viewport: { width, height: 800 } }, async (page) => {
      await page.goto('/docs/api');
      await page.locator('article').first().waitFor();
      await expectToFit(page);
      await page.locator('details').evaluateAll((all) => {
        for (const one of all) one.setAttribute('open', '');
      });
      await expectToFit(page);
      // Nor has a table to be moved to be read.
      const tables = page.locator('.scroll');
      expect(await tables.count()).toBeGreaterThan(20);
      const wider = await tables.evaluateAll((all) =>
        all.filter(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth).map(({ textContent }) => textContent),
      );
      expect(wider).toEqual([]);
      await page.locator('.parameters').first().scrollIntoViewIfNeeded();
      await screenshot(page, `api-reference-open-${width}`);
    });
  });

  test('fits also where name, space and letters are large', async () => {
    const username = 'somebody.with.a.really.long.name@example.com';
    await addUser(app, username, ['actions_read']);
    await onPage({ signedIn: false, viewport: { width: 320, height: 800 } }, async (page) => {
      const data = { username, password: `password of ${username}` };
      const signedIn = await page
        .context()
        .request.post('/internal/session', { data, headers: { 'kbn-xsrf': 'test' } });
      expect(signedIn.status()).toBe(200);
      await page.goto('/s/a-space-whose-name-is-longer-than-the-screen-is-wide/docs/api');
      await page.locator('article').first().waitFor();
      await expectToFit(page);
      await page.evaluate("document.documentElement.style.fontSize = '21px'");
      await expectToFit(page);
      await screenshot(page, 'api-reference-long-names-320');
    });
  });

  test('searches, and opens at the anchor of its address', async () => {
    await onPage({}, async (page) => {
      await page.goto('/docs/api#schema-webhook_secrets');
      const anchored = page.locator('#schema-webhook_secrets');
      await anchored.waitFor();
      await expect.poll(() => anchored.evaluate((element) => element.getBoundingClientRect().top)).toBeLessThan(800);
      expect(await page.locator('article:target').getAttribute('data-schema')).toBe('webhook_secrets');
      await page.getByLabel('Search').fill('delete connector/{id}');
      expect(
        await page.locator('article:visible').evaluateAll((all) => all.map((a) => a.getAttribute('data-operation'))),
      ).toEqual(['DELETE /api/actions/connector/{id}']);
      expect(await page.locator('.contents li:visible').count()).toBe(1);
    });
  });

  test('asks to sign in, and leads back', async () => {
    await onPage({ signedIn: false }, async (page) => {
      await page.goto('/s/ops/docs/api');
      await page.getByRole('link', { name: 'Sign in' }).click();
      await signIn(page, page.url());
      await page.waitForURL('**/s/ops/docs/api');
      await page.locator('article').first().waitFor();
    });
  });
});
