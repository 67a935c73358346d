/** Words inside code that is copied. */
export const code = {
  kinds: { curl: 'curl', terraform: 'Terraform', yaml: 'YAML' },
  curlLead: 'Set PATCHBAY_USER and PATCHBAY_PASSWORD first.',
  replaceSecrets: 'Replace what stands in <…>: stored secrets never leave the server.',
  noConfig: 'The settings keep the config of this connector to themselves.',
  importHint: (resource: string, id: string) =>
    `To take over the connector that exists: terraform import ${resource} ${id}`,
  yamlSecrets: 'Secrets come from the environment, or better from the keystore.',
  yamlAction: 'An action as rules hold it.',
  terraformAction: 'Inside a resource "elasticstack_kibana_alerting_rule".',
  secret: (name: string, connector: string) => `${name} of the connector ${connector}`,
} as const;
