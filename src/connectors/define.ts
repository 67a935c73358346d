import type { z } from 'zod';
import type { Egress, HttpClient, MailMessage, SmtpClient, SmtpServer, TlsOptions } from '../egress/types.ts';
import type { Auth } from './auth.ts';
import type { Verdict } from './verdict.ts';

/** A zod object schema; `z.strictObject` almost always, so that a misspelt key is an error. */
export type ObjectSchema = z.ZodType<Record<string, unknown>>;

/** Licence levels as Kibana names them. Reported to clients, never enforced: here every type is licensed. */
export type License = 'basic' | 'standard' | 'gold' | 'platinum' | 'enterprise' | 'trial';

/** The gallery's shelves. */
export const CATEGORIES = [
  'messaging',
  'paging',
  'tickets',
  'security-operations',
  'ai',
  'endpoint',
  'generic',
] as const;
export type Category = (typeof CATEGORIES)[number];

/** Why a run happens; what the event log calls its source, in lower case. */
export type ExecutionSource = 'http_request' | 'rule' | 'notification' | 'test' | 'queue';

/** The cluster of the server's own settings (`elasticsearch.*`), credentials included; files already read. */
export interface ElasticsearchServer {
  /** Base URLs, at least one; tried in this order. */
  readonly hosts: readonly string[];
  readonly username?: string;
  readonly password?: string;
  /** Base64 of `id:key`; wins over user and password. */
  readonly apiKey?: string;
  readonly ssl?: TlsOptions;
}

/** The settings of the server that a type may read. Filled by `app.ts`; secrets of the server are not among them. */
export interface TypeSettings {
  readonly publicBaseUrl?: string;
  /** Base URL of Slack's Web API. Left out: Slack's own. */
  readonly slackApiUrl?: string;
  readonly actions: {
    readonly enableFooterInEmail: boolean;
    readonly microsoftExchangeUrl: string;
    readonly microsoftGraphApiUrl: string;
    readonly microsoftGraphApiScope: string;
    readonly email: {
      readonly domainAllowlist?: readonly string[];
      readonly recipientAllowlist?: readonly string[];
      readonly servicesEnabled: readonly string[];
      readonly ses?: { readonly host: string; readonly port: number };
      /** Characters; longer messages are cut. */
      readonly maximumBodyLength?: number;
    };
    readonly webhookPfxEnabled: boolean;
  };
  /** Absent when `elasticsearch.hosts` is not set. */
  readonly elasticsearch?: { readonly hosts: readonly string[] };
}

/** Given to a type's own checks beside the values. */
export interface CheckContext {
  readonly settings: TypeSettings;
  readonly egress: Pick<Egress, 'assertUrlAllowed' | 'assertHostAllowed'>;
}

/** What decrypted connectors are described with: the whole of config and secrets. Never handed to an action. */
export interface Details<C, S> {
  readonly config: C;
  readonly secrets: S;
  readonly settings: TypeSettings;
  /** Connections that belong to the server rather than to a connector; for `target`, `auth` and `tls` alone. */
  readonly server?: { readonly elasticsearch?: ElasticsearchServer };
}

/** The execution that an action runs for. `id` is stable over attempts: use it as the vendor's dedup key. */
export interface ExecutionInfo {
  readonly id: string;
  /** From 1. */
  readonly attempt: number;
  readonly source: ExecutionSource;
  readonly spaceId: string;
  readonly connectorId: string;
  readonly connectorName: string;
}

/** A logger whose lines name the connector; what it is given is redacted first. */
export interface ConnectorLog {
  trace(message: string): void;
  debug(message: string): void;
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
  fatal(message: string): void;
}

/** What an action gets. No secrets, no database, no way out but `http` and `smtp`. */
export interface ActionContext<C, P> {
  readonly config: C;
  readonly params: P;
  readonly http: HttpClient;
  /** Present when the type declares {@link ConnectorType.smtp} and it returned a server. */
  readonly smtp?: SmtpClient;
  readonly log: ConnectorLog;
  /**
   * Names a secret that the vendor has just told, such as the key in the URL of a webhook: it is masked in everything that
   * is kept or said of this run. Absent in a preview, which hears nothing.
   */
  learnSecret?(secret: string): void;
  /** Aborted when the run is cancelled or the server stops. */
  readonly signal: AbortSignal;
  readonly execution: ExecutionInfo;
  readonly settings: TypeSettings;
  /** Present when the type declares {@link ConnectorType.traits}. */
  readonly traits?: Readonly<Record<string, string>>;
}

/** One thing a connector can do. Returns data (delivered) or a verdict; throws a verdict, an egress error, or a defect. */
export interface Action<C, P> {
  readonly params: z.ZodType<P>;
  /** One sentence for the form and the docs. */
  readonly description?: string;
  /** Changes or deletes something at the target that cannot be undone. */
  readonly destructive?: boolean;
  /**
   * Checks that the schema cannot express, run after it when params are validated (templates not yet rendered). Returns
   * the message of the first problem, or nothing.
   */
  check?(params: P, context: CheckContext): string | undefined;
  /** Instead of the type's `templates`, where its sub-actions differ in this. The paths are the same: from the params' root. */
  readonly templates?: Readonly<Record<string, EscapeMode>>;
  run(context: ActionContext<C, P>): Promise<unknown | Verdict> | unknown | Verdict;
}

/** How a variable's value is written into a template: see `templates` of {@link ConnectorType}. */
export type EscapeMode = 'none' | 'html' | 'json' | 'markdown' | 'slack';

/** An example that is documentation, the console's prefilled test, and a test of the suite, in one. */
export interface Sample {
  readonly name?: string;
  readonly config: Record<string, unknown>;
  readonly secrets: Record<string, unknown>;
  readonly params: Record<string, unknown>;
  /** The first request this must lead to; `url` relative to the origin. Headers and body are compared where given. */
  readonly expect?: {
    readonly method: string;
    readonly url: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: unknown;
  };
}

/** Given to the hooks. */
export interface HookContext<C> {
  readonly connectorId: string;
  readonly config: C;
  readonly isUpdate: boolean;
  readonly settings: TypeSettings;
}

/**
 * A connector type is data: what it needs (three schemas), how it authenticates, what it does. Everything else
 * (validation texts, forms, OpenAPI, documentation, redaction, tests) is derived from this one object.
 *
 * `C`, `S`: config and secrets as the schemas return them.
 */
export interface ConnectorType<C = Record<string, unknown>, S = Record<string, unknown>> {
  /** With its leading dot as in Kibana: `.webhook`. Types of your own: any id that is not taken. */
  readonly id: string;
  readonly name: string;
  /** One line for the gallery and the docs. */
  readonly description: string;
  readonly category: Category;
  /** `alerting`, `cases`, `uptime`, `siem`, …: Kibana's feature ids. */
  readonly features: readonly string[];
  readonly minimumLicense: License;
  readonly docsUrl?: string;
  /** How to get the credentials at the vendor, step by step; plain text. */
  readonly setup?: readonly string[];
  /** What somebody should know before using the type, e.g. when the vendor switches the service off; plain text. */
  readonly notice?: string;
  /** The type as a whole is on its way out. */
  readonly deprecated?: boolean;
  /** Whether a connector with this config is of a deprecated kind, e.g. ServiceNow without its app. */
  isDeprecated?(config: Readonly<Record<string, unknown>>): boolean;
  /** Created by the server, hidden from the public list, run only by the server itself. */
  readonly system?: boolean;
  readonly subFeature?: 'endpointSecurity';
  /** Attempts of a queued run when no setting says otherwise. */
  readonly maxAttempts?: number;

  readonly config: z.ZodType<C>;
  readonly secrets: z.ZodType<S>;
  /**
   * Checks that a schema cannot express, run after it, when saving and before every run. Return the message of the
   * first problem, or nothing. `config` and `secrets` texts follow Kibana's prefix for their part, `connector` the
   * one for both together.
   */
  readonly check?: {
    config?(config: C, context: CheckContext): string | undefined;
    secrets?(secrets: S, context: CheckContext): string | undefined;
    connector?(details: Details<C, S>): string | undefined;
  };

  /** The base URL of `http`. Left out: `config.url`, if the config has one. */
  target?(details: Details<C, S>): string | undefined;
  /** Further base URLs of the same target, e.g. the other nodes of a cluster: they may be given the credentials too. */
  otherTargets?(details: Details<C, S>): readonly string[] | undefined;
  /**
   * Says that `target` is the server's own cluster (`elasticsearch.hosts`), which the operator chose: it needs no entry in
   * `allowedHosts`. Any other address that `target` gives is checked as ever.
   */
  readonly reaches?: 'elasticsearch';
  /** How requests are authenticated. */
  auth?(details: Details<C, S>): Auth | undefined;
  tls?(details: Details<C, S>): TlsOptions | undefined;
  smtp?(details: Details<C, S>): SmtpServer | undefined;
  /**
   * What actions may know of the secrets without being given them, e.g. which of the vendor's two APIs a secret URL
   * belongs to. Worked out once for each connector; nothing in it may be secret.
   */
  traits?(details: Details<C, S>): Readonly<Record<string, string>>;

  /**
   * `flat`: one action named `run`, whose params are the request's `params` themselves.
   * `subAction`: params are `{ subAction, subActionParams }`.
   */
  readonly style: 'flat' | 'subAction';
  /**
   * When the params of a sub-action are checked. `within` the run, as Kibana's framework for sub-actions does it: an
   * unknown one and wrong params are errors thrown by the run. `before` it, as in Kibana's older types: both are problems
   * of the params like those of a flat type. Default `within`.
   */
  readonly subActionsChecked?: 'within' | 'before';
  // biome-ignore lint/suspicious/noExplicitAny: each action has params of its own; `action()` checks them where they are written
  readonly actions: Readonly<Record<string, Action<C, any>>>;

  /**
   * Which params may hold Mustache templates, and how the values of variables are escaped in them: by the path of the
   * param (`subActionParams.body`; `*` stands for every member or element). Params that are not named are copied as they
   * are. Left out: every text is a template, and nothing is escaped. Kibana's rules for each type.
   */
  readonly templates?: Readonly<Record<string, EscapeMode>>;

  /**
   * Puts values into the params of an action where a template cannot, e.g. a list in the place of one entry. Called before
   * the templates are rendered, with the values for them.
   */
  expandTemplates?(
    params: Readonly<Record<string, unknown>>,
    variables: Readonly<Record<string, unknown>>,
  ): Readonly<Record<string, unknown>>;

  /** A check of address and credentials that leaves no trace at the vendor. */
  test?(context: Omit<ActionContext<C, unknown>, 'params'>): Promise<unknown | Verdict>;

  readonly hooks?: {
    /** Throw a PatchbayError to refuse the save. */
    beforeSave?(context: HookContext<C> & { secrets: S }): Promise<void> | void;
    afterSave?(context: HookContext<C> & { secrets: S; wasSuccessful: boolean }): Promise<void> | void;
    afterDelete?(context: Omit<HookContext<C>, 'isUpdate'>): Promise<void> | void;
  };

  /** Config fields that decide where secrets are sent: changing one with PATCH asks for the secrets again. */
  readonly destinationFields?: readonly (keyof C & string)[];
  readonly sample: Sample;
}

/** A type whatever its config and secrets are; what everything but the type's own file works with. */
// biome-ignore lint/suspicious/noExplicitAny: the registry holds types of every shape; values are validated before they meet
export type AnyConnectorType = ConnectorType<any, any>;

/** What an action may have besides params and code. */
export type ActionOptions<P> = Pick<Action<unknown, P>, 'description' | 'destructive' | 'check' | 'templates'>;

/** `action(params, run)`: the params' schema gives `run` their type, the connector type gives it the config's. */
export type ActionMaker<C> = <P>(
  params: z.ZodType<P>,
  run: Action<C, P>['run'],
  options?: ActionOptions<P>,
) => Action<C, P>;

// biome-ignore lint/suspicious/noExplicitAny: see ConnectorType.actions
type Actions<C> = Readonly<Record<string, Action<C, any>>>;

/** A {@link ConnectorType} as written down: `actions` may be a function, whose handlers then need no annotations. */
export type ConnectorTypeDeclaration<C, S> = Omit<ConnectorType<C, S>, 'actions'> & {
  readonly actions: Actions<C> | ((action: ActionMaker<C>) => Actions<C>);
};

/** Makes an action outside of a declaration; inside one, use the maker that `actions: (action) => …` is given. */
export function action<C, P>(
  params: z.ZodType<P>,
  run: Action<C, P>['run'],
  options: ActionOptions<P> = {},
): Action<C, P> {
  return { params, run, ...options };
}

/**
 * Declares a connector type. Infers the types of config and secrets from the schemas, and refuses at load time what
 * would only fail at run time.
 *
 * @throws {TypeError} when the declaration contradicts itself
 */
export function defineConnectorType<C, S>(declaration: ConnectorTypeDeclaration<C, S>): ConnectorType<C, S> {
  const { id, style } = declaration;
  const actions = typeof declaration.actions === 'function' ? declaration.actions(action) : declaration.actions;
  if (!/^[.\w-]+$/.test(id)) {
    throw new TypeError(`connector type id "${id}" may hold only letters, digits, ".", "_" and "-"`);
  }
  const names = Object.keys(actions);
  if (names.length === 0) throw new TypeError(`connector type "${id}" has no action`);
  if (style === 'flat' && (names.length !== 1 || names[0] !== 'run')) {
    throw new TypeError(`connector type "${id}" is flat, so its only action must be named "run"`);
  }
  return { ...declaration, actions };
}

export type { MailMessage };
