// A connector type that does nothing: what is left of an action is the queue. For `patchbay.connectorTypes`.
import type { Toolkit } from '../src/connectors/user-types.ts';

export default ({ defineConnectorType, action, z, f, delivered }: Toolkit) =>
  defineConnectorType({
    id: 'noop',
    name: 'Nothing',
    description: 'Does nothing.',
    category: 'generic',
    features: ['alerting'],
    minimumLicense: 'basic',
    config: z.strictObject({}),
    secrets: z.strictObject({}),
    style: 'flat',
    actions: { run: action(z.strictObject({ body: f.longText('Body') }), () => delivered()) },
    sample: { config: {}, secrets: {}, params: { body: 'anything' } },
  });
