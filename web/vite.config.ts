import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { extname, join, resolve } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

/** Builds the console into `web/dist/`; `scripts/setup.mjs` runs it when a source has changed. */
export default defineConfig({
  root: import.meta.dirname,
  // Relative: the console may be served below any path.
  base: './',
  plugins: [react(), compressed()],
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    // Apart from `assets/`, whose names carry no hash: what lies here never changes and may be kept for ever.
    assetsDir: 'app',
    // Tells the server which files a page needs, so that the browser asks for all of them at once.
    manifest: 'manifest.json',
    target: 'es2023',
    // Everything small in the file that needs it would be a data: URL, which the page may not load as a script or font.
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    chunkSizeWarningLimit: 800,
    // A plugin that takes a second is no news to whoever starts a server.
    rolldownOptions: {
      checks: { pluginTimings: false },
      // One file for what most pages share; left alone, each component of the library would be a file and a request.
      output: {
        codeSplitting: { groups: [{ name: 'shared', minShareCount: 4, test: /node_modules|src[\\/](ui|shell)/ }] },
      },
    },
  },
});

/** The two levels above take ten times as long for a twentieth less. */
const BROTLI_QUALITY = 9;

/** Writes `x.br` and `x.gz` beside each text: compressing well is too slow for the start of a server. */
function compressed(): Plugin {
  let folder = '';
  return {
    name: 'compressed',
    configResolved: (config) => {
      folder = resolve(config.root, config.build.outDir);
    },
    writeBundle: () => {
      for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
        if (!['.js', '.css', '.svg'].includes(extname(name))) continue;
        const file = join(folder, name);
        const content = readFileSync(file);
        const params = { [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY };
        writeFileSync(`${file}.br`, brotliCompressSync(content, { params }));
        writeFileSync(`${file}.gz`, gzipSync(content, { level: 9 }));
      }
    },
  };
}
