import { randomUUID } from 'node:crypto';
import type { z } from 'zod';
import type { ActionContext, ConnectorLog, TypeSettings } from '../../connectors/define.ts';
import type { HttpClient, SmtpClient } from '../../egress/types.ts';
import { config, type EmailConfig, type EmailParams, params } from './schema.ts';

/** The server's settings as they are without any setting, no footer. */
export function testSettings(actions: Partial<TypeSettings['actions']> = {}, publicBaseUrl?: string): TypeSettings {
  return {
    publicBaseUrl,
    actions: {
      enableFooterInEmail: false,
      microsoftExchangeUrl: 'https://login.microsoftonline.com',
      microsoftGraphApiUrl: 'https://graph.microsoft.com/v1.0',
      microsoftGraphApiScope: 'https://graph.microsoft.com/.default',
      email: { servicesEnabled: ['*'] },
      webhookPfxEnabled: true,
      ...actions,
    },
  };
}

export interface TestContext extends ActionContext<EmailConfig, EmailParams> {
  /** Warnings that were logged. */
  readonly warnings: readonly string[];
}

/** What the runner would hand to the action; clients that a test does not bring refuse to be used. */
export function testContext(given: {
  config: z.input<typeof config>;
  params: z.input<typeof params>;
  settings?: TypeSettings;
  source?: ActionContext<EmailConfig, EmailParams>['execution']['source'];
  executionId?: string;
  attempt?: number;
  smtp?: SmtpClient;
  http?: HttpClient;
}): TestContext {
  const warnings: string[] = [];
  const ignore = () => {};
  const log: ConnectorLog = {
    trace: ignore,
    debug: ignore,
    info: ignore,
    warn: (message) => void warnings.push(message),
    error: ignore,
    fatal: ignore,
  };
  const unused = () => Promise.reject(new Error('this test does not expect an HTTP request'));
  return {
    config: config.parse(given.config),
    params: params.parse(given.params),
    http: given.http ?? { request: unused, get: unused, post: unused, put: unused, patch: unused, delete: unused },
    smtp: given.smtp,
    log,
    signal: new AbortController().signal,
    execution: {
      id: given.executionId ?? randomUUID(),
      attempt: given.attempt ?? 1,
      source: given.source ?? 'http_request',
      spaceId: 'default',
      connectorId: 'my-email',
      connectorName: 'My email',
    },
    settings: given.settings ?? testSettings(),
    warnings,
  };
}
