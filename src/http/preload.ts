/** `manifest.json` of the build, as far as it is read here: modules and shared chunks by name. */
export type BuildManifest = Readonly<
  Record<string, { readonly file: string; readonly imports?: readonly string[]; readonly css?: readonly string[] }>
>;

/**
 * Tags that let the browser ask for a page's own code along with the program, instead of after it.
 *
 * @param module as in the sources, e.g. `src/pages/health/HealthPage.tsx`; one that the build does not know gets no tags
 */
export function preloadTags(manifest: BuildManifest, module: string): string {
  // The document names these already.
  const known = chunksOf(manifest, 'index.html');
  const chunks = [...chunksOf(manifest, module)].filter((name) => !known.has(name)).map((name) => manifest[name]!);
  const scripts = chunks.map(({ file }) => `<link rel="modulepreload" crossorigin href="./${file}">`);
  const styles = new Set(chunks.flatMap(({ css = [] }) => css));
  return [
    ...scripts,
    ...[...styles].map((file) => `<link rel="preload" as="style" crossorigin href="./${file}">`),
  ].join('');
}

function chunksOf(manifest: BuildManifest, name: string, seen = new Set<string>()): Set<string> {
  const chunk = manifest[name];
  if (chunk === undefined || seen.has(name)) return seen;
  seen.add(name);
  for (const one of chunk.imports ?? []) chunksOf(manifest, one, seen);
  return seen;
}
