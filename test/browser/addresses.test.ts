import { expect, test } from 'vitest';
import { startTestApp } from '../support/app.ts';
import { describeInBrowser, testConsole } from './console.ts';

const app = await startTestApp();
await app.call('POST', '/s/ops/api/actions/connector/pager', { name: 'Pager', connector_type_id: '.server-log' });
const { onPage } = testConsole(app);

describeInBrowser('links that were made for Kibana', () => {
  test.each([
    ['/app/management/insightsAndAlerting/triggersActionsConnectors/connectors/pager', '/connectors/pager/config'],
    ['/app/management/insightsAndAlerting/triggersActionsConnectors/logs', '/executions'],
    ['/connectors/pager/rules', '/connectors/pager/usage'],
    ['/connectors/pager/logs', '/connectors/pager/executions'],
  ])('%s', async (address, expected) => {
    await onPage({}, async (page) => {
      await page.goto(`/s/ops${address}`);
      await page.getByRole('heading', { name: expected === '/executions' ? 'Executions' : 'Pager' }).waitFor();
      expect(new URL(page.url()).pathname).toBe(`/s/ops${expected}`);
    });
  });
});
