import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';

/** Where `npm run dev` finds a running service. */
const service = process.env.DUOGUI_DEV_SERVICE ?? 'http://127.0.0.1:8000';

/** Smaller files are sent as they are. */
const COMPRESSED_FROM_BYTES = 1000;

/** Beside each file the same as it is sent: the service need not compress a megabyte of code for every reader. */
function compressFiles(): Plugin {
  return {
    name: 'compress-files',
    apply: 'build',
    writeBundle({ dir }, files) {
      for (const name of Object.keys(files).filter((file) => /\.(css|js|svg)$/.test(file))) {
        const path = join(dir!, name);
        const content = readFileSync(path);
        if (content.length < COMPRESSED_FROM_BYTES) continue;
        writeFileSync(`${path}.gz`, gzipSync(content, { level: 9 }));
        writeFileSync(`${path}.br`, brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }));
      }
    },
  };
}

export default defineConfig({
  plugins: [svelte(), compressFiles()],
  build: {
    target: 'es2023',
    outDir: 'dist',
    assetsDir: 'assets',
    // Every file has its own address: the content security policy admits no script or font in a data: URL.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            // Small, and run before all others: the first request is under way while they are run.
            { name: 'first', test: /src\/api\/(first-request|media-types)/ },
            // MapLibre is a file of its own: the browser reads it beside the page's own code, and keeps it when only that has changed.
            { name: 'maplibre', test: /node_modules\/maplibre-gl\// },
          ],
        },
      },
    },
    // It alone is about 1.1 MB.
    chunkSizeWarningLimit: 1600,
  },
  experimental: {
    // The page is served at <prefix>/map and its files at <prefix>/map/assets/, whatever prefix a proxy puts before it:
    // the page names them relative to itself, and the files name each other relative to themselves.
    renderBuiltUrl: (filename, { hostType }) => (hostType === 'html' ? `map/${filename}` : { relative: true }),
  },
  server: {
    proxy: { '/collections': service },
  },
  test: {
    include: ['src/**/*.test.ts'],
  },
});
