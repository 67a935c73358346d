// A connector type in one file: push messages to phones through https://ntfy.sh or a server of your own.
// Use it with this line in patchbay.yml:  patchbay.connectorTypes: ['examples/connector-types/ntfy.ts']
import type { Toolkit } from '../../src/connectors/user-types.ts'; // only for the editor; leave it out elsewhere

export default ({ defineConnectorType, z, f, bearer, delivered, failed }: Toolkit) =>
  defineConnectorType({
    id: 'ntfy',
    name: 'ntfy',
    description: 'Push a message to the phones that have subscribed to a topic.',
    category: 'messaging',
    features: ['alerting'],
    minimumLicense: 'basic',
    // The schemas are the form, the validation and the documentation; secrets are stored encrypted.
    config: z.strictObject({ url: f.url('Server').default('https://ntfy.sh'), topic: f.text('Topic') }),
    secrets: z.strictObject({ token: f.secret('Access token', 'Only for protected topics.').optional() }),
    auth: ({ secrets }) => (secrets.token ? bearer(secrets.token) : undefined),
    destinationFields: ['url'],
    style: 'flat',
    actions: (action) => ({
      // `http` leads to config.url and knows the token; network trouble is reported without any code here.
      run: action(z.strictObject({ message: f.longText('Message') }), async ({ config, params, http }) => {
        const response = await http.post('', { json: { topic: config.topic, message: params.message } });
        if (response.status === 200) return delivered(response.json());
        return failed('target_rejected', `ntfy answered ${response.status}`, { serviceMessage: response.text });
      }),
    }),
    sample: {
      config: { url: 'https://ntfy.sh', topic: 'example-disks' },
      secrets: {},
      params: { message: 'Disk of host-1 is 93 % full' },
      expect: { method: 'POST', url: '/', body: { topic: 'example-disks', message: 'Disk of host-1 is 93 % full' } },
    },
  });
